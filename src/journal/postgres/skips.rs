//! The skip ledger, and what the journal remembers of a job's schedule: up to when its due times are dealt with, whether it
//! is paused, and by which text it was armed. A due time has one run, or one row here, and never both.

use std::time::Duration;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{Database, figures};
use crate::clock::Timestamp;
use crate::journal::{JobKey, JournalError, Skip, SkipView, Watch};
use crate::model::SkipReason;

impl Database {
    pub(super) async fn skip(&self, job: JobKey, skips: Vec<Skip>, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                alone(link, job).await?;
                for skip in &skips {
                    enter(link, job, skip, now).await?;
                }
                match skips.last() {
                    Some(last) => set_last_due(link, job, last.due).await,
                    None => Ok(()),
                }
            })
            .await
    }

    pub(super) async fn watch(&self, job: JobKey, schedule: String, from: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE jobs SET schedule = $2 WHERE job = $1", bound![job.0, Text(&schedule)]).await?;
                set_last_due(link, job, from).await
            })
            .await
    }

    pub(super) async fn pause(&self, job: JobKey, now: Timestamp) -> Result<bool, JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let pause = "UPDATE jobs SET paused = $2 WHERE job = $1 AND (paused IS NULL OR paused = $2)";
                Ok(link.change(pause, bound![job.0, now.millis()]).await? == 0)
            })
            .await
    }

    pub(super) async fn unpause(&self, job: JobKey, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change(
                    "UPDATE jobs SET paused = NULL, last_due = $2 WHERE job = $1 AND paused IS NOT NULL",
                    bound![job.0, now.millis()],
                )
                .await?;
                Ok(())
            })
            .await
    }
}

/// Enters a due time. One that a clock that was ahead has entered is entered anew.
async fn enter(link: &Link, job: JobKey, skip: &Skip, now: Timestamp) -> Result<(), Failure> {
    let (due, reason, detail, at) = (skip.due.millis(), Text(skip.reason.as_str()), Text(&skip.detail), now.millis());
    let entered = link
        .change(
            "INSERT INTO skips (job, due, reason, detail, at) SELECT $1, $2, $3, $4, $5
             WHERE NOT EXISTS (SELECT 1 FROM runs WHERE job = $1 AND due = $2) ON CONFLICT (job, due) DO NOTHING",
            bound![job.0, due, reason, detail, at],
        )
        .await?;
    if entered == 1 {
        return figures::count_skip(link, job, skip.reason).await;
    }
    link.change(
        "UPDATE skips SET reason = $3, detail = $4, at = $5 WHERE job = $1 AND due = $2 AND at > $5",
        bound![job.0, due, reason, detail, at],
    )
    .await?;
    Ok(())
}

/// Returns what is remembered of a job's schedule.
pub(super) async fn watch(link: &Link, job: JobKey) -> Result<Watch, Failure> {
    let row = link.one("SELECT last_due, schedule, paused FROM jobs WHERE job = $1", bound![job.0]).await?;
    Ok(Watch { last_due: row.time_if_any(0)?, schedule: row.at(1)?, paused: row.time_if_any(2)? })
}

/// The job's due times that did not become runs, the latest first.
pub(super) async fn skips(link: &Link, job: JobKey, most: u32) -> Result<Vec<SkipView>, Failure> {
    let rows = link
        .rows(
            "SELECT due, reason, detail, at FROM skips WHERE job = $1 ORDER BY due DESC LIMIT $2",
            bound![job.0, i64::from(most)],
        )
        .await?;
    let skip = |row: &tokio_postgres::Row| {
        let reason: &str = row.at(1)?;
        let reason = SkipReason::parse(reason)
            .ok_or_else(|| Failure::damaged(format!("a due time was skipped for the reason {reason:?}")))?;
        Ok(SkipView { skip: Skip { due: row.time(0)?, reason, detail: row.at(2)? }, at: row.time(3)? })
    };
    rows.iter().map(skip).collect()
}

/// Lets other machines wait that deal with the job's due times at the same moment, until the transaction's end.
pub(super) async fn alone(link: &Link, job: JobKey) -> Result<(), Failure> {
    link.rows("SELECT 1 FROM jobs WHERE job = $1 FOR UPDATE", bound![job.0]).await?;
    Ok(())
}

/// Deals with a due time for a run that is about to be journaled, [alone].
pub(super) async fn take_due(link: &Link, job: JobKey, due: Timestamp, now: Timestamp) -> Result<(), Failure> {
    if is_recorded(link, job, due, now).await? {
        return Err(JournalError::Recorded.into());
    }
    link.change("DELETE FROM skips WHERE job = $1 AND due = $2", bound![job.0, due.millis()]).await?;
    set_last_due(link, job, due).await
}

/// The clocks of two machines may differ by so much.
const CLOCKS_APART: Duration = Duration::from_hours(2);

/// A run counts always. A skip that was entered much later than now was entered by a clock that was ahead: it does not, or a
/// clock that was once in 2036 would keep a job silent until then.
pub(super) async fn is_recorded(link: &Link, job: JobKey, due: Timestamp, now: Timestamp) -> Result<bool, Failure> {
    link.exists(
        "SELECT 1 FROM runs WHERE job = $1 AND due = $2
         UNION ALL SELECT 1 FROM skips WHERE job = $1 AND due = $2 AND at <= $3 LIMIT 1",
        bound![job.0, due.millis(), now.plus(CLOCKS_APART).millis()],
    )
    .await
}

async fn set_last_due(link: &Link, job: JobKey, due: Timestamp) -> Result<(), Failure> {
    // Another machine may have dealt with a later one.
    let apart = i64::try_from(CLOCKS_APART.as_millis()).unwrap_or(i64::MAX);
    link.change(
        "UPDATE jobs SET last_due = $2 WHERE job = $1 AND NOT coalesce(last_due > $2 AND last_due < $2 + $3, false)",
        bound![job.0, due.millis(), apart],
    )
    .await?;
    Ok(())
}
