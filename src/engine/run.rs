//! One run from its beginning, or from where it was interrupted, to its end: plan, drive, files, outcome, mail.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::drive::{Context, Driven, OnTrouble, StopWish, drive};
use super::job::{Finished, Job, Plan, PlanError, Recall, Refusal, RunInfo, Session, Tools, TroubleKind};
use super::leases::Leases;
use super::progress::{Phase, Progress};
use crate::clock::{Clock, Timestamp, Zone};
use crate::journal::{
    Ending, ItemFilter, ItemView, JobKey, Journal, JournalError, NewClaim, NewItem, NewLetter, NewRun, RunKey, RunView,
    Stop, UnfinishedRun,
};
use crate::model::{Digest, ItemNo, Outcome, RunId, Trigger};

/// Problems that a report names one by one.
const PROBLEMS_TOLD: u32 = 20;

/// What every run is worked with.
#[derive(Clone)]
pub struct Engine {
    /// The open journal.
    pub journal: Arc<Journal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is held by items under way, over all jobs.
    pub leases: Leases,
    /// Makes the mails about a run.
    pub render: Arc<dyn Render>,
}

/// Makes the mails about a run that ends.
pub trait Render: Send + Sync {
    /// The mails, which enter the outbox in the transaction that ends the run.
    fn letters(&self, report: &RunReport) -> Vec<NewLetter>;
}

/// What there is to tell of a run that ends.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run, with its outcome and end.
    pub run: RunView,
    /// How the job's last run ended.
    pub previous: Option<Outcome>,
    /// The first problems.
    pub problems: Vec<ItemView>,
    /// What it left behind.
    pub finished: Finished,
    /// The zone to tell times in.
    pub zone: Zone,
}

/// A run about to begin.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Why.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The job kind's own account of what it works on.
    pub input: String,
    /// The dropped file it works on.
    pub claim: Option<NewClaim>,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
}

/// How a run is steered from outside.
#[derive(Clone)]
pub struct Steering {
    /// A wish to end it early.
    pub wish: StopWish,
    /// Fires when the program stops.
    pub drain: CancellationToken,
    /// What to do about a full disk.
    pub on_trouble: OnTrouble,
    /// How far it is.
    pub progress: watch::Sender<Progress>,
}

/// How working on a run ended.
#[derive(Debug)]
pub enum Worked {
    /// The run is over.
    Ended(Box<RunReport>),
    /// The program stops; the next start goes on with it.
    Suspended,
}

impl Engine {
    /// Journals a new run of the job.
    pub async fn begin(&self, job: &dyn Job, id: RunId, begin: Begin) -> Result<UnfinishedRun, JournalError> {
        let key = self.journal.job(job.name(), job.kind(), job.was()).await?;
        let run = self
            .journal
            .begin(NewRun {
                id,
                job: key,
                trigger: begin.trigger,
                due: begin.due,
                started: self.clock.now(),
                retry_of: begin.retry_of,
                input: begin.input,
                claim: begin.claim,
            })
            .await?;
        self.unfinished(run).await
    }

