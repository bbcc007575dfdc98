//! Holds the parts that the daemon and the commands that work by themselves share: the lock, the journal, the engine with its jobs,
//! and the mails' way out. The process that holds a runtime is the only one that writes. Each concern is a type with its own file.

mod active_runs;
mod aftercare;
mod attempt;
mod clock_trouble;
mod drop_folders;
mod error;
mod gathering;
mod letters;
mod mail_round;
mod pings;
mod put_away;
mod rate;
mod run_request;
mod runs;
mod setup;
mod shared;
mod troubles;
mod upkeep;
mod workspace;

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{self, Config, Environment};
use crate::engine::{Engine, Job, Leases, OnTrouble};
use crate::jobs::Workshop;
use crate::journal::{Journal, JournalError, Recovery};
use crate::model::{ApiTally, JobName};

use self::active_runs::ActiveRuns;
use self::error::introduce;
use self::letters::Letters;
use self::pings::Pings;
use self::setup::Current;
use self::shared::Shared;
use self::upkeep::clear_copies;

pub use active_runs::{ActiveRun, RunHandle};
pub use aftercare::Aftercare;
pub use clock_trouble::{doubted, record_doubt};
pub use drop_folders::{DropFolders, Held};
pub use error::{RunError, RuntimeError};
pub use mail_round::MailRound;
pub use put_away::PutAway;
pub use rate::budget;
pub use run_request::{Opened, RunRequest, Work, of_file};
pub use runs::{Runs, report};
pub use setup::{Setup, client, mailer, workshop};
pub use troubles::Troubles;
pub use upkeep::{Upkeep, files_kept};
pub use workspace::{journal_server, workspace};

/// The one process that writes.
pub struct Runtime {
    /// Begins runs, and works on them.
    pub runs: Runs,
    /// Looks at drop folders.
    pub folders: Arc<DropFolders>,
    /// Puts dropped files away.
    pub put_away: Arc<PutAway>,
    /// Looks at files that were put away.
    pub aftercare: Arc<Aftercare>,
    /// Carries mails.
    pub mail: Arc<MailRound>,
    /// Keeps the journal small and sound.
    pub upkeep: Upkeep,
    shared: Arc<Shared>,
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
        let lock = workspace(&config, environment)?.lock(purpose)?;
        let workshop = Workshop::new(client(&config, environment, Arc::clone(&clock))?);
        let mailer = mailer(&config, environment)?;
        let journal = Arc::new(Journal::open_by(lock, Arc::clone(&clock))?);
        let workshop = if journal.is_shared() { workshop.sharing(budget(&journal)) } else { workshop };
        // The lock says that no other process has the state directory.
        let moved = journal.recover(Recovery::alone(clock.now())).await?.moved;
        for run in moved.into_iter().filter(|_| !journal.is_shared()) {
            tracing::warn!(
                %run,
                "a run that was begun on another machine is taken up here, for the journal was moved or restored. Make sure that \
                 roomkeeper does not run there any more"
            );
        }
        introduce(&journal, &config).await?;
        clear_copies(&journal).await?;
        let current = Arc::new(Current::new(Setup::new(config, workshop, mailer)));
        let letters = Arc::new(Letters::new(Arc::clone(&current)));
        let render = Arc::clone(&letters) as Arc<_>;
        let shared = Arc::new(Shared {
            current,
            engine: Engine { journal, clock, leases: Leases::default(), render },
            active: ActiveRuns::default(),
            stop: CancellationToken::new(),
            on_trouble,
            mail_due: Notify::new(),
        });
        let troubles = Arc::new(Troubles::open(Arc::clone(&shared)).await?);
        troubles.tell_of_journal().await?;
        let aftercare = Arc::new(Aftercare::new(Arc::clone(&shared), Arc::clone(&troubles)));
        let folders = Arc::new(DropFolders::new(Arc::clone(&shared), Arc::clone(&troubles)));
        let mail = Arc::new(MailRound::new(Arc::clone(&shared), Arc::clone(&troubles)));
        let put_away = Arc::new(PutAway::new(Arc::clone(&shared), Arc::clone(&troubles), Arc::clone(&aftercare)));
        let runs = Runs {
            shared: Arc::clone(&shared),
            troubles: Arc::clone(&troubles),
            folders: Arc::clone(&folders),
            put_away: Arc::clone(&put_away),
            letters,
            pings: Pings::default(),
            turns: Mutex::default(),
        };
        let (of_upkeep, mailing) = (Arc::clone(&put_away), Arc::clone(&mail));
        let upkeep = Upkeep { shared: Arc::clone(&shared), troubles, mail: mailing, put_away: of_upkeep };
        upkeep.write_late_files().await?;
        Ok(Self { runs, folders, put_away, aftercare, mail, upkeep, shared })
    }

    /// Makes the parts for another configuration; nothing is changed by it yet. Runs under both share the limits on
    /// requests, where those are the same.
    pub fn prepare(&self, config: Arc<Config>, environment: &Environment) -> Result<Setup, RuntimeError> {
        let workshop = self.shared.current.get().workshop.renewed(&setup::api_settings(&config, environment)?)?;
        let mailer = mailer(&config, environment)?;
        Ok(Setup::new(config, workshop, mailer))
    }

    /// Puts another configuration in force. Runs that are going keep theirs; jobs that are called otherwise now are so in the
    /// journal from here on.
    pub async fn adopt(&self, setup: Setup) -> Result<(), RuntimeError> {
        introduce(self.shared.journal(), &setup.config).await?;
        self.shared.current.change(|_| setup);
        Ok(self.mail.hurry().await?)
    }

    /// Returns the configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.shared.config()
    }

    /// Returns the journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        self.shared.journal()
    }

    /// Returns the time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.shared.clock()
    }

    /// Returns the counts of requests to the meeting API that this process has sent.
    #[must_use]
    pub fn api_tally(&self) -> ApiTally {
        self.shared.current.get().workshop.tally()
    }

    /// Fires when the program stops.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        self.shared.stop()
    }

    /// Returns a job by its name.
    #[must_use]
    pub fn job(&self, name: &JobName) -> Option<Arc<Job>> {
        self.shared.job(name)
    }

    /// Returns a configured job, which is added where it is in no file: the `import` of a configuration without jobs.
    pub fn job_of(&self, configured: &config::Job) -> Arc<Job> {
        self.shared.job_of(configured)
    }

    /// Tells whether a job is paused.
    pub async fn is_paused(&self, job: &JobName) -> Result<bool, JournalError> {
        self.shared.is_paused(job).await
    }

    /// Waits until everything is written, and lets go of the journal and the lock.
    pub async fn close(&self) {
        self.journal().close().await;
    }
}
