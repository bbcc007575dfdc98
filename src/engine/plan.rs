//! Gives a run its items: all of them are in the journal before the first request, or none.

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decision::{Trouble, TroubleKind};
use super::job::Policy;
use super::progress::Phase;
use super::run::Engine;
use super::session::{Plan, PlanError, Refusal, Session};
use super::steering::Steering;
use super::waits::Waits;
use crate::journal::{JobKey, Journal, JournalError, NewItem, RunKey, Stop, UnfinishedRun};
use crate::model::Digest;

/// A server that answers, and not as it should, is asked so often.
const UNWELL_MOST: u32 = 5;
/// Batches of items on their way into the journal at once: a slow disk has more to commit together while the next are made.
const ADDING_MOST: usize = 8;

/// The result of a plan.
pub(super) enum Planned {
    /// Every item is in the journal.
    Whole,
    /// The run is refused whole.
    Refused(String),
    /// The run was stopped before it was planned, and its items are not known.
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
        sending: &CancellationToken,
        deadline: Instant,
    ) -> Result<Planned, JournalError> {
        if let Some((stop @ (Stop::Cancelled | Stop::TimedOut), why)) = run.stopped.clone() {
            return self.leave_all(session, run, stop, why).await;
        }
        let mut backoff = Waits::default();
        let mut unwell = 0;
        let mut wish = steering.wish.clone();
        loop {
            self.journal.unplan(run.key).await?;
            let mut plan = JournaledPlan::new(&self.journal, run);
            let (planned, early) = {
                let mut planning = std::pin::pin!(session.plan(&mut plan));
                let early = tokio::select! {
                    planned = &mut planning => Err(planned),
                    Ok(wished) = wish.wait_for(Option::is_some) => Ok(wished.clone()),
                    () = tokio::time::sleep_until(deadline) => {
                        Ok(Some((Stop::TimedOut, format!("{} before it was planned", policy.out_of_time()))))
                    }
                };
                match early {
                    Err(planned) => (planned, None),
                    // It comes to its own end, and asks the server nothing more on the way.
                    Ok(early) => {
                        sending.cancel();
                        (planning.await, early)
                    }
                }
            };
            if let (Some((stop, why)), Err(PlanError::Server(_))) = (early, &planned) {
                return self.leave_all(session, run, stop, why).await;
            }
            let trouble = match planned {
                Ok(input) => {
                    plan.added(0).await?;
                    let stop = plan.leave_rest.map(|why| (Stop::Aborted, why));
                    return self.planned(session, run, input, stop).await;
                }
                Err(PlanError::Refused(Refusal(why))) => return Ok(Planned::Refused(why)),
                Err(PlanError::Journal(error)) => return Err(error),
                Err(PlanError::Server(trouble)) => trouble,
            };
            unwell += u32::from(trouble.kind == TroubleKind::Unwell);
            let words = trouble.words;
            let wait = match trouble.kind {
                TroubleKind::Stopping => return Ok(Planned::Suspended),
                TroubleKind::Unreachable | TroubleKind::PutOff(None) => backoff.next(),
                TroubleKind::PutOff(Some(after)) => after,
                TroubleKind::Unwell if unwell <= UNWELL_MOST => backoff.next(),
                TroubleKind::Unwell | TroubleKind::Fatal => {
                    return self.leave_all(session, run, Stop::Aborted, words).await;
                }
            };
            tracing::warn!(run = %run.id, why = %words, seconds = wait.as_secs(), "a run waits before it is planned");
            let until = self.clock.now().plus(wait);
            steering.progress.send_modify(|progress| progress.phase = Phase::Waiting { why: words.clone(), until });
            let now = Instant::now();
            let wished = tokio::select! {
                () = tokio::time::sleep_until(deadline), if deadline <= now + wait => {
                    let why = format!("{} before it could be planned: {words}", policy.out_of_time());
                    Some((Stop::TimedOut, why))
                }
                () = tokio::time::sleep_until(now + wait) => None,
                () = steering.drain.cancelled() => return Ok(Planned::Suspended),
                Ok(wished) = wish.wait_for(Option::is_some) => wished.clone(),
            };
            if let Some((stop, why)) = wished {
                return self.leave_all(session, run, stop, why).await;
            }
            steering.progress.send_modify(|progress| progress.phase = Phase::Planning);
        }
    }

    /// Plans every item as not run, where the job kind can tell its items without the server.
    async fn leave_all(
        &self,
        session: &dyn Session,
        run: &UnfinishedRun,
        stop: Stop,
        why: String,
    ) -> Result<Planned, JournalError> {
        self.journal.unplan(run.key).await?;
        let mut plan = JournaledPlan::new(&self.journal, run);
        match session.plan_undone(&mut plan, &why).await {
            Ok(input) => {
                plan.added(0).await?;
                self.planned(session, run, input, Some((stop, why))).await
            }
            Err(PlanError::Journal(error)) => Err(error),
            Err(PlanError::Refused(Refusal(why)) | PlanError::Server(Trouble { words: why, .. })) => {
                Ok(Planned::Stopped(stop, why))
            }
        }
    }

    async fn planned(
        &self,
        session: &dyn Session,
        run: &UnfinishedRun,
        input: String,
        stop: Option<(Stop, String)>,
    ) -> Result<Planned, JournalError> {
        if let Some((stop, why)) = stop {
            self.journal.stop(run.key, stop, why).await?;
        }
        self.journal.planned(run.key, input).await?;
        session.planned();
        Ok(Planned::Whole)
    }
}

struct JournaledPlan<'a> {
    journal: &'a Journal,
    job: JobKey,
    run: RunKey,
    leave_rest: Option<String>,
    /// The items on their way into the journal.
    adding: FuturesUnordered<BoxFuture<'a, Result<(), JournalError>>>,
}

impl<'a> JournaledPlan<'a> {
    fn new(journal: &'a Journal, run: &UnfinishedRun) -> Self {
        Self { journal, job: run.job, run: run.key, leave_rest: None, adding: FuturesUnordered::new() }
    }

    /// Waits until no more than `most` batches are on their way; the others are queued by then.
    async fn added(&mut self, most: usize) -> Result<(), JournalError> {
        while self.adding.len() > most {
            self.adding.next().await.transpose()?;
        }
        while let Some(Some(added)) = self.adding.next().now_or_never() {
            added?;
        }
        Ok(())
    }
}

impl Plan for JournaledPlan<'_> {
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), JournalError>> {
        // Written here: the one thread that all writing goes through has enough to do.
        let items = items.into_iter().map(|item| NewItem { payload: item.payload.written(), ..item }).collect();
        self.adding.push(self.journal.plan(self.job, self.run, items).boxed());
        self.added(ADDING_MOST - 1).boxed()
    }

    fn file_read(&mut self, hash: Digest) -> BoxFuture<'_, Result<(), JournalError>> {
        self.journal.claim_read(self.run, hash).boxed()
    }

    fn leave_rest(&mut self, why: String) {
        self.leave_rest = Some(why);
    }
}