    /// Works on a run until it is over, or until the program stops.
    pub async fn work(&self, job: &dyn Job, run: UnfinishedRun, steering: Steering) -> Result<Worked, JournalError> {
        steering.progress.send_modify(|progress| progress.run = Some(run.id));
        let sending = steering.drain.child_token();
        let tools = Tools {
            recall: Recall::Journal(Arc::clone(&self.journal)),
            clock: Arc::clone(&self.clock),
            sending: sending.clone(),
            stop: steering.drain.clone(),
            leases: self.leases.clone(),
        };
        let session = match job.session(RunInfo::of(&run), tools).await {
            Ok(session) => session,
            Err(Refusal(why)) => return self.refuse(job, &run, why, None).await,
        };
        if run.planning {
            match self.plan(session.as_ref(), &run, &steering, job.policy().timeout).await {
                Ok(()) => {}
                Err(PlanError::Refused(Refusal(why))) => {
                    return self.refuse(job, &run, why, Some(session.as_ref())).await;
                }
                Err(PlanError::Server(trouble)) if trouble.kind == TroubleKind::Stopping => {
                    return Ok(Worked::Suspended);
                }
                Err(PlanError::Server(trouble)) => {
                    return self.refuse(job, &run, trouble.words, Some(session.as_ref())).await;
                }
                Err(PlanError::Journal(error)) => return Err(error),
            }
        }
        let run = self.unfinished(run.key).await?;
        let mut stopped = run.stopped.clone();
        let (pending, counts) =
            self.journal.read(move |reader| Ok((reader.pending_count(run.key)?, reader.counts(run.key)?))).await?;
        if let Some(most) = job.policy().max_items
            && pending > most
            && stopped.is_none()
        {
            let why = format!("{pending} items would change, and max_items allows {most}. Nothing was begun");
            stopped = Some((Stop::Aborted, why));
        }
        steering.progress.send_modify(|progress| {
            progress.phase = Phase::Sending;
            progress.total = pending + counts.total();
            progress.counts = counts;
        });
        let context = Context {
            run: run.key,
            session: session.as_ref(),
            journal: &self.journal,
            clock: self.clock.as_ref(),
            policy: job.policy(),
            leases: &self.leases,
            sending: &sending,
        };
        let driven =
            drive(context, stopped, steering.wish, steering.drain, steering.on_trouble, &steering.progress).await?;
        match driven {
            Driven::Suspended => Ok(Worked::Suspended),
            Driven::Over => {
                steering.progress.send_modify(|progress| progress.phase = Phase::Finishing);
                self.finish(job, &run, session.as_ref()).await.map(Worked::Ended)
            }
        }
    }

    async fn plan(
        &self,
        session: &dyn Session,
        run: &UnfinishedRun,
        steering: &Steering,
        timeout: Duration,
    ) -> Result<(), PlanError> {
        let deadline = Instant::now() + timeout;
        let mut waited = 0;
        loop {
            self.journal.unplan(run.key).await?;
            let mut plan = JournaledPlan { journal: &self.journal, job: run.job, run: run.key, leave_rest: None };
            let trouble = match session.plan(&mut plan).await {
                Ok(input) => {
                    if let Some(why) = plan.leave_rest {
                        self.journal.stop(run.key, Stop::Aborted, why).await?;
                    }
                    self.journal.planned(run.key, input).await?;
                    session.planned();
                    return Ok(());
                }
                Err(PlanError::Server(trouble)) => trouble,
                Err(other) => return Err(other),
            };
            let wait = match trouble.kind {
                TroubleKind::Unreachable | TroubleKind::PutOff(None) => Duration::from_secs(1 << waited.min(8)),
                TroubleKind::PutOff(Some(after)) => after,
                TroubleKind::Unwell if waited < 5 => Duration::from_secs(1 << waited),
                TroubleKind::Stopping => return Err(PlanError::Server(trouble)),
                TroubleKind::Unwell | TroubleKind::Fatal => {
                    return self.leave_all(session, run, Stop::Aborted, trouble.words).await;
                }
            };
            let wait = wait.min(deadline.saturating_duration_since(Instant::now()));
            if wait.is_zero() {
                let why = format!("the run's time was up before the server could be asked: {}", trouble.words);
                return self.leave_all(session, run, Stop::TimedOut, why).await;
            }
            if waited == 0 {
                tracing::warn!(run = %run.id, why = %trouble.words, "a run waits for the server");
            }
            waited += 1;
            let until = self.clock.now().plus(wait);
            steering
                .progress
                .send_modify(|progress| progress.phase = Phase::Waiting { why: trouble.words.clone(), until });
            let mut wish = steering.wish.clone();
            let wished = tokio::select! {
                () = tokio::time::sleep(wait) => None,
                () = steering.drain.cancelled() => return Err(PlanError::Server(stopping())),
                Ok(wished) = wish.wait_for(Option::is_some) => wished.clone(),
            };
            if let Some((stop, why)) = wished {
                return self.leave_all(session, run, stop, why).await;
            }
        }
    }

    /// Plans every item as not run.
    async fn leave_all(
        &self,
        session: &dyn Session,
        run: &UnfinishedRun,
        stop: Stop,
        why: String,
    ) -> Result<(), PlanError> {
        self.journal.unplan(run.key).await?;
        let mut plan = JournaledPlan { journal: &self.journal, job: run.job, run: run.key, leave_rest: None };
        let input = session.plan_undone(&mut plan, &why).await?;
        self.journal.stop(run.key, stop, why).await?;
        self.journal.planned(run.key, input).await?;
        session.planned();
        Ok(())
    }

