//! Holds the parts that the daemon and the commands that work by themselves share: the lock, the journal, the
//! engine with its jobs, and the outbox's postman. The process that holds a runtime is the only one that writes.

mod active_runs;
mod aftercare;
mod attempt;
mod clients;
mod copies;
mod gathering;
mod given_up;
mod growth;
mod letters;
mod names;
mod pings;
mod postman;
mod putting_away;
mod run_request;
mod server_habits;
mod setup;
mod taking;
mod troubles;
mod upkeep;
mod watches;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api;
use crate::clock::Clock;
use crate::config::{self, Config, Environment, SecretError};
use crate::engine::inbox::Taking;
use crate::engine::{Begin, Engine, Job, Leases, OnTrouble, RunReport, Steering, Worked};
use crate::failpoint;
use crate::jobs::Workshop;
use crate::journal::{Claim, JobKey, Journal, JournalError, Lock, Stop, UnfinishedRun};
use crate::mail::Handover;
use crate::model::{JobKind, JobName, RunId};

use self::active_runs::ActiveRuns;
use self::aftercare::Aftercare;
use self::attempt::Rest;
use self::gathering::Lately;
use self::letters::Letters;
use self::names::introduce;
use self::pings::Pings;
use self::putting_away::Leftovers;
use self::setup::Current;
use self::troubles::Troubles;
use self::watches::Watches;

pub use active_runs::{ActiveRun, RunHandle};
pub use clients::{client, workshop};
pub use postman::mailer;
pub use run_request::{Opened, RunRequest, Work, of_file};
pub use setup::Setup;
pub use taking::Held;
pub use upkeep::{doubted, files_kept};

/// The one process that writes.
pub struct Runtime {
    current: Arc<Current>,
    engine: Engine,
    /// The turns of jobs: runs of one job follow one another, also where it is called otherwise meanwhile.
    turns: Mutex<BTreeMap<JobKey, Arc<tokio::sync::Mutex<()>>>>,
    under_way: ActiveRuns,
    pings: Pings,
    letters: Arc<Letters>,
    stop: CancellationToken,
    on_trouble: OnTrouble,
    clock: Arc<dyn Clock>,
    /// Wakes the postman: a run has ended, and there may be a mail about it.
    ended: Notify,
    leftovers: Leftovers,
    aftercare: Aftercare,
    watches: Watches,
    troubles: Troubles,
    lately: Lately,
    rest: Rest,
    handover: Handover,
    mails_out: AtomicU64,
}

/// The reason why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A name is another kind of job now.
    #[error(
        "the job {job} is a {is} now, and the journal knows it as a {was}: give the new job a name of its own, since what is \
         remembered under that name belongs to the old one"
    )]
    Kind {
        /// The job.
        job: JobName,
        /// The job's kind in the journal.
        was: JobKind,
        /// The job's kind in the configuration.
        is: JobKind,
    },
    /// The API's client.
    #[error("the API cannot be used as configured")]
    Api(#[from] api::BuildError),
}

impl Runtime {
    /// Takes the lock, opens the journal, and says in it what a start has to say before anything else.
    pub async fn open(
        config: Arc<Config>,
        environment: &Environment,
        clock: Arc<dyn Clock>,
        purpose: &str,
        on_trouble: OnTrouble,
    ) -> Result<Self, RuntimeError> {
        // First of all: a secret that only the daemon has is no matter while the daemon holds the lock.
        let lock = Lock::acquire(&config.state.directory, purpose)?;
        let workshop = Workshop::new(client(&config, environment, Arc::clone(&clock))?);
        let mailer = mailer(&config, environment)?;
        let journal = Arc::new(Journal::open_by(lock, Arc::clone(&clock))?);
        journal.recover(clock.now()).await?;
        introduce(&journal, &config).await?;
        copies::clear(&journal).await?;
        let current = Arc::new(Current::new(Setup::new(config, workshop, mailer)));
        let letters = Arc::new(Letters::new(Arc::clone(&current)));
        let engine = Engine {
            journal,
            clock: Arc::clone(&clock),
            leases: Leases::default(),
            render: Arc::clone(&letters) as Arc<_>,
        };
        let troubles = Troubles::open(&engine.journal).await?;
        let runtime = Self {
            current,
            engine,
            turns: Mutex::default(),
            under_way: ActiveRuns::default(),
            pings: Pings::default(),
            letters,
            stop: CancellationToken::new(),
            on_trouble,
            clock,
            ended: Notify::new(),
            leftovers: Leftovers::default(),
            aftercare: Aftercare::default(),
            watches: Watches::default(),
            troubles,
            lately: Lately::default(),
            rest: Rest::default(),
            handover: Handover::default(),
            mails_out: AtomicU64::default(),
        };
        runtime.write_late_files().await?;
        Ok(runtime)
    }

