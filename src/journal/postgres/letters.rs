//! Shows what became of mails, and lets a person try them again or drop one.

use tokio_postgres::Row;
use uuid::Uuid;

use super::Database;
use super::bind::{Bound, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JournalError, LetterState, LetterView, RunKey};
use crate::model::RunId;

const VIEW: &str =
    "SELECT outbox.id, runs.id, topic IS NOT NULL, receiver, subject, state, created, attempts, outbox.error
    FROM outbox LEFT JOIN runs USING (run)";

/// The mails that wait or were given up, those that entered first at the front, and so many at most.
pub(super) async fn open_letters(link: &Link, most: u32) -> Result<Vec<LetterView>, Failure> {
    let which = "state IN ('queued', 'sending', 'dead') ORDER BY created, outbox.id LIMIT $1";
    letters(link, which, bound![i64::from(most)]).await
}

/// The mails about runs that were given up, the latest first, and so many at most; but for those to rooms' owners, about each of
/// which there is a mail of its own.
pub(super) async fn given_up(link: &Link, most: u32) -> Result<Vec<LetterView>, Failure> {
    let which = "state = 'dead' AND topic IS NULL AND outbox.run IS NOT NULL ORDER BY outbox.id DESC LIMIT $1";
    letters(link, which, bound![i64::from(most)]).await
}

/// The mails about a run, but for those to rooms' owners.
pub(super) async fn letters_of(link: &Link, run: RunKey) -> Result<Vec<LetterView>, Failure> {
    let which = "outbox.run = $1 AND topic IS NULL ORDER BY created, outbox.id LIMIT 100";
    letters(link, which, bound![run.0]).await
}

async fn letters(link: &Link, which: &str, values: &[Bound<'_>]) -> Result<Vec<LetterView>, Failure> {
    link.rows(&format!("{VIEW} WHERE {which}"), values).await?.iter().map(view).collect()
}

fn view(row: &Row) -> Result<LetterView, Failure> {
    let state = match row.at(5)? {
        "queued" => LetterState::Waiting,
        "sending" => LetterState::Sending,
        "sent" => LetterState::Sent,
        "dead" => LetterState::Dead,
        other => return Err(Failure::damaged(format!("a mail is {other:?}, which none can be"))),
    };
    Ok(LetterView {
        id: Uuid::from_bytes(row.sixteen(0)?),
        run: row.at::<Option<&[u8]>>(1)?.and_then(RunId::from_bytes),
        is_sealed: row.at(2)?,
        receivers: row.at::<&str>(3)?.lines().map(str::to_owned).collect(),
        subject: row.at(4)?,
        state,
        created: row.time(6)?,
        attempts: row.number(7)?,
        why: row.at(8)?,
    })
}

impl Database {
    pub(super) async fn retry_letters(&self) -> Result<usize, JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let retried = link
                    .change(
                        "UPDATE outbox SET state = 'queued', next = 0, held = false, tried = NULL, attempts = 0, ended = NULL
                         WHERE state = 'queued' OR (state = 'dead' AND message IS NOT NULL)",
                        bound![],
                    )
                    .await?;
                Ok(usize::try_from(retried).unwrap_or(usize::MAX))
            })
            .await
    }

    pub(super) async fn drop_letter(&self, id: Uuid) -> Result<bool, JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let id = id.as_bytes().as_slice();
                let drop = "DELETE FROM outbox WHERE id = $1 AND state IN ('queued', 'dead')";
                Ok(link.change(drop, bound![id]).await? > 0)
            })
            .await
    }
}
