//! How a run gets its items: all of them in the journal before the first request, or none.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::job::{Plan, PlanError, Policy, Refusal, Session, Trouble, TroubleKind};
use super::progress::Phase;
use super::run::{Engine, Steering, out_of_time};
use crate::journal::{JobKey, Journal, JournalError, NewItem, RunKey, Stop, UnfinishedRun};

/// A server that answers, and not as it should, is asked so often.
const UNWELL_MOST: u32 = 5;

/// What became of a plan.
pub(super) enum Planned {
    /// Every item is in the journal.
    Whole,
    /// The run is refused whole.
    Refused(String),
    /// The run was stopped before it was planned.
    Stopped(Stop, String),
    /// The program stops.
    Suspended,
}

impl Engine {
    /// Has the run planned. A server that is away is waited for until the run's time is up.
    pub(super) async fn plan(
        &self,
        session: &dyn Session,
        run: &UnfinishedRun,
        policy: &Policy,
        steering: &Steering,
        deadline: Instant,
    ) -> Result<Planned, JournalError> {
        let mut backoff = Backoff::default();
        let mut unwell = 0;
        let mut wish = steering.wish.clone();
        loop {
            self.journal.unplan(run.key).await?;
            let mut plan = JournaledPlan { journal: &self.journal, job: run.job, run: run.key };
            let trouble = match session.plan(&mut plan).await {
                Ok(input) => {
                    self.journal.planned(run.key, input).await?;
                    return Ok(Planned::Whole);
                }
                Err(PlanError::Refused(Refusal(why))) => return Ok(Planned::Refused(why)),
                Err(PlanError::Journal(error)) => return Err(error),
                Err(PlanError::Server(trouble)) => trouble,
            };
            unwell += u32::from(trouble.kind == TroubleKind::Unwell);
            let Some(wait) = wait_for(&trouble, unwell, &mut backoff) else {
                return Ok(match trouble.kind {
                    TroubleKind::Stopping => Planned::Suspended,
                    _ => Planned::Refused(trouble.words),
                });
            };
            let words = trouble.words;
            tracing::warn!(run = %run.id, why = %words, seconds = wait.as_secs(), "a run waits before it is planned");
            let until = self.clock.now().plus(wait);
            steering.progress.send_modify(|progress| progress.phase = Phase::Waiting { why: words.clone(), until });
            tokio::select! {
                () = tokio::time::sleep_until(deadline), if deadline <= Instant::now() + wait => {
                    let why = format!("{}. {words}", out_of_time(policy));
                    return Ok(Planned::Stopped(Stop::TimedOut, why));
                }
                () = tokio::time::sleep(wait) => {}
                () = steering.drain.cancelled() => return Ok(Planned::Suspended),
                Ok(wished) = wish.wait_for(Option::is_some) => {
                    if let Some((stop, why)) = wished.clone() {
                        return Ok(Planned::Stopped(stop, why));
                    }
                }
            }
            steering.progress.send_modify(|progress| progress.phase = Phase::Planning);
        }
    }
}

/// How long to wait before the plan is made again; `None` where that is of no use.
fn wait_for(trouble: &Trouble, unwell: u32, backoff: &mut Backoff) -> Option<Duration> {
    match trouble.kind {
        TroubleKind::Unreachable | TroubleKind::PutOff(None) => Some(backoff.next()),
        TroubleKind::PutOff(Some(after)) => Some(after),
        TroubleKind::Unwell => (unwell <= UNWELL_MOST).then(|| backoff.next()),
        TroubleKind::Fatal | TroubleKind::Stopping => None,
    }
}

struct JournaledPlan<'a> {
    journal: &'a Journal,
    job: JobKey,
    run: RunKey,
}

impl Plan for JournaledPlan<'_> {
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), JournalError>> {
        self.journal.plan(self.job, self.run, items).boxed()
    }
}
