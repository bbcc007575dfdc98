//! Mails that wait to be sent: they enter with the end of their run, and stay until the server has taken them or has refused
//! them for three days.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{Delivered, Delivery, JournalError, Letter, NewLetter, OutboxState, PrivateLetter, RunKey};

/// The time for which a mail that was taken is left to the process that took it: longer than it waits for any mail server.
const TAKEN_FOR: Duration = Duration::from_hours(1);
/// Milliseconds: what waits longer was put off by the wall clock of an earlier version, which was ahead.
const LEAPT: i64 = 2 * 60 * 60 * 1000;

/// The message that is kept once a mail was sent: never one with PINs, nor of a mail that is about no run.
const KEPT: &str = "CASE WHEN topic IS NULL AND run IS NOT NULL THEN ?4 END";

pub(super) fn insert(
    connection: &Connection,
    run: Option<RunKey>,
    letter: &NewLetter,
    now: Timestamp,
) -> Result<(), JournalError> {
    connection.execute(
        "INSERT INTO outbox (id, run, sender, receiver, subject, message, state, created, next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, 0) ON CONFLICT DO NOTHING",
        params![
            letter.id.as_bytes(),
            run.map(|run| run.0),
            letter.sender,
            letter.receivers.join("\n"),
            letter.subject,
            letter.message,
            now.millis(),
        ],
    )?;
    Ok(())
}

/// Puts in a mail that holds PINs, and takes those out whose place it takes. One that is on its way cannot be stopped any more,
/// but is not tried again.
pub(super) fn insert_private(
    connection: &Connection,
    run: RunKey,
    private: &PrivateLetter,
) -> Result<(), JournalError> {
    for topic in &private.supersedes {
        connection.prepare_cached("DELETE FROM outbox WHERE topic = ?1 AND state = 'queued'")?.execute([topic])?;
        connection
            .prepare_cached("UPDATE outbox SET superseded = 1 WHERE topic = ?1 AND state = 'sending'")?
            .execute([topic])?;
    }
    insert(connection, Some(run), &private.letter, private.at)?;
    connection
        .prepare_cached("UPDATE outbox SET topic = ?2 WHERE id = ?1")?
        .execute(params![private.letter.id.as_bytes(), private.topic])?;
    Ok(())
}

/// The words for a mail that was on its way when the program ended.
const PERHAPS: &str = "perhaps sent already: roomkeeper ended while the mail server was taking it";

/// After a start: mails found `sending` are queued again, but for those whose place another has taken.
pub(super) fn recover(connection: &Connection) -> Result<(), JournalError> {
    connection.execute("DELETE FROM outbox WHERE state = 'sending' AND superseded = 1", [])?;
    connection
        .execute("UPDATE outbox SET state = 'queued', next = 0, error = ?1 WHERE state = 'sending'", [PERHAPS])?;
    Ok(())
}

/// Mails about the PINs of one room go out in the order in which they were made: the last that an owner reads has the PINs that hold.
/// A topic is `pins:ROOM:which`; ids rise with time.
const IN_TURN: &str = "(topic IS NULL OR instr(topic, ':') = 0 OR NOT EXISTS (
    SELECT 1 FROM outbox AS older
    WHERE older.topic IS NOT NULL AND older.state IN ('queued', 'sending') AND older.superseded = 0
      AND older.id < outbox.id
      AND rtrim(older.topic, replace(older.topic, ':', '')) = rtrim(outbox.topic, replace(outbox.topic, ':', ''))))";

impl Database {
    pub(super) async fn next_letter(&self, now: Timestamp) -> Result<Option<Letter>, JournalError> {
        self.writer
            .write_deferred(move |connection| {
                connection
                    .prepare_cached("DELETE FROM outbox WHERE state = 'sending' AND next <= ?1 AND superseded = 1")?
                    .execute([now.millis()])?;
                let found = connection
                    .prepare_cached(&format!(
                        "SELECT id, sender, receiver, subject, message, created, attempts, topic, run, tried FROM outbox
                             WHERE state IN ('queued', 'sending') AND (next <= ?1 OR next > ?1 + {LEAPT}) AND held = 0
                             AND {IN_TURN} ORDER BY next, id LIMIT 1"
                    ))?
                    .query_row([now.millis()], |row| {
                        Ok(Letter {
                            id: Uuid::from_bytes(row.get(0)?),
                            sender: row.get(1)?,
                            receivers: row.get::<_, String>(2)?.lines().map(str::to_owned).collect(),
                            subject: row.get(3)?,
                            message: row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
                            created: Timestamp::from_millis(row.get(5)?),
                            attempts: row.get::<_, u32>(6)? + 1,
                            is_sealed: row.get::<_, Option<String>>(7)?.is_some(),
                            run: row.get::<_, Option<i64>>(8)?.map(RunKey),
                            tried: row.get::<_, Option<i64>>(9)?.map_or(now, Timestamp::from_millis),
                        })
                    })
                    .optional()?;
                if let Some(letter) = &found {
                    connection.execute(
                        "UPDATE outbox SET state = 'sending', attempts = ?2, next = ?3, tried = ?4 WHERE id = ?1",
                        params![
                            letter.id.as_bytes(),
                            letter.attempts,
                            now.plus(TAKEN_FOR).millis(),
                            letter.tried.millis()
                        ],
                    )?;
                }
                Ok(found)
            })
            .await
    }