    async fn finish(
        &self,
        job: &dyn Job,
        run: &UnfinishedRun,
        session: &dyn Session,
    ) -> Result<Box<RunReport>, JournalError> {
        let key = run.key;
        let mut notes = Vec::new();
        let mut after = ItemNo(0);
        loop {
            let page = self.journal.read(move |reader| reader.sent_again(key, after, 200)).await?;
            let Some(last) = page.last() else { break };
            after = last.item;
            notes.extend(session.recheck(&page).await);
        }
        let counts = self.journal.read(move |reader| reader.counts(key)).await?;
        let mut finished = session.finish(&counts).await;
        finished.warnings.extend(notes);
        let stopped = self.journal.read(move |reader| reader.unfinished_run(key)).await?.and_then(|run| run.stopped);
        let outcome = match &stopped {
            Some((Stop::Cancelled, _)) => Outcome::Cancelled,
            _ => counts.outcome(),
        };
        self.end(job, run, outcome, stopped.map(|(_, why)| why), finished).await
    }

    async fn refuse(
        &self,
        job: &dyn Job,
        run: &UnfinishedRun,
        why: String,
        session: Option<&dyn Session>,
    ) -> Result<Worked, JournalError> {
        self.journal.unplan(run.key).await?;
        let report = self.end(job, run, Outcome::Failed, Some(why), Finished::default()).await?;
        if let Some(session) = session {
            session.planned();
        }
        Ok(Worked::Ended(report))
    }

    async fn end(
        &self,
        job: &dyn Job,
        run: &UnfinishedRun,
        outcome: Outcome,
        error: Option<String>,
        finished: Finished,
    ) -> Result<Box<RunReport>, JournalError> {
        let (key, job_key) = (run.key, run.job);
        let (mut view, previous, problems) = self
            .journal
            .read(move |reader| {
                let view = reader.run_by_key(key)?;
                let previous = reader.outcome_before(job_key, key)?;
                let problems = reader.items(key, ItemFilter::Problems, ItemNo(0), PROBLEMS_TOLD)?;
                Ok((view, previous, problems))
            })
            .await?;
        let at = self.clock.now().max(run.started);
        view.outcome = Some(outcome);
        view.ended = Some(at);
        view.error = error.or(view.error);
        let report = Box::new(RunReport { run: view, previous, problems, finished, zone: job.policy().zone.clone() });
        let ending = Ending {
            outcome,
            error: report.run.error.clone(),
            counts: report.run.counts.clone(),
            at,
            letters: self.render.letters(&report),
        };
        self.journal.end(key, ending).await?;
        tracing::info!(
            job = %job.name(),
            run = %run.id,
            outcome = %outcome,
            counts = %report.run.counts,
            error = report.run.error.as_deref(),
            "a run ended"
        );
        if let Err(error) = self.journal.wipe_pins(key).await {
            tracing::warn!(%error, run = %run.id, "sealed PINs stay in the journal until the next start");
        }
        Ok(report)
    }

    async fn unfinished(&self, run: RunKey) -> Result<UnfinishedRun, JournalError> {
        self.journal.read(move |reader| reader.unfinished_run(run)).await?.ok_or(JournalError::Unknown("such run"))
    }
}

fn stopping() -> super::job::Trouble {
    super::job::Trouble { kind: TroubleKind::Stopping, words: "the program is stopping".to_owned() }
}

struct JournaledPlan<'a> {
    journal: &'a Journal,
    job: JobKey,
    run: RunKey,
    leave_rest: Option<String>,
}

impl Plan for JournaledPlan<'_> {
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), JournalError>> {
        self.journal.plan(self.job, self.run, items).boxed()
    }

    fn file_read(&mut self, hash: Digest) -> BoxFuture<'_, Result<(), JournalError>> {
        self.journal.claim_read(self.run, hash).boxed()
    }

    fn leave_rest(&mut self, why: String) {
        self.leave_rest = Some(why);
    }
}
