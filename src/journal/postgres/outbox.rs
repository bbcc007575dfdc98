//! Mails that wait to be sent: they enter with the end of their run, and stay until the server has taken them or has refused
//! them for three days.

use std::time::Duration;

use uuid::Uuid;

use super::Database;
use super::bind::{Text, bound, slices};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::clock::Timestamp;
use crate::journal::{Delivered, Delivery, JournalError, Letter, NewLetter, OutboxState, PrivateLetter, RunKey};

/// The time for which a mail that was taken is left to the process that took it: longer than any mail server is waited for.
const TAKEN_FOR: Duration = Duration::from_hours(1);
/// Milliseconds: what waits longer was put off by a clock that was ahead.
const LEAPT: i64 = 2 * 60 * 60 * 1000;

pub(super) async fn insert(
    link: &Link,
    run: Option<RunKey>,
    letter: &NewLetter,
    now: Timestamp,
) -> Result<(), Failure> {
    link.change(
        "INSERT INTO outbox (id, run, sender, receiver, subject, message, state, created, next)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, 0) ON CONFLICT DO NOTHING",
        bound![
            letter.id.as_bytes().as_slice(),
            run.map(|run| run.0),
            Text(&letter.sender),
            Text(&letter.receivers.join("\n")),
            Text(&letter.subject),
            letter.message.as_slice(),
            now.millis(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts in a mail that holds PINs, and takes those out whose place it takes. One that is on its way cannot be stopped any more,
/// but is not tried again.
pub(super) async fn insert_private(link: &Link, run: RunKey, private: &PrivateLetter) -> Result<(), Failure> {
    for topic in &private.supersedes {
        let topic = Text(topic);
        link.change("DELETE FROM outbox WHERE topic = $1 AND state = 'queued'", bound![topic]).await?;
        link.change("UPDATE outbox SET superseded = true WHERE topic = $1 AND state = 'sending'", bound![topic])
            .await?;
    }
    insert(link, Some(run), &private.letter, private.at).await?;
    let id = private.letter.id.as_bytes().as_slice();
    link.change("UPDATE outbox SET topic = $2 WHERE id = $1", bound![id, Text(&private.topic)]).await?;
    Ok(())
}

/// The words for a mail that was on its way when the program ended.
const PERHAPS: &str = "perhaps sent already: roomkeeper ended while the mail server was taking it";

/// Mails that processes which are gone were sending are queued again, but for those whose place another has taken; tells how many.
pub(super) async fn take_up(link: &Link, gone: &[Vec<u8>]) -> Result<u64, Failure> {
    let theirs = "state = 'sending' AND (process IS NULL OR process = ANY ($1))";
    link.change(&format!("DELETE FROM outbox WHERE {theirs} AND superseded"), bound![slices(gone)]).await?;
    link.change(
        &format!("UPDATE outbox SET state = 'queued', next = 0, error = $2 WHERE {theirs}"),
        bound![slices(gone), Text(PERHAPS)],
    )
    .await
}

/// Mails about the PINs of one room go out in the order in which they were made: the last that is read has the PINs that hold.
/// A topic is `pins:ROOM:which`; ids rise with time.
const IN_TURN: &str = "(topic IS NULL OR strpos(topic, ':') = 0 OR NOT EXISTS (
    SELECT 1 FROM outbox AS older
    WHERE older.topic IS NOT NULL AND older.state IN ('queued', 'sending') AND NOT older.superseded
      AND older.id < outbox.id
      AND rtrim(older.topic, replace(older.topic, ':', '')) = rtrim(outbox.topic, replace(outbox.topic, ':', ''))))";

impl Database {
    pub(super) async fn next_letter(&self, now: Timestamp) -> Result<Option<Letter>, JournalError> {
        let process = self.owner.process;
        self.writer.write(async move |link: &Link| next_letter(link, process, now).await).await
    }

    pub(super) async fn hurry_letters(&self) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE outbox SET next = 0 WHERE state = 'queued'", bound![]).await?;
                Ok(())
            })
            .await
    }

    pub(super) async fn delivered(&self, delivered: Delivered) -> Result<(), JournalError> {
        self.writer.write(async move |link: &Link| deliver(link, &delivered).await).await
    }
}

