//! Shows what became of mails, and lets a person try them again or drop one.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::runs::RunKey;
use super::{Journal, JournalError, Reader};
use crate::clock::Timestamp;
use crate::model::RunId;

/// How a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterState {
    /// It waits for its next attempt.
    Waiting,
    /// The server is taking it.
    Sending,
    /// The server has taken it, of some receivers perhaps not.
    Sent,
    /// It was given up.
    Dead,
}

/// A mail as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterView {
    /// Its name.
    pub id: Uuid,
    /// The run that it is about, if any.
    pub run: Option<RunId>,
    /// Whether it has PINs in it.
    pub is_sealed: bool,
    /// The addresses it still has to go to, or went to.
    pub receivers: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// How it stands.
    pub state: LetterState,
    /// When it entered.
    pub created: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt met.
    pub why: Option<String>,
}

const VIEW: &str =
    "SELECT outbox.id, runs.id, topic IS NOT NULL, receiver, subject, state, created, attempts, outbox.error
                    FROM outbox LEFT JOIN runs USING (run)";

impl Reader {
    /// The mails that wait or were given up, those that entered first at the front, and so many at most.
    pub(in crate::journal) fn open_letters(&self, most: u32) -> Result<Vec<LetterView>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{VIEW} WHERE state IN ('queued', 'sending', 'dead') ORDER BY created, outbox.id LIMIT ?1"
        ))?;
        let rows = query.query_map([most], |row| Ok(view(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The mails about a run, but for those to rooms' owners.
    pub(in crate::journal) fn letters_of(&self, run: RunKey) -> Result<Vec<LetterView>, JournalError> {
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

impl Journal {
    /// Lets every mail that waits or was given up be tried at once, and as long as a new one; answers how many. Of those with PINs
    /// that were given up nothing is left to send.
    pub async fn retry_letters(&self) -> Result<usize, JournalError> {
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

    /// Drops a mail that waits or was given up: it is not sent any more. Tells whether there was one; one that is on its way is
    /// not stopped.
    pub async fn drop_letter(&self, id: Uuid) -> Result<bool, JournalError> {
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
