//! Answers questions about what the journal and the configuration say. The answers are data: the process that asked renders
//! them, for a person or for a program.

mod check;
mod history;
mod list;
mod mail;
mod next;
mod preview;
mod show;
mod sources;
mod why;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::told::RunTold;
use crate::clock::Timestamp;
use crate::engine::Would;
use crate::journal::Findings;
use crate::model::JobName;

pub use check::{Checked, ConfigurationCheck};
pub use list::{JobLine, JobList, LastRun, TroubleTold};
pub use mail::{MailTold, Mails};
pub use next::{Coming, DueTime, Idle};
pub use preview::{Preview, Previewed, input};
pub use show::{AttemptTold, ItemTold, RunShown, no_run, run_named};
pub use sources::{Source, Sources, configured};
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
pub enum Reply {
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
pub type Tell<'a> = &'a (dyn Fn(Reply) -> BoxFuture<'static, bool> + Send + Sync);

/// Answers from these sources. A question that needs more than they have is refused.
pub async fn answer(sources: &Sources, query: Query, tell: Tell<'_>) -> Result<(), Refusal> {
    let reply = match query {
        Query::List => Reply::List(sources.list().await?),
        Query::Next { job, most } => Reply::Next(sources.next(job.as_ref(), most).await?),
        Query::History { job, problems, since, most } => {
            Reply::History(sources.history(job, problems, since, most).await?)
        }
        Query::Show { run, problems } => return sources.show(&run, problems, tell).await,
        Query::Why { job, most } => Reply::Why(sources.why(job, most).await?),
        Query::Mail => Reply::Mail(sources.mail().await?),
        Query::JournalCheck => Reply::Journal(sources.journal_or_absent()?.check().await?),
        Query::Check | Query::Preview { .. } | Query::PreviewImport { .. } => {
            return Err(Refusal::usage("this question is not about the journal"));
        }
    };
    tell(reply).await;
    Ok(())
}
