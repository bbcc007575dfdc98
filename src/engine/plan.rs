//! Gives a run its items: all of them are in the journal before the first request, or none. Checks that a planned run does not
//! change more than its job allows: a mangled timetable should not cost a night.

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decision::{Trouble, TroubleKind};
use super::job::Policy;
use super::progress::Phase;
use super::record::RecordError;
use super::session::{Plan, PlanError, Refusal, Session};
use super::steering::Steering;
use super::waits::Waits;
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, PendingAsked, UnfinishedRun};
use crate::model::{Digest, ItemNo, JobKey, NewItem, RunKey, Stop};

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

/// Plans one run.
pub(super) struct Planner<'a> {
    pub(super) journal: &'a Journal,
    pub(super) clock: &'a dyn Clock,
    pub(super) session: &'a dyn Session,
    pub(super) run: &'a UnfinishedRun,
    pub(super) policy: &'a Policy,
    pub(super) steering: &'a Steering,
    /// Fires when the server is not to be asked any more.
    pub(super) sending: &'a CancellationToken,
    /// The time at which the run must end.
    pub(super) deadline: Instant,
}

impl Planner<'_> {
    /// Has the run planned. A server that is away is waited for until the run's time is up.
    pub(super) async fn plan(&self) -> Result<Planned, JournalError> {
        let Self { journal, clock, session, run, policy, steering, sending, deadline } = *self;
        if let Some((stop @ (Stop::Cancelled | Stop::TimedOut), why)) = run.stopped.clone() {
            return self.leave_all(stop, why).await;
        }
        let mut backoff = Waits::default();
        let mut unwell = 0;
        let mut stop_request = steering.stop_request.clone();
        loop {
            journal.unplan(run.key).await?;
            let mut plan = JournaledPlan::new(journal, run);
            let (planned, early) = {
                let mut planning = std::pin::pin!(session.plan(&mut plan));
                let early = tokio::select! {
                    planned = &mut planning => Err(planned),
                    Ok(requested) = stop_request.wait_for(Option::is_some) => Ok(requested.clone()),
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
                return self.leave_all(stop, why).await;
            }
            let trouble = match planned {
                Ok(input) => {
                    plan.added(0).await?;
                    let stop = plan.leave_rest.map(|why| (Stop::Aborted, why));
                    return self.planned(input, stop).await;
                }
                Err(PlanError::Refused(Refusal(why))) => return Ok(Planned::Refused(plan.with_remarks(why))),
                Err(PlanError::Journal(error)) => return Err(error.into()),
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
                    return self.leave_all(Stop::Aborted, words).await;
                }
            };
            tracing::warn!(run = %run.id, why = %words, seconds = wait.as_secs(), "a run waits before it is planned");
            let until = clock.now().plus(wait);
            steering.progress.send_modify(|progress| progress.phase = Phase::Waiting { why: words.clone(), until });
            let now = Instant::now();
            let requested = tokio::select! {
                () = tokio::time::sleep_until(deadline), if deadline <= now + wait => {
                    let why = format!("{} before it could be planned: {words}", policy.out_of_time());
                    Some((Stop::TimedOut, why))
                }
                () = tokio::time::sleep_until(now + wait) => None,
                () = steering.drain.cancelled() => return Ok(Planned::Suspended),
                Ok(requested) = stop_request.wait_for(Option::is_some) => requested.clone(),
            };
            if let Some((stop, why)) = requested {
                return self.leave_all(stop, why).await;
            }
            steering.progress.send_modify(|progress| progress.phase = Phase::Planning);
        }
    }

    /// Plans every item as not run, where the job kind can tell its items without the server.
    async fn leave_all(&self, stop: Stop, why: String) -> Result<Planned, JournalError> {
        let Self { journal, session, run, .. } = *self;
        journal.unplan(run.key).await?;
        let mut plan = JournaledPlan::new(journal, run);
        match session.plan_undone(&mut plan, &why).await {
            Ok(input) => {
                plan.added(0).await?;
                self.planned(input, Some((stop, why))).await
            }
            Err(PlanError::Journal(error)) => Err(error.into()),
            Err(PlanError::Refused(Refusal(why)) | PlanError::Server(Trouble { words: why, .. })) => {
                Ok(Planned::Stopped(stop, why))
            }
        }
    }

    async fn planned(&self, input: String, stop: Option<(Stop, String)>) -> Result<Planned, JournalError> {
        let Self { journal, session, run, .. } = *self;
        if let Some((stop, why)) = stop {
            journal.stop(run.key, stop, why).await?;
        }
        journal.planned(run.key, input).await?;
        session.planned();
        Ok(Planned::Whole)
    }
}

struct JournaledPlan<'a> {
    journal: &'a Journal,
    job: JobKey,
    run: RunKey,
    leave_rest: Option<String>,
    /// Remarks on the file, a sentence each.
    remarks: Vec<String>,
    /// The items on their way into the journal.
    adding: FuturesUnordered<BoxFuture<'a, Result<(), JournalError>>>,
}

impl<'a> JournaledPlan<'a> {
    fn new(journal: &'a Journal, run: &UnfinishedRun) -> Self {
        Self {
            journal,
            job: run.job,
            run: run.key,
            leave_rest: None,
            remarks: Vec::new(),
            adding: FuturesUnordered::new(),
        }
    }

    /// Adds the remarks to the reason why the run is refused: of a file that was not read to its end nothing else tells them.
    fn with_remarks(&self, why: String) -> String {
        if self.remarks.is_empty() {
            return why;
        }
        format!("{}. {}", why.trim_end_matches('.'), self.remarks.join(" "))
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
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), RecordError>> {
        // Written here: the one thread that all writing goes through has enough to do.
        let items = items.into_iter().map(|item| NewItem { payload: item.payload.written(), ..item }).collect();
        self.adding.push(self.journal.plan(self.job, self.run, items).boxed());
        async { Ok(self.added(ADDING_MOST - 1).await?) }.boxed()
    }

    fn file_read(&mut self, hash: Digest) -> BoxFuture<'_, Result<(), RecordError>> {
        async move { Ok(self.journal.claim_read(self.run, hash).await?) }.boxed()
    }

    fn remark(&mut self, remarks: Vec<String>) {
        self.remarks = remarks;
    }

    fn leave_rest(&mut self, why: String) {
        self.leave_rest = Some(why);
    }
}

/// Items read at once.
const PENDING_PAGE: u32 = 500;

/// Returns the reason why the run is not to begin, if it has more pending items that may change something than the
/// job allows. Items that only make sure of earlier work do not count.
pub(super) async fn too_many(
    journal: &Journal,
    clock: &dyn Clock,
    session: &dyn Session,
    policy: &Policy,
    run: RunKey,
    pending: u64,
) -> Result<Option<(Stop, String)>, JournalError> {
    // Most runs have so few that none needs looking at.
    let Some(most) = policy.max_items.filter(|most| pending > *most) else { return Ok(None) };
    let (now, mut after, mut changing) = (clock.now(), ItemNo(0), 0);
    loop {
        let page = journal.pending(PendingAsked { run, after, now, most: PENDING_PAGE }).await?.items;
        let Some(last) = page.last() else { break };
        after = last.item;
        changing += page.iter().filter(|item| session.may_change(item)).count() as u64;
    }
    let why = format!("{changing} items would change, and max_items allows {most}. Nothing was begun");
    Ok((changing > most).then_some((Stop::Aborted, why)))
}
