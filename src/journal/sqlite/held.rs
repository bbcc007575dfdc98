//! Holds the mails about dropped files for a moment, so that those of many files can be made one.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::outbox;
use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{HeldLetter, JobKey, JournalError, NewLetter, RunKey};

/// Holds a mail if its run works on a dropped file.
pub(super) fn hold(connection: &Connection, run: RunKey, letter: &NewLetter) -> Result<(), JournalError> {
    connection
        .prepare_cached("UPDATE outbox SET held = 1 WHERE id = ?1 AND EXISTS (SELECT 1 FROM claims WHERE run = ?2)")?
        .execute(params![letter.id.as_bytes(), run.0])?;
    Ok(())
}

impl Database {
    pub(super) async fn release(&self, letters: Vec<Uuid>) -> Result<(), JournalError> {
        self.writer
            .write_deferred(move |connection| {
                let mut release = connection.prepare_cached("UPDATE outbox SET held = 0 WHERE id = ?1")?;
                letters.iter().try_for_each(|id| release.execute([id.as_bytes()]).map(drop))?;
                Ok(())
            })
            .await
    }

    pub(super) async fn gather(&self, letters: Vec<Uuid>, one: NewLetter, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let mut remove = connection.prepare_cached("DELETE FROM outbox WHERE id = ?1 AND held = 1")?;
                letters.iter().try_for_each(|id| remove.execute([id.as_bytes()]).map(drop))?;
                outbox::insert(connection, None, &one, now)
            })
            .await
    }
}

impl Reader {
    /// The mails that are held, so many at most, in the order in which they entered.
    pub(in crate::journal::sqlite) fn held_letters(&self, most: u32) -> Result<Vec<HeldLetter>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT outbox.id, outbox.run, runs.job, outbox.receiver, outbox.created FROM outbox JOIN runs USING (run)
             WHERE outbox.held = 1 ORDER BY outbox.created, outbox.id LIMIT ?1",
        )?;
        let rows = query.query_map([most], |row| {
            Ok(HeldLetter {
                id: Uuid::from_bytes(row.get(0)?),
                run: RunKey(row.get(1)?),
                job: JobKey(row.get(2)?),
                receivers: row.get::<_, String>(3)?.lines().map(str::to_owned).collect(),
                created: Timestamp::from_millis(row.get(4)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