    /// Makes the parts for another configuration; nothing is changed by it yet. Runs under both share the limits on
    /// requests, where those are the same.
    pub fn prepare(&self, config: Arc<Config>, environment: &Environment) -> Result<Setup, RuntimeError> {
        let workshop = self.current.get().workshop.renewed(&clients::api_settings(&config, environment)?)?;
        let mailer = mailer(&config, environment)?;
        Ok(Setup::new(config, workshop, mailer))
    }

    /// Puts another configuration in force. Runs that are going keep theirs; jobs that are called otherwise now are so in the
    /// journal from here on.
    pub async fn adopt(&self, setup: Setup) -> Result<(), RuntimeError> {
        introduce(&self.engine.journal, &setup.config).await?;
        self.current.change(|_| setup);
        // The new configuration may have mended the fault that kept the mail server from taking mails.
        self.rest.end();
        self.engine.journal.hurry_letters().await?;
        self.ended.notify_one();
        Ok(())
    }

    /// Returns the configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.current.get().config)
    }

    /// Returns the journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.engine.journal
    }

    /// Returns the time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Fires when the program stops.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Returns a job by its name.
    #[must_use]
    pub fn job(&self, name: &JobName) -> Option<Arc<Job>> {
        self.current.get().jobs.get(name).cloned()
    }

    /// Returns a configured job, which is added where it is in no file: the `import` of a configuration without jobs.
    pub fn job_of(&self, configured: &config::Job) -> Arc<Job> {
        if let Some(job) = self.job(&configured.name) {
            return job;
        }
        let setup = self.current.get();
        let job = setup.workshop.build(&setup.config, configured);
        self.current.change(|setup| {
            let mut setup = setup.clone();
            setup.jobs.insert(job.name.clone(), Arc::clone(&job));
            setup
        });
        job
    }

    /// Returns the runs that this process works on, or will when their turn comes, oldest first.
    #[must_use]
    pub fn under_way(&self) -> Vec<ActiveRun> {
        self.under_way.list()
    }

    /// Waits until a run comes under way, or is not any more. For one listener.
    pub async fn under_way_changed(&self) {
        self.under_way.changed.notified().await;
    }

    /// Returns the means to watch and steer a run that this process works on.
    #[must_use]
    pub fn oversight(&self, run: RunId) -> Option<RunHandle> {
        self.under_way.oversight(run)
    }

    /// Wishes that a run of this process's ends early: what is in flight finishes, the rest is left undone. Tells whether
    /// there is such a run.
    pub fn cancel(&self, run: RunId, why: &str) -> bool {
        let Some(oversight) = self.oversight(run) else { return false };
        oversight.wish.send_replace(Some((Stop::Cancelled, why.to_owned())));
        true
    }

    /// Begins a run, and works on it. Runs of one job follow one another.
    pub async fn run(
        &self,
        job: &Arc<Job>,
        id: RunId,
        begin: Begin,
        oversight: &RunHandle,
    ) -> Result<Worked, JournalError> {
        let _turn = self.turn(self.key_of(job).await?).await;
        let run = self.begin(job, id, begin).await?;
        self.work(job, run, oversight).await
    }

    /// Journals a run at once, whatever else the job is doing, and moves its dropped file: [`Runtime::carry_out`] works on it.
    /// A file that is not there any more, or that was written to since it was found ready, is not claimed:
    /// [`JournalError::Claimed`]; of one that cannot be moved there is no run: [`JournalError::NotMoved`].
    pub async fn begin(&self, job: &Arc<Job>, id: RunId, begin: Begin) -> Result<UnfinishedRun, JournalError> {
        let is_as_it_was = |taking: &Taking| taking.is_still_so() && !self.is_being_written(&taking.claim.dropped);
        if let Some(taking) = begin.claim.as_ref().filter(|taking| !is_as_it_was(taking)) {
            return Err(JournalError::Claimed(taking.claim.dropped.clone()));
        }
        if failpoint::is_on("claim.unjournaled")
            && let Some(Ok(())) =
                begin.claim.as_ref().map(|taking| std::fs::rename(&taking.claim.dropped, &taking.claim.claimed))
        {
            failpoint::reach("claim.moved");
        }
        let run = self.engine.begin(self.key_of(job).await?, id, begin).await?;
        if let Some(claim) = self.claim_of(&run).await? {
            self.take(&run, &claim).await?;
        }
        Ok(run)
    }

    async fn claim_of(&self, run: &UnfinishedRun) -> Result<Option<Claim>, JournalError> {
        self.engine.journal.claim(run.key).await
    }

    /// Works on a run that has begun, when its turn has come; `None` where that was done in another turn.
    pub async fn carry_out(
        &self,
        job: &Arc<Job>,
        run: UnfinishedRun,
        oversight: &RunHandle,
    ) -> Result<Option<Worked>, JournalError> {
        let _entered = self.under_way.enter(run.id, &job.name, oversight);
        let _turn = self.turn(run.job).await;
        match self.engine.journal.unfinished_run(run.key).await? {
            Some(run) => self.work(job, run, oversight).await.map(Some),
            None => Ok(None),
        }
    }

    /// Works on the unfinished runs of a job, oldest first.
    pub async fn resume(&self, job: &Arc<Job>, oversight: &RunHandle) -> Result<Vec<Worked>, JournalError> {
        let key = self.key_of(job).await?;
        let _turn = self.turn(key).await;
        let mut ended = Vec::new();
        for run in self.engine.journal.unfinished().await? {
            if run.job == key {
                tracing::info!(job = %run.name, run = %run.id, "an interrupted run is resumed");
                let worked = match self.work(job, run, oversight).await {
                    // Its file lies where it was dropped; the others go on.
                    Err(JournalError::NotMoved { file, why }) => {
                        let name = file.file_name().unwrap_or_default().to_string_lossy();
                        self.tell_not_moved(job, &name, &why).await;
                        continue;
                    }
                    worked => worked?,
                };
                let suspended = matches!(worked, Worked::Suspended);
                ended.push(worked);
                if suspended {
                    break;
                }
            }
        }
        Ok(ended)
    }

    /// Tells whether a run is in the journal, or may be: where that cannot be read now, it counts as begun.
    pub async fn may_have_begun(&self, run: RunId) -> bool {
        self.engine.journal.run(run).await.map_or(true, |found| found.is_some())
    }

    /// Waits a little for those who are told of runs that have ended: the program ends.
    pub async fn finish_pings(&self) {
        self.pings.finish().await;
    }

    /// Waits until everything is written, and lets go of the journal and the lock.
    pub async fn close(&self) {
        self.engine.journal.close().await;
    }

    async fn turn(&self, job: JobKey) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(job).or_default())
        };
        turn.lock_owned().await
    }

    async fn work(&self, job: &Arc<Job>, run: UnfinishedRun, oversight: &RunHandle) -> Result<Worked, JournalError> {
        let _entered = self.under_way.enter(run.id, &job.name, oversight);
        if run.planning
            && let Some(claim) = self.claim_of(&run).await?
        {
            self.take(&run, &claim).await?;
        }
        let steering = Steering {
            wish: oversight.wish.subscribe(),
            drain: self.stop.clone(),
            on_trouble: self.on_trouble,
            progress: oversight.progress.clone(),
        };
        let url = self.config().jobs.get(&self.name_now(&job.name)).and_then(|job| job.ping_url.clone());
        let pings = url.and_then(|url| self.pings.start(url, job.name.clone(), run.id));
        let worked = self.engine.work(job.as_ref(), run, steering).await?;
        if let Worked::Ended(report) = &worked {
            if let Some(pings) = pings {
                self.pings.end(pings, report.run.outcome, self.letters.told(report).text);
            }
            self.put_file_away(&report.run).await;
            self.tell_of_server(&report.run).await;
            self.ended.notify_one();
        }
        Ok(worked)
    }
}

/// Returns the report of a run, for the caller that began it.
#[must_use]
pub fn report(worked: &Worked) -> Option<&RunReport> {
    match worked {
        Worked::Ended(report) => Some(report),
        Worked::Suspended => None,
    }
}
