//! Enters a stretch of due times into the skip ledger: in small steps, so that no other writer waits long behind
//! them, and no more rows than a person would read, however long the stretch was.

use std::sync::Arc;
use std::time::Duration;

use super::ledger::{JournalLedger, Ledger};
use super::timing;
use crate::clock::{Clock, Timestamp};
use crate::config::{self, Schedules};
use crate::journal::{Journal, JournalError, Skip};
use crate::model::{JobName, SkipReason};

/// Rows in one transaction.
const STEP: usize = 500;
/// Rows for one stretch: nine days of every minute, and half as many again.
const STRETCH_ROWS: usize = 20_000;

/// A stretch of due times that do not become runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first of them.
    pub first: Timestamp,
    /// None of them is later.
    pub until: Timestamp,
    /// The reason, as the ledger names it.
    pub reason: SkipReason,
    /// The reason, in words.
    pub detail: String,
}

impl Span {
    /// Describes the due times of a schedule that was edited while the daemon did not run.
    pub(super) fn superseded(first: Timestamp, until: Timestamp) -> Self {
        let detail = "the schedule was edited before it could be made up for".to_owned();
        Self { first, until, reason: SkipReason::Superseded, detail }
    }
}

/// Enters the due times of a stretch, oldest first. Of more than 20,000 the latest are entered one by one, and the first
/// stands for the others.
pub async fn enter(ledger: &dyn Ledger, job: &JobName, schedules: &Schedules, span: &Span) -> Result<(), JournalError> {
    let Span { first, until, reason, detail } = span;
    let skip = |due: Timestamp, detail: String| Skip { due, reason: *reason, detail };
    let from = latest_stretch(schedules, *first, *until);
    let head = match from {
        from if from == *first => detail.clone(),
        from => format!("{detail}; so were all others until {from}, which are too many to list"),
    };
    let mut step = vec![skip(*first, head)];
    for due in schedules.due_between(from, *until) {
        if step.len() == STEP {
            ledger.skip(job, std::mem::take(&mut step)).await?;
        }
        step.push(skip(due, detail.clone()));
    }
    ledger.skip(job, step).await
}

/// Returns the time from which on there are no more due times than are entered one by one.
fn latest_stretch(schedules: &Schedules, first: Timestamp, until: Timestamp) -> Timestamp {
    let mut from = first;
    while schedules.due_between(from, until).nth(STRETCH_ROWS).is_some() {
        from = from.plus(until.since(from) / 2 + Duration::from_millis(1));
    }
    from
}

/// Ends the job's pause; tells whether it had one. What was due in it enters the ledger, and is never made up for.
pub async fn end_pause(
    journal: &Arc<Journal>,
    clock: &Arc<dyn Clock>,
    job: &config::Job,
) -> Result<bool, JournalError> {
    let key = journal.job(&job.name, job.kind(), job.was.as_ref()).await?;
    let (watch, now) = (journal.watch_of(key).await?, clock.now());
    if watch.paused.is_none() {
        return Ok(false);
    }
    if let Some(schedules) = watch.schedule.as_deref().and_then(timing::read)
        && let Some(first) = watch.last_due.and_then(|last| schedules.next_after(last))
        && first <= now
    {
        let named = [(job.name.clone(), job.kind(), job.was.clone())];
        let ledger = JournalLedger::new(journal, Arc::clone(clock), named);
        let span = Span { first, until: now, reason: SkipReason::Paused, detail: "the job was paused".to_owned() };
        enter(&ledger, &job.name, &schedules, &span).await?;
    }
    journal.unpause(key, now).await?;
    Ok(true)
}
