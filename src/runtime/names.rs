//! Follows jobs through their renamings. A job is its number in the journal; its name may change with the
//! configuration, and a run that began under one name goes on under the other.

use std::sync::Arc;

use super::{Runtime, RuntimeError};
use crate::config::Config;
use crate::engine::Job;
use crate::journal::{JobKey, Journal, JournalError};
use crate::model::JobName;

impl Runtime {
    /// Returns a job's present name: its own, or that of the job that was called so before.
    #[must_use]
    pub fn name_now(&self, name: &JobName) -> JobName {
        let config = self.config();
        let later = config.jobs.values().find(|job| job.was.as_ref() == Some(name));
        match later {
            Some(job) if !config.jobs.contains_key(name) => job.name.clone(),
            _ => name.clone(),
        }
    }

    /// Returns the job's number in the journal, also where it is called otherwise by now than when it was built.
    pub(super) async fn key_of(&self, job: &Arc<Job>) -> Result<JobKey, JournalError> {
        let name = self.name_now(&job.name);
        self.engine.journal.job(&name, job.kind, job.was.as_ref().filter(|was| **was != name)).await
    }

    /// Tells whether a job is paused.
    pub async fn is_paused(&self, job: &JobName) -> Result<bool, JournalError> {
        let Some(key) = self.engine.journal.job_key(job.clone()).await? else { return Ok(false) };
        Ok(self.engine.journal.watch_of(key).await?.paused.is_some())
    }
}

/// Tells the journal what jobs are called now, before anything is looked up by name. A name that was another kind of job is
/// refused: what is remembered under it, and what is unfinished, is no work of this one's.
pub(super) async fn introduce(journal: &Journal, config: &Config) -> Result<(), RuntimeError> {
    for job in config.jobs.values() {
        if let Some(was) = &job.was {
            journal.job(&job.name, job.kind(), Some(was)).await?;
        }
        let known = journal.kind_of_job(job.name.clone()).await?;
        if let Some(was) = known.filter(|was| *was != job.kind()) {
            return Err(RuntimeError::Kind { job: job.name.clone(), was, is: job.kind() });
        }
    }
    Ok(())
}