    pub(super) async fn hurry_letters(&self) -> Result<(), JournalError> {
        self.writer
            .write_deferred(|connection| {
                connection.execute("UPDATE outbox SET next = 0 WHERE state = 'queued'", [])?;
                Ok(())
            })
            .await
    }

    pub(super) async fn delivered(&self, delivered: Delivered) -> Result<(), JournalError> {
        let Delivered { id, delivery, kept, about_it, now } = delivered;
        self.writer
            .write(move |connection| {
                let id = id.as_bytes();
                if !matches!(delivery, Delivery::Sent | Delivery::SentInPart { .. }) {
                    // Another has taken its place while it was on its way.
                    connection.execute("DELETE FROM outbox WHERE id = ?1 AND superseded = 1 AND ended IS NULL", [id])?;
                }
                let run = connection
                    .query_row("SELECT run FROM outbox WHERE id = ?1 AND ended IS NULL", [id], |row| {
                        Ok(row.get::<_, Option<i64>>(0)?.map(RunKey))
                    })
                    .optional()?;
                let Some(run) = run else { return Ok(()) };
                for letter in &about_it {
                    insert(connection, run, letter, now)?;
                }
                match delivery {
                    Delivery::Sent => connection.execute(
                        &format!("UPDATE outbox SET state = 'sent', message = {KEPT}, ended = ?2, error = ?3 WHERE id = ?1 AND ended IS NULL"),
                        params![id, now.millis(), None::<String>, kept],
                    )?,
                    Delivery::SentInPart { why } => connection.execute(
                        &format!("UPDATE outbox SET state = 'sent', message = {KEPT}, ended = ?2, error = ?3 WHERE id = ?1 AND ended IS NULL"),
                        params![id, now.millis(), why, kept],
                    )?,
                    Delivery::Again { next, why, receivers } => connection.execute(
                        "UPDATE outbox SET state = 'queued', next = ?2, error = ?3, receiver = coalesce(?4, receiver)
                         WHERE id = ?1 AND ended IS NULL",
                        params![id, next.millis(), why, receivers.map(|receivers| receivers.join("\n"))],
                    )?,
                    Delivery::Dead { why } => connection.execute(
                        "UPDATE outbox SET state = 'dead', ended = ?2, error = ?3,
                         message = CASE WHEN topic IS NULL THEN message END WHERE id = ?1 AND ended IS NULL",
                        params![id, now.millis(), why],
                    )?,
                };
                Ok(())
            })
            .await
    }
}

impl Reader {
    /// Returns when the next mail is due; `None` while none waits. One that is being sent is due when it would be taken again.
    pub(in crate::journal::sqlite) fn next_letter_due(&self) -> Result<Option<Timestamp>, JournalError> {
        let due: Option<i64> = self
            .connection
            .prepare_cached(&format!(
                "SELECT min(next) FROM outbox WHERE state IN ('queued', 'sending') AND held = 0 AND {IN_TURN}"
            ))?
            .query_row([], |row| row.get(0))?;
        Ok(due.map(Timestamp::from_millis))
    }

    /// Returns the state of the outbox.
    pub(in crate::journal::sqlite) fn outbox(&self) -> Result<OutboxState, JournalError> {
        let count = |which: &str| {
            self.connection
                .query_row(&format!("SELECT count(*) FROM outbox WHERE state {which}"), [], |row| row.get::<_, i64>(0))
                .map(i64::cast_unsigned)
        };
        Ok(OutboxState { waiting: count("IN ('queued', 'sending')")?, dead: count("= 'dead'")? })
    }
}
