//! Shows what became of mails, and lets a person try them again or drop one.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{JournalError, LetterState, LetterView, RunKey};
use crate::model::RunId;

const VIEW: &str =
    "SELECT outbox.id, runs.id, topic IS NOT NULL, receiver, subject, state, created, attempts, outbox.error
                    FROM outbox LEFT JOIN runs USING (run)";

impl Reader {
    /// The mails that wait or were given up, those that entered first at the front, and so many at most.
    pub(in crate::journal::sqlite) fn open_letters(&self, most: u32) -> Result<Vec<LetterView>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{VIEW} WHERE state IN ('queued', 'sending', 'dead') ORDER BY created, outbox.id LIMIT ?1"
        ))?;
        let rows = query.query_map([most], |row| Ok(view(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The mails about runs that were given up, the latest first, and so many at most; but for those to rooms' owners, about each of
    /// which there is a mail of its own.
    pub(in crate::journal::sqlite) fn given_up(&self, most: u32) -> Result<Vec<LetterView>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{VIEW} WHERE state = 'dead' AND topic IS NULL AND outbox.run IS NOT NULL ORDER BY outbox.id DESC LIMIT ?1"
        ))?;
        let rows = query.query_map([most], |row| Ok(view(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The mails about a run, but for those to rooms' owners.
    pub(in crate::journal::sqlite) fn letters_of(&self, run: RunKey) -> Result<Vec<LetterView>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{VIEW} WHERE outbox.run = ?1 AND topic IS NULL ORDER BY created, outbox.id LIMIT 100"
        ))?;
        let rows = query.query_map([run.0], |row| Ok(view(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn view(row: &Row<'_>) -> Result<LetterView, JournalError> {
    let state: String = row.get(5)?;
    let state = match state.as_str() {
        "queued" => LetterState::Waiting,
        "sending" => LetterState::Sending,
        "sent" => LetterState::Sent,
        "dead" => LetterState::Dead,
        other => return Err(JournalError::damaged(format!("a mail is {other:?}, which none can be"))),
    };
    Ok(LetterView {
        id: Uuid::from_bytes(row.get(0)?),
        run: row.get::<_, Option<Vec<u8>>>(1)?.and_then(|bytes| RunId::from_bytes(&bytes)),
        is_sealed: row.get(2)?,
        receivers: row.get::<_, String>(3)?.lines().map(str::to_owned).collect(),
        subject: row.get(4)?,
        state,
        created: Timestamp::from_millis(row.get(6)?),
        attempts: row.get(7)?,
        why: row.get(8)?,
    })
}

impl Database {
    pub(super) async fn retry_letters(&self) -> Result<usize, JournalError> {
        self.writer
            .write(|connection| {
                Ok(connection.execute(
                    "UPDATE outbox SET state = 'queued', next = 0, held = 0, tried = NULL, attempts = 0, ended = NULL
                     WHERE state = 'queued' OR (state = 'dead' AND message IS NOT NULL)",
                    [],
                )?)
            })
            .await
    }

    pub(super) async fn drop_letter(&self, id: Uuid) -> Result<bool, JournalError> {
        self.writer
            .write(move |connection| {
                let dropped = connection.execute(
                    "DELETE FROM outbox WHERE id = ?1 AND state IN ('queued', 'dead')",
                    params![id.as_bytes()],
                )?;
                Ok(dropped > 0)
            })
            .await
    }
}
