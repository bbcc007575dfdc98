//! Holds the body of every job: it waits for its moment, lets the plan decide, and carries that out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::decision::{Decision, Verdict};
use super::missed::enter;
use super::plan::{Ticket, Wait};
use super::timing::Timing;
use super::{Occupied, Shared};
use crate::clock::Timestamp;
use crate::journal::{JournalError, Skip};
use crate::model::{JobName, SkipReason, Trigger};

/// However far the moment, the clock is read again after this: it may be stepped meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A due time whose run is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its job.
    pub job: JobName,
    /// The due time.
    pub due: Timestamp,
    /// `Schedule`, or `CatchUp` where it is made up for.
    pub trigger: Trigger,
}

/// Begins runs for the scheduler.
pub trait Runs: Send + Sync {
    /// Begins the run of a due time: when this answers [`Begun::Run`], one transaction has dealt with the due time and
    /// journaled the run.
    fn begin(&self, due: Due) -> BoxFuture<'_, Result<Begun, JournalError>>;
}

/// The result of beginning a run.
pub enum Begun {
    /// It began; the rest of it is still to be worked on.
    Run(BoxFuture<'static, ()>),
    /// The due time was dealt with before.
    Recorded,
    /// It cannot begin, for this reason.
    Refused(String),
    /// The program is stopping; the next start makes up for it.
    Stopping,
}

/// Carries one offer of the plan through.
pub(super) async fn fire(shared: &Arc<Shared>, id: Uuid) {
    let Some(ticket) = shared.plan().take(id) else { return };
    loop {
        let wait = shared.plan().wait(ticket, shared.clock.now());
        match wait {
            Wait::Gone => return,
            Wait::Sleep(left) => tokio::time::sleep(left.min(LOOK_AGAIN)).await,
            Wait::Now(job, timing, decision) => return carry_out(shared, ticket, &job, &timing, decision).await,
        }
    }
}

async fn carry_out(shared: &Arc<Shared>, ticket: Ticket, job: &JobName, timing: &Timing, decision: Decision) {
    let due = decision.verdict.due();
    // The plan counts the run as going since it decided; it is over when this is dropped, also by a panic.
    let going = matches!(decision.verdict, Verdict::Begin { .. })
        .then(|| Occupied { shared: Arc::clone(shared), job: job.clone() });
    let run = match deal_with(shared, job, timing, decision).await {
        Ok(run) => run,
        Err(error) => {
            if !shared.troubled.swap(true, Ordering::Relaxed) {
                tracing::error!(%job, %due, %error, "a due time cannot be journaled; it is tried again until it can");
            }
            shared.plan().put_off(ticket, shared.clock.now());
            return;
        }
    };
    if shared.troubled.swap(false, Ordering::Relaxed) {
        tracing::info!("due times can be journaled again");
    }
    shared.plan().dealt_with(ticket, due, shared.clock.now());
    if let Some(run) = run {
        run.await;
    }
    drop(going);
}

/// Enters what does not run, and begins what does.
async fn deal_with(
    shared: &Shared,
    job: &JobName,
    timing: &Timing,
    decision: Decision,
) -> Result<Option<BoxFuture<'static, ()>>, JournalError> {
    let ledger = shared.ledger.as_ref();
    if let Some(span) = &decision.earlier {
        enter(ledger, job, &timing.schedules, span).await?;
    }
    let (due, trigger) = match decision.verdict {
        Verdict::Skip(skip) => {
            tracing::warn!(%job, due = %skip.due, reason = %skip.reason, "a due time is skipped");
            ledger.skip(job, vec![skip]).await?;
            return Ok(None);
        }
        Verdict::Begin { due, trigger } => (due, trigger),
    };
    if decision.doubtful && ledger.is_recorded(job, due).await? {
        return Ok(None);
    }
    match shared.runs.begin(Due { job: job.clone(), due, trigger }).await? {
        Begun::Run(run) => Ok(Some(run)),
        Begun::Recorded | Begun::Stopping => Ok(None),
        Begun::Refused(detail) => {
            tracing::warn!(%job, %due, %detail, "a due time is skipped: its run cannot begin");
            ledger.skip(job, vec![Skip { due, reason: SkipReason::Refused, detail }]).await?;
            Ok(None)
        }
    }
}
