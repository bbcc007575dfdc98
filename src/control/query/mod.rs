//! Answers questions about what the journal and the configuration say. The answers are data: the process that asked renders
//! them, for a person or for a program.

mod check;
mod history;
mod list;
mod mail;
mod next;
mod preview;
mod results;
mod show;
mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::told::RunTold;
use super::waiting::waiting;
use crate::clock::{Clock, Timestamp};
use crate::config::{self, Config};
use crate::engine::Would;
use crate::jobs;
use crate::journal::{Beside, Findings, JobKey, Journal, JournalError, Readings, Workspace};
use crate::model::{JobName, RunId};
use crate::runtime::Runtime;

pub use check::{Checked, ConfigurationCheck};
pub use list::{JobLine, JobList, LastRun, TroubleTold};
pub use mail::{MailTold, Mails};
pub use next::{Coming, DueTime, Idle};
pub use preview::{Preview, Previewed, input};
pub use results::{Bytes, FileTold, PinsTold};
pub use show::{AttemptTold, ItemTold, RunShown, no_run, run_named};
pub use why::{HabitTold, SkipTold, Standing};

/// A question that changes nothing. A run is named as a person names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// The jobs, when each is due next, and how its last run ended.
    List,
    /// The coming due times.
    Next {
        /// Only of this job.
        job: Option<JobName>,
        /// So many at most.
        most: usize,
    },
    /// The runs, newest first.
    History {
        /// Only the runs of this job.
        job: Option<JobName>,
        /// Only runs that did not succeed.
        problems: bool,
        /// Only runs that began since.
        since: Option<Timestamp>,
        /// So many at most.
        most: u32,
    },
    /// One run and its items.
    Show {
        /// The run.
        run: String,
        /// Only items that did not succeed.
        problems: bool,
    },
    /// The results file of a run that has ended, or its retry file, without PINs.
    Results {
        /// The run.
        run: String,
        /// True when the retry file is meant.
        #[serde(default)]
        retry: bool,
    },
    /// The reasons why a job did not run.
    Why {
        /// The job.
        job: JobName,
        /// So many at most, the latest first.
        most: u32,
    },
    /// The mails that wait or were given up.
    Mail,
    /// The soundness of the journal.
    JournalCheck,
    /// The faults of the configuration's file, and of the things that it names.
    Check,
    /// The effects that a run of a job would have.
    Preview {
        /// The job.
        job: JobName,
        /// True when it would do anew what earlier runs did.
        #[serde(default)]
        again: bool,
    },
    /// The effects that the rows of a timetable would have; its bytes follow.
    PreviewImport {
        /// The job whose settings are used, as for an import.
        job: Option<JobName>,
        /// The file's name as people know it.
        name: String,
    },
}

/// An answer, or a piece of one: `Run` is followed by its items, and the effects of a preview by their end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryReply {
    /// The jobs.
    List(JobList),
    /// The coming due times.
    Next(Coming),
    /// The runs.
    History(Vec<RunTold>),
    /// The run that was asked for.
    Run(Box<RunShown>),
    /// The next items of that run.
    Items(Vec<ItemTold>),
    /// The file that was asked for.
    File(FileTold),
    /// The next bytes of that file.
    Bytes(Bytes),
    /// The state of a job: its troubles, its pause, and the due times that were skipped.
    Why(Standing),
    /// The mails.
    Mail(Mails),
    /// The findings of a check of the journal.
    Journal(Findings),
    /// The findings of a check of the configuration.
    Checked(Checked),
    /// The next effects.
    Effects(Vec<Would>),
    /// The end of the effects of one run.
    Previewed(Previewed),
}

