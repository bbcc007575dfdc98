//! The skip ledger, and what the journal remembers of a job's schedule: up to when its due times are dealt with, whether it
//! is paused, and by which text it was armed. A due time has one run, or one row here, and never both.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{JobKey, JournalError, Skip, SkipView, Watch};
use crate::model::SkipReason;

impl Database {
    pub(super) async fn skip(&self, job: JobKey, skips: Vec<Skip>, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let mut enter = connection.prepare_cached(
                    "INSERT INTO skips (job, due, reason, detail, at) SELECT ?1, ?2, ?3, ?4, ?5
                     WHERE NOT EXISTS (SELECT 1 FROM runs WHERE job = ?1 AND due = ?2)
                     ON CONFLICT (job, due) DO UPDATE
                     SET reason = excluded.reason, detail = excluded.detail, at = excluded.at WHERE skips.at > excluded.at",
                )?;
                for skip in &skips {
                    let (due, reason) = (skip.due.millis(), skip.reason.as_str());
                    enter.execute(params![job.0, due, reason, skip.detail, now.millis()])?;
                }
                match skips.last() {
                    Some(last) => set_last_due(connection, job, last.due),
                    None => Ok(()),
                }
            })
            .await
    }

    pub(super) async fn watch(&self, job: JobKey, schedule: String, from: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                connection.execute("UPDATE jobs SET schedule = ?2 WHERE job = ?1", params![job.0, schedule])?;
                set_last_due(connection, job, from)
            })
            .await
    }

    pub(super) async fn pause(&self, job: JobKey, now: Timestamp) -> Result<bool, JournalError> {
        self.writer
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE jobs SET paused = ?2 WHERE job = ?1 AND (paused IS NULL OR paused = ?2)",
                    params![job.0, now.millis()],
                )?;
                Ok(changed == 0)
            })
            .await
    }

    pub(super) async fn unpause(&self, job: JobKey, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                connection.execute(
                    "UPDATE jobs SET paused = NULL, last_due = ?2 WHERE job = ?1 AND paused IS NOT NULL",
                    params![job.0, now.millis()],
                )?;
                Ok(())
            })
            .await
    }
}

impl Reader {
    /// Returns what is remembered of a job's schedule.
    pub(in crate::journal::sqlite) fn watch(&self, job: JobKey) -> Result<Watch, JournalError> {
        let mut query = self.connection.prepare_cached("SELECT last_due, schedule, paused FROM jobs WHERE job = ?1")?;
        Ok(query.query_row([job.0], |row| {
            Ok(Watch {
                last_due: row.get::<_, Option<i64>>(0)?.map(Timestamp::from_millis),
                schedule: row.get(1)?,
                paused: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
            })
        })?)
    }

    /// The job's due times that did not become runs, the latest first.
    pub(in crate::journal::sqlite) fn skips(&self, job: JobKey, most: u32) -> Result<Vec<SkipView>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT due, reason, detail, at FROM skips WHERE job = ?1 ORDER BY due DESC LIMIT ?2")?;
        let rows = query.query_map(params![job.0, most], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, i64>(3)?))
        })?;
        rows.map(|row| {
            let (due, reason, detail, at) = row?;
            let reason = SkipReason::parse(&reason)
                .ok_or_else(|| JournalError::damaged(format!("a due time was skipped for the reason {reason:?}")))?;
            let skip = Skip { due: Timestamp::from_millis(due), reason, detail };
            Ok(SkipView { skip, at: Timestamp::from_millis(at) })
        })
        .collect()
    }

    /// Tells whether a due time is dealt with: it has its run, or the reason why it has none.
    pub(in crate::journal::sqlite) fn is_recorded(
        &self,
        job: JobKey,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        is_recorded(&self.connection, job, due, now)
    }
}

/// Deals with a due time for a run that is about to be journaled.
pub(super) fn take_due(
    connection: &Connection,
    job: JobKey,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), JournalError> {
    if is_recorded(connection, job, due, now)? {
        return Err(JournalError::Recorded);
    }
    connection
        .prepare_cached("DELETE FROM skips WHERE job = ?1 AND due = ?2")?
        .execute(params![job.0, due.millis()])?;
    set_last_due(connection, job, due)
}

/// A run counts always. A skip that was entered later than now was entered by a clock that was ahead: it does not, or a
/// clock that was once in 2036 would keep a job silent until then.
fn is_recorded(connection: &Connection, job: JobKey, due: Timestamp, now: Timestamp) -> Result<bool, JournalError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM runs WHERE job = ?1 AND due = ?2
             UNION ALL SELECT 1 FROM skips WHERE job = ?1 AND due = ?2 AND at <= ?3 LIMIT 1",
        )?
        .query_row(params![job.0, due.millis(), now.millis()], |_| Ok(()))
        .optional()?
        .is_some())
}

fn set_last_due(connection: &Connection, job: JobKey, due: Timestamp) -> Result<(), JournalError> {
    connection.prepare_cached("UPDATE jobs SET last_due = ?2 WHERE job = ?1")?.execute(params![job.0, due.millis()])?;
    Ok(())
}
