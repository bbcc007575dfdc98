//! Holds the places where answers are found: the configuration in force, and the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::control::refusal::Refusal;
use crate::journal::{Beside, JobKey, Journal, JournalError, Lock, Readings};
use crate::model::{JobName, RunId};

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
    Beside(Beside),
}

impl Sources {
    pub(super) fn journal(&self) -> Option<&dyn Readings> {
        Some(match self.journal.as_ref()? {
            Source::Open(journal) => journal.readings(),
            Source::Beside(beside) => beside,
        })
    }

    pub(super) fn journal_or_absent(&self) -> Result<&dyn Readings, Refusal> {
        let absent = || JournalError::Absent(self.config.state.directory.display().to_string()).into();
        self.journal().ok_or_else(absent)
    }

    /// Tells whether a process is at work on the journal.
    pub(super) fn is_at_work(&self) -> bool {
        matches!(self.journal, Some(Source::Open(_))) || Lock::is_held(&self.config.state.directory)
    }

    /// Returns the journal's name of a job: its name, or the one it had before if the daemon has not heard of the new one yet.
    pub(super) async fn journaled(
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

    pub(super) fn configured(&self, job: &JobName) -> Result<&config::Job, Refusal> {
        configured(&self.config, job)
    }
}

/// Returns a job of the configuration.
pub fn configured<'a>(config: &'a Config, job: &JobName) -> Result<&'a config::Job, Refusal> {
    config.jobs.get(job).ok_or_else(|| Refusal::usage(format!("there is no job {job} in the configuration")))
}
