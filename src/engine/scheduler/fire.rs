//! Holds the body of every job: it waits for its moment, lets the plan decide, and carries that out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::decision::{Decision, Verdict};
use super::missed::enter;
use super::plan::{Ticket, Wait};
use super::runs::{Begun, Due};
use super::shared::{Occupied, Shared};
use super::timing::Timing;
use crate::journal::{JournalError, Skip};
use crate::model::{JobName, SkipReason};

/// However far the moment, the clock is read again after this: it may be stepped meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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
        Err(JournalError::Elsewhere(node)) => {
            tracing::debug!(%job, %due, %node, "another machine works on the job: what becomes of the due time is asked again");
            shared.plan().put_off(ticket, shared.clock.now());
            return;
        }
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
