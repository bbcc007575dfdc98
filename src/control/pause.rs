//! `pause` and `resume`: whether a job runs by itself, across restarts. Where schedules tick, they hear of it at once.

use super::desk::Desk;
use super::events::Events;
use super::message::Event;
use super::refusal::Refusal;
use crate::config;
use crate::engine::scheduler::end_pause;
use crate::model::JobName;

impl Desk {
    /// The job runs by itself no more.
    pub(super) async fn pause(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let job = self.configured(name)?;
        let journal = self.host.journal();
        let key = journal.job(&job.name, job.kind(), job.was.as_ref()).await?;
        let was_paused = journal.pause(key, self.host.clock().now()).await?;
        self.pauses_changed().await?;
        let words = if was_paused {
            format!("{name} was paused already")
        } else {
            format!("{name} is paused; `roomkeeper resume {name}` ends that")
        };
        events.tell(Event::Said(words)).await;
        Ok(())
    }

    /// The job runs by itself again.
    pub(super) async fn resume(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let job = self.configured(name)?;
        let was_paused = end_pause(self.host.journal(), self.host.clock(), &job).await?;
        self.pauses_changed().await?;
        let words = if was_paused {
            format!("{name} runs again; what was due in the pause is not made up for")
        } else {
            format!("{name} was not paused")
        };
        events.tell(Event::Said(words)).await;
        Ok(())
    }

    fn configured(&self, name: &JobName) -> Result<config::Job, Refusal> {
        let config = self.host.config();
        config
            .jobs
            .get(name)
            .cloned()
            .ok_or_else(|| Refusal::usage(format!("there is no job {name} in the configuration")))
    }

    async fn pauses_changed(&self) -> Result<(), Refusal> {
        match &self.rota {
            Some(rota) => rota.pauses_changed().await.map_err(|error| {
                Refusal::failed(format!("it is journaled, and the schedules could not be told: {error}. Reload the daemon"))
            }),
            None => Ok(()),
        }
    }
}