/// A mail that another process is taking at this very moment is left to it.
async fn next_letter(link: &Link, process: Uuid, now: Timestamp) -> Result<Option<Letter>, Failure> {
    link.change("DELETE FROM outbox WHERE state = 'sending' AND next <= $1 AND superseded", bound![now.millis()])
        .await?;
    let found = link
        .first(
            &format!(
                "SELECT id, sender, receiver, subject, message, created, attempts, topic IS NOT NULL, run, tried FROM outbox
                 WHERE state IN ('queued', 'sending') AND (next <= $1 OR next > $1 + {LEAPT}) AND NOT held
                 AND {IN_TURN} ORDER BY next, id LIMIT 1 FOR UPDATE SKIP LOCKED"
            ),
            bound![now.millis()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let letter = Letter {
        id: Uuid::from_bytes(row.sixteen(0)?),
        sender: row.at(1)?,
        receivers: row.at::<&str>(2)?.lines().map(str::to_owned).collect(),
        subject: row.at(3)?,
        message: row.at::<Option<Vec<u8>>>(4)?.unwrap_or_default(),
        created: row.time(5)?,
        attempts: row.number::<u32>(6)?.saturating_add(1),
        is_sealed: row.at(7)?,
        run: row.at::<Option<i64>>(8)?.map(RunKey),
        tried: row.time_if_any(9)?.unwrap_or(now),
    };
    link.change(
        "UPDATE outbox SET state = 'sending', attempts = $2, next = $3, tried = $4, process = $5 WHERE id = $1",
        bound![
            letter.id.as_bytes().as_slice(),
            i64::from(letter.attempts),
            now.plus(TAKEN_FOR).millis(),
            letter.tried.millis(),
            process.as_bytes().as_slice(),
        ],
    )
    .await?;
    Ok(Some(letter))
}

async fn deliver(link: &Link, delivered: &Delivered) -> Result<(), Failure> {
    let Delivered { id, delivery, kept, about_it, now } = delivered;
    let (id, now) = (id.as_bytes().as_slice(), *now);
    if !matches!(delivery, Delivery::Sent | Delivery::SentInPart { .. }) {
        // Another has taken its place while it was on its way.
        link.change("DELETE FROM outbox WHERE id = $1 AND superseded AND ended IS NULL", bound![id]).await?;
    }
    let Some(row) = link.first("SELECT run FROM outbox WHERE id = $1 AND ended IS NULL", bound![id]).await? else {
        return Ok(());
    };
    let run = row.at::<Option<i64>>(0)?.map(RunKey);
    for letter in about_it {
        insert(link, run, letter, now).await?;
    }
    let at = now.millis();
    match delivery {
        Delivery::Sent | Delivery::SentInPart { .. } => {
            let why = if let Delivery::SentInPart { why } = delivery { Some(Text(why)) } else { None };
            link.change(
                "UPDATE outbox SET state = 'sent', ended = $2, error = $3,
                 message = CASE WHEN topic IS NULL AND run IS NOT NULL THEN $4::bytea END WHERE id = $1 AND ended IS NULL",
                bound![id, at, why, kept.as_deref()],
            )
            .await?
        }
        Delivery::Again { next, why, receivers } => {
            let receivers = receivers.as_ref().map(|receivers| receivers.join("\n"));
            link.change(
                "UPDATE outbox SET state = 'queued', next = $2, error = $3, receiver = coalesce($4, receiver)
                 WHERE id = $1 AND ended IS NULL",
                bound![id, next.millis(), Text(why), receivers.as_deref().map(Text)],
            )
            .await?
        }
        Delivery::Dead { why } => {
            link.change(
                "UPDATE outbox SET state = 'dead', ended = $2, error = $3,
                 message = CASE WHEN topic IS NULL THEN message END WHERE id = $1 AND ended IS NULL",
                bound![id, at, Text(why)],
            )
            .await?
        }
    };
    Ok(())
}

/// Returns when the next mail is due; `None` while none waits. One that is being sent is due when it would be taken again.
pub(super) async fn next_letter_due(link: &Link) -> Result<Option<Timestamp>, Failure> {
    let due = format!("SELECT min(next) FROM outbox WHERE state IN ('queued', 'sending') AND NOT held AND {IN_TURN}");
    link.one(&due, bound![]).await?.time_if_any(0)
}

/// Returns the state of the outbox.
pub(super) async fn state(link: &Link) -> Result<OutboxState, Failure> {
    let row = link
        .one(
            "SELECT (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')),
             (SELECT count(*) FROM outbox WHERE state = 'dead')",
            bound![],
        )
        .await?;
    Ok(OutboxState { waiting: row.number(0)?, dead: row.number(1)? })
}
