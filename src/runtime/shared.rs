//! Holds the parts that all concerns of the runtime share, and follows jobs through their renamings: a job is its number in the
//! journal, its name may change with the configuration, and a run that began under one name goes on under the other.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::active_runs::ActiveRuns;
use super::setup::Current;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::engine::{Engine, Job, OnTrouble};
use crate::journal::{JobKey, Journal, JournalError};
use crate::model::JobName;

/// The parts that all concerns of the runtime share.
pub(super) struct Shared {
    pub(super) current: Arc<Current>,
    pub(super) engine: Engine,
    pub(super) active: ActiveRuns,
    pub(super) stop: CancellationToken,
    pub(super) on_trouble: OnTrouble,
    /// Wakes the mail round: there may be a mail.
    pub(super) mail_due: Notify,
}

impl Shared {
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.current.get().config)
    }

    pub(super) fn journal(&self) -> &Arc<Journal> {
        &self.engine.journal
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.engine.clock
    }

    /// Fires when the program stops.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Returns a job by its name.
    pub(super) fn job(&self, name: &JobName) -> Option<Arc<Job>> {
        self.current.get().jobs.get(name).cloned()
    }

    /// Returns a configured job, which is added where it is in no file: the `import` of a configuration without jobs.
    pub(super) fn job_of(&self, configured: &config::Job) -> Arc<Job> {
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

    /// Returns a job's present name: its own, or that of the job that was called so before.
    pub(super) fn name_now(&self, name: &JobName) -> JobName {
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
    pub(super) async fn is_paused(&self, job: &JobName) -> Result<bool, JournalError> {
        let Some(key) = self.engine.journal.job_key(job.clone()).await? else { return Ok(false) };
        Ok(self.engine.journal.watch_of(key).await?.paused.is_some())
    }
}
