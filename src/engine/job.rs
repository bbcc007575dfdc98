//! Describes a configured job, as far as the engine knows it: no kind of job by name. A run's input, an item's
//! payload, its request and its result are texts of the job kind's own, versioned by it, and opaque here.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::leases::Leases;
use super::recall::Recall;
use super::session::{Refusal, Session};
use crate::clock::{Clock, Timestamp, Zone};
use crate::journal::UnfinishedRun;
use crate::model::{JobKey, JobKind, JobName, Limits, RunId, RunKey};

/// The policy that drives a job's runs: its configuration, as far as every kind has it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The longest time that a run may take.
    pub timeout: Duration,
    /// A run that would change more is refused before it begins.
    pub max_items: Option<u64>,
    /// Unanswered requests in a row that stop a run.
    pub abort_after: u32,
    /// The limits on how often an item may be sent.
    pub limits: Limits,
    /// The longest time that a request may take: looks wait for a multiple of it.
    pub request_timeout: Duration,
    /// Requests of one run at once.
    pub in_flight: usize,
    /// The zone its times are told in.
    pub zone: Zone,
}

impl Policy {
    /// Says why a run ends whose time is up.
    pub(super) fn out_of_time(&self) -> String {
        let seconds = self.timeout.as_secs();
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
        let told: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
        let told = if told.is_empty() { format!("{} ms", self.timeout.as_millis()) } else { told.join(" ") };
        format!("the run took longer than its timeout ({told})")
    }
}

/// A configured job.
#[derive(Debug)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// The job's former name.
    pub was: Option<JobName>,
    /// The policy that drives its runs.
    pub policy: Policy,
    /// The work that its runs do.
    pub work: Box<dyn Work>,
}

impl Job {
    /// Begins to work on a run, new or resumed.
    pub async fn session(&self, run: RunInfo, tools: Tools) -> Result<Box<dyn Session>, Refusal> {
        self.work.session(self, run, tools).await
    }
}

/// The work of a configured job's runs, in the job kind's own terms.
pub trait Work: Send + Sync + std::fmt::Debug {
    /// Begins to work on a run of the job, new or resumed. A refusal ends the run, a resumed one too: what may have been sent
    /// is `unknown` then. The engine may ask again for the same run, after trouble with the disk.
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>>;

    /// Tells whether its runs work on files that people hand in. What failed in one file is then made good by the same rows, and
    /// not by another file that succeeds.
    fn works_on_files(&self) -> bool {
        false
    }
}

/// The run that a session works on.
#[derive(Debug, Clone)]
pub struct RunInfo {
    /// Its number; `None` in a dry run, which is not journaled.
    pub key: Option<RunKey>,
    /// Its id.
    pub id: RunId,
    /// Its job's number, which stays when the job is called otherwise; `None` in a dry run.
    pub job: Option<JobKey>,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The time at which it began.
    pub started: Timestamp,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The job kind's own payload of its input.
    pub input: String,
}

impl RunInfo {
    /// Tells whether this is a dry run.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        self.key.is_none()
    }

    /// Describes a journaled run for its session.
    #[must_use]
    pub fn of(run: &UnfinishedRun) -> Self {
        Self {
            key: Some(run.key),
            id: run.id,
            job: Some(run.job),
            due: run.due,
            started: run.started,
            retry_of: run.retry_of,
            input: run.input.clone(),
        }
    }
}

/// The tools that a session works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// To read what was done before; `None` in a dry run where no journal exists yet.
    pub recall: Recall,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fires when nothing new may be sent; what was sent is still found out about.
    pub sending: CancellationToken,
    /// Fires when the program stops, or the run's time is up and the last word is spoken: nothing is asked any more either.
    pub stop: CancellationToken,
    /// The leases held by items under way, over all jobs.
    pub leases: Leases,
    /// The file that the run reads, if the caller had to open it: the process may not be allowed to any more.
    pub opened: Option<Arc<File>>,
}
