//! Carries out `pause` and `resume`: they decide if a job runs by itself, across restarts. Where schedules tick,
//! they hear of it at once.

use std::sync::Arc;

use super::events::Events;
use super::executor::CommandExecutor;
use super::message::Event;
use super::refusal::Refusal;
use crate::clock::Clock;
use crate::config;
use crate::engine::scheduler::end_pause;
use crate::journal::{Journal, JournalError};
use crate::model::JobName;

/// Pauses a job: it runs by itself no more. Returns a sentence that says so.
pub async fn pause(journal: &Arc<Journal>, clock: &Arc<dyn Clock>, job: &config::Job) -> Result<String, JournalError> {
    let name = &job.name;
    let key = journal.job(name, job.kind(), job.was.as_ref()).await?;
    let was_paused = journal.pause(key, clock.now()).await?;
    Ok(if was_paused {
        format!("{name} was paused already")
    } else {
        format!("{name} is paused; `roomkeeper resume {name}` ends that")
    })
}

/// Resumes a job: it runs by itself again. Returns a sentence that says so.
pub async fn resume(journal: &Arc<Journal>, clock: &Arc<dyn Clock>, job: &config::Job) -> Result<String, JournalError> {
    let name = &job.name;
    Ok(if end_pause(journal, clock, job).await? {
        format!("{name} runs again; what was due in the pause is not made up for")
    } else {
        format!("{name} was not paused")
    })
}

impl CommandExecutor {
    pub(super) async fn pause(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let job = self.configured(name)?;
        let said = pause(self.runtime.journal(), self.runtime.clock(), &job).await?;
        self.pauses_changed(said, events).await
    }

    pub(super) async fn resume(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let job = self.configured(name)?;
        let said = resume(self.runtime.journal(), self.runtime.clock(), &job).await?;
        self.pauses_changed(said, events).await
    }

    fn configured(&self, name: &JobName) -> Result<config::Job, Refusal> {
        let config = self.runtime.config();
        let job = config.jobs.get(name).cloned();
        job.ok_or_else(|| Refusal::usage(format!("there is no job {name} in the configuration")))
    }

    async fn pauses_changed(&self, said: String, events: &Events) -> Result<(), Refusal> {
        if let Some(rota) = &self.rota {
            rota.pauses_changed().await.map_err(|error| {
                Refusal::failed(format!("{said}, but the schedules could not be told: {error}. Reload the daemon"))
            })?;
        }
        events.tell(Event::Said(said)).await;
        Ok(())
    }
}
