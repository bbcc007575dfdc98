//! Works on one run from its beginning, or from where it was interrupted, to its end: plan, drive, files, outcome,
//! mail.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::drive::{Context, Driven, drive};
use super::expected::Expected;
use super::inbox::Taking;
use super::job::{Job, RunInfo, Tools};
use super::leases::Leases;
use super::plan::{Planned, Planner, too_many};
use super::progress::{Phase, expect};
use super::recall::Recall;
use super::render::{Render, RunReport};
use super::session::Refusal;
use super::steering::{OnTrouble, Steering};
use super::waits::Waits;
use crate::clock::{Clock, Timestamp};
use crate::journal::{Journal, JournalError, NewRun, Tally, UnfinishedRun};
use crate::model::{JobKey, RunId, RunKey, Stop, Trigger};

/// The parts that every run is worked with.
#[derive(Clone)]
pub struct Engine {
    /// The open journal.
    pub journal: Arc<Journal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The leases held by items under way, over all jobs.
    pub leases: Leases,
    /// Makes the mails about a run.
    pub render: Arc<dyn Render>,
}

/// A run about to begin.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The reason why the run began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The job kind's own payload of what it works on.
    pub input: String,
    /// The dropped file it works on.
    pub claim: Option<Taking>,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
}

/// The way in which the work on a run ended.
#[derive(Debug)]
pub enum Worked {
    /// The run is over.
    Ended(Box<RunReport>),
    /// The program stops; the next start goes on with it.
    Suspended,
}

impl Engine {
    /// Journals a new run of the job that has this number.
    pub async fn begin(&self, job: JobKey, id: RunId, begin: Begin) -> Result<UnfinishedRun, JournalError> {
        let run = self
            .journal
            .begin(NewRun {
                id,
                job,
                trigger: begin.trigger,
                due: begin.due,
                started: self.clock.now(),
                retry_of: begin.retry_of,
                input: begin.input,
                claim: begin.claim.map(|taking| taking.claim),
            })
            .await?;
        self.unfinished(run).await
    }

    /// Works on a run until it is over, or until the program stops. Where trouble with the disk is to be waited out, it comes
    /// back with no error that may pass.
    pub async fn work(&self, job: &Job, run: UnfinishedRun, steering: Steering) -> Result<Worked, JournalError> {
        steering.progress.send_modify(|progress| progress.run = Some(run.id));
        let deadline = Instant::now() + job.policy.timeout;
        let mut disk = Waits::default();
        let mut is_first = true;
        loop {
            let error = match self.work_once(job, run.key, &steering, deadline, is_first).await {
                Err(error) if error.may_pass() && steering.on_trouble == OnTrouble::Wait => error,
                worked => return worked,
            };
            is_first = false;
            let wait = disk.next();
            tracing::warn!(run = %run.id, %error, seconds = wait.as_secs(), "a run waits for the journal");
            let until = self.clock.now().plus(wait);
            let why = error.to_string();
            steering.progress.send_modify(|progress| progress.phase = Phase::Waiting { why, until });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = steering.drain.cancelled() => return Ok(Worked::Suspended),
            }
        }
    }

    /// Takes the run up where the journal says it stands. A request's time-out after its time was up, the server is asked
    /// nothing more.
    async fn work_once(
        &self,
        job: &Job,
        run: RunKey,
        steering: &Steering,
        deadline: Instant,
        is_first: bool,
    ) -> Result<Worked, JournalError> {
        let asking = steering.drain.child_token();
        let last_word = async {
            tokio::time::sleep_until(deadline + job.policy.request_timeout).await;
            asking.cancel();
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            worked = self.take_up(job, run, steering, deadline, asking.clone(), is_first) => worked,
            never = last_word => match never {},
        }
    }

    async fn take_up(
        &self,
        job: &Job,
        run: RunKey,
        steering: &Steering,
        deadline: Instant,
        asking: CancellationToken,
        is_first: bool,
    ) -> Result<Worked, JournalError> {
        let Some(run) = self.journal.unfinished_run(run).await? else {
            // Its end was committed although the disk said otherwise.
            return self.report_of(job, run).await.map(|report| Worked::Ended(Box::new(report)));
        };
        let seal = self.journal.seal_of(run.key).await?;
        let sending = steering.drain.child_token();
        let tools = Tools {
            recall: Recall::Journal(Arc::clone(&self.journal), seal.clone()),
            clock: Arc::clone(&self.clock),
            sending: sending.clone(),
            stop: asking,
            leases: self.leases.clone(),
            opened: None,
        };
        let session = match job.session(RunInfo::of(&run), tools).await {
            Ok(session) => session,
            Err(Refusal(why)) => {
                let (stop, why) = match steering.stop_request.borrow().clone() {
                    Some((stop, requested)) => (stop, format!("{requested}; {why}")),
                    None => (Stop::Aborted, why),
                };
                return self.abandon(job, &run, stop, why).await;
            }
        };
        let session = session.as_ref();
        if run.planning {
            let planner = Planner {
                journal: &self.journal,
                clock: self.clock.as_ref(),
                session,
                run: &run,
                policy: &job.policy,
                steering,
                sending: &sending,
                deadline,
            };
            expect(&steering.progress, session.forecast().await);
            match planner.plan().await? {
                Planned::Whole => {
                    let expected = session.expected(None);
                    let requests = expected.as_ref().map(Expected::in_words);
                    tracing::info!(job = %job.name, run = %run.id, requests, "a run is planned");
                    expect(&steering.progress, expected);
                }
                Planned::Suspended => return Ok(Worked::Suspended),
                Planned::Refused(why) => return self.refuse(job, &run, session, None, why).await,
                Planned::Stopped(stop, why) => return self.refuse(job, &run, session, Some(stop), why).await,
            }
        }
        let run = self.unfinished(run.key).await?;
        let key = run.key;
        let Tally { pending, settling, over: counts, .. } = self.journal.tally(key).await?;
        let stopped = match run.stopped.clone() {
            Some(stopped) => Some(stopped),
            None => too_many(&self.journal, self.clock.as_ref(), session, &job.policy, key, pending).await?,
        };
        steering.progress.send_modify(|progress| {
            progress.phase = Phase::Sending;
            progress.total = pending + settling + counts.total();
            progress.counts = counts;
        });
        let context = Context {
            run: run.key,
            session,
            journal: &self.journal,
            seal: &seal,
            clock: self.clock.as_ref(),
            render: self.render.as_ref(),
            policy: &job.policy,
            leases: &self.leases,
            sending: &sending,
            deadline,
            // An intent of a drive that ended with trouble may still be on its way into the journal.
            none_to_settle: is_first && settling == 0,
        };
        match drive(context, stopped, steering).await? {
            Driven::Suspended => Ok(Worked::Suspended),
            Driven::Over => {
                steering.progress.send_modify(|progress| progress.phase = Phase::Finishing);
                self.journal.rest();
                self.finish(job, &run, session).await
            }
        }
    }

    async fn unfinished(&self, run: RunKey) -> Result<UnfinishedRun, JournalError> {
        self.journal.unfinished_run(run).await?.ok_or(JournalError::Unknown("such run"))
    }
}
