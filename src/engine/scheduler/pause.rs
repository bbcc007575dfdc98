//! Ends a pause: what was due in it enters the ledger, and is never made up for.

use std::sync::Arc;

use super::ledger::JournalLedger;
use super::missed::{Span, enter};
use super::timing;
use crate::clock::Clock;
use crate::config;
use crate::journal::{Journal, JournalError};
use crate::model::SkipReason;

/// Ends the job's pause; tells whether it had one.
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