/// Takes a reply to the process that asked; tells whether that one still listens.
pub type Tell<'a> = &'a (dyn Fn(QueryReply) -> BoxFuture<'static, bool> + Send + Sync);

/// Answers from these sources. A question that needs more than they have is refused.
pub async fn answer(sources: &Sources, query: Query, tell: Tell<'_>) -> Result<(), Refusal> {
    let reply = match query {
        Query::List => QueryReply::List(sources.list().await?),
        Query::Next { job, most } => QueryReply::Next(sources.next(job.as_ref(), most).await?),
        Query::History { job, problems, since, most } => {
            QueryReply::History(sources.history(job, problems, since, most).await?)
        }
        Query::Show { run, problems } => return sources.show(&run, problems, tell).await,
        Query::Results { run, retry } => return sources.results(&run, retry, tell).await,
        Query::Why { job, most } => QueryReply::Why(sources.why(job, most).await?),
        Query::Mail => QueryReply::Mail(sources.mail().await?),
        Query::JournalCheck => QueryReply::Journal(sources.journal_or_absent()?.check().await?),
        Query::Check | Query::Preview { .. } | Query::PreviewImport { .. } => {
            return Err(Refusal::usage("this question is not about the journal"));
        }
    };
    tell(reply).await;
    Ok(())
}

/// The places where answers are found.
pub struct Sources {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The journal; none where nothing has run yet.
    pub journal: Option<Source>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The runs that wait for the server, or for the disk, each with what for.
    pub waiting: BTreeMap<RunId, String>,
}

/// A journal to read.
pub enum Source {
    /// The journal that this process writes.
    Open(Arc<Journal>),
    /// The journal beside the process that writes it, if there is one.
    Beside(Arc<Beside>),
}

impl Sources {
    /// Returns those of the process that holds the lock.
    #[must_use]
    pub fn of(runtime: &Runtime) -> Self {
        Self {
            config: runtime.config(),
            journal: Some(Source::Open(Arc::clone(runtime.journal()))),
            clock: Arc::clone(runtime.clock()),
            waiting: waiting(runtime),
        }
    }

    /// Returns the journal's own answers, where there is a journal.
    #[must_use]
    pub fn readings(&self) -> Option<&dyn Readings> {
        self.journal()
    }

    /// Finds a job's number in the journal, under its name or the one that it had before.
    pub async fn key_of(&self, job: &JobName) -> Result<Option<JobKey>, JournalError> {
        match self.journal() {
            Some(journal) => Ok(self.journaled(journal, job).await?.map(|(key, _)| key)),
            None => Ok(None),
        }
    }

    fn journal(&self) -> Option<&dyn Readings> {
        Some(match self.journal.as_ref()? {
            Source::Open(journal) => journal.readings(),
            Source::Beside(beside) => beside.readings(),
        })
    }

    fn journal_or_absent(&self) -> Result<&dyn Readings, Refusal> {
        let absent = || JournalError::Absent(self.config.state.journal_place()).into();
        self.journal().ok_or_else(absent)
    }

    /// Tells whether a process is at work on the journal.
    fn is_at_work(&self) -> bool {
        matches!(self.journal, Some(Source::Open(_))) || Workspace::at(&self.config.state.directory).is_locked()
    }

    /// Returns the journal's name of a job: its name, or the one it had before if the daemon has not heard of the new one yet.
    async fn journaled(
        &self,
        journal: &dyn Readings,
        job: &JobName,
    ) -> Result<Option<(JobKey, JobName)>, JournalError> {
        if let Some(key) = journal.job_key(job.clone()).await? {
            return Ok(Some((key, job.clone())));
        }
        let Some(was) = self.config.jobs.get(job).and_then(|job| job.was.clone()) else { return Ok(None) };
        Ok(journal.job_key(was.clone()).await?.map(|key| (key, was)))
    }

    fn configured(&self, job: &JobName) -> Result<&config::Job, Refusal> {
        configured(&self.config, job)
    }
}

/// Returns a job of the configuration.
pub fn configured<'a>(config: &'a Config, job: &JobName) -> Result<&'a config::Job, Refusal> {
    config.jobs.get(job).ok_or_else(|| Refusal::usage(format!("there is no job {job} in the configuration")))
}

/// Refuses a job that other machines run, and this one does not.
pub fn runs_here(config: &Config, job: &config::Job) -> Result<(), Refusal> {
    let node = config.state.node();
    if job.runs_on(node) {
        return Ok(());
    }
    Err(Refusal::usage(format!(
        "the job {} runs on {}, and this machine is {}: give the command there, or add this machine to `nodes` of the job",
        job.name,
        job.nodes.join(", "),
        node.unwrap_or("without a name"),
    )))
}

/// Returns the job whose settings an import uses.
pub fn chosen(config: &Config, asked: Option<&JobName>) -> Result<config::Job, Refusal> {
    let mut takers = config.jobs.values().filter(|job| jobs::kind(job.kind()).takes_files());
    let here = |job: &config::Job| runs_here(config, job).map(|()| job.clone());
    if let Some(asked) = asked {
        return match config.jobs.get(asked) {
            Some(job) if jobs::kind(job.kind()).takes_files() => here(job),
            Some(job) => Err(Refusal::usage(format!("the job {asked} is a {}, which imports nothing", job.kind()))),
            None => Err(Refusal::usage(format!("there is no job {asked} in the configuration"))),
        };
    }
    match (takers.next(), takers.next()) {
        (Some(only), None) => here(only),
        (None, _) => config::import_job(config).ok_or_else(|| Refusal::failed("the job `import` cannot be made")),
        (Some(one), Some(two)) => {
            let names: Vec<_> = [one, two].into_iter().chain(takers).map(|job| job.name.to_string()).collect();
            Err(Refusal::usage(format!("several jobs schedule meetings: name one with --job ({})", names.join(", "))))
        }
    }
}
