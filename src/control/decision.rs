//! Carries out a person's decisions that begin no run: pause and resume a job, forget what is old, try or drop mails.

use std::sync::Arc;

use super::events::Events;
use super::executor::CommandExecutor;
use super::query::configured;
use super::refusal::Refusal;
use super::told::Done;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::engine::scheduler::end_pause;
use crate::jobs;
use crate::journal::{Journal, JournalError, LetterView, Pruning};
use crate::model::JobName;
use crate::runtime;

/// Mails that are looked through for the one that is meant.
const MOST_MAILS: u32 = 10_000;

/// Pauses a job: it runs by itself no more.
pub async fn pause(journal: &Arc<Journal>, clock: &Arc<dyn Clock>, job: &config::Job) -> Result<Done, JournalError> {
    let key = journal.job(&job.name, job.kind(), job.was.as_ref()).await?;
    let already = journal.pause(key, clock.now()).await?;
    Ok(Done::Paused { job: job.name.clone(), already })
}

/// Resumes a job: it runs by itself again.
pub async fn resume(journal: &Arc<Journal>, clock: &Arc<dyn Clock>, job: &config::Job) -> Result<Done, JournalError> {
    let was_paused = end_pause(journal, clock, job).await?;
    Ok(Done::Resumed { job: job.name.clone(), was_paused })
}

/// Forgets what is older than it is to be kept, and believes the clock where a person says that it is right. A clock that is not
/// trusted is recorded as the daemon does it; tells also whether a mail about that entered the outbox.
pub async fn prune(
    journal: &Journal,
    clock: &Arc<dyn Clock>,
    config: &Config,
    clock_is_right: bool,
) -> Result<(Pruning, bool), JournalError> {
    if clock_is_right {
        journal.believe_clock().await?;
    }
    let pruning = journal.prune_by_age(config.state.keep, runtime::files_kept(config), jobs::over).await?;
    let doubt = if let Pruning::Doubted(doubt) = &pruning { Some(doubt) } else { None };
    let is_mailed = runtime::record_doubt(journal, config, clock.now(), doubt).await?;
    Ok((pruning, is_mailed))
}

/// Tells what was forgotten; refuses where that was nothing, for want of a clock that is trusted.
pub fn pruned(pruning: Pruning, config: &Config) -> Result<Done, Refusal> {
    match pruning {
        Pruning::Done(pruned) => Ok(Done::Pruned(pruned)),
        Pruning::Doubted(doubt) => Err(Refusal::failed(format!(
            "nothing was forgotten, since the clock is not trusted: {}. If the clock is right, run \
             `roomkeeper journal prune --clock-is-right`; if not, set it right",
            runtime::doubted(&doubt, config)
        ))),
    }
}

impl CommandExecutor {
    pub(super) async fn pause(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        let job = configured(&config, name)?;
        let done = pause(self.runtime.journal(), self.runtime.clock(), job).await?;
        self.pauses_changed(name, done, events).await
    }

    pub(super) async fn resume(&self, name: &JobName, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        let job = configured(&config, name)?;
        let done = resume(self.runtime.journal(), self.runtime.clock(), job).await?;
        self.pauses_changed(name, done, events).await
    }

    /// Tells the schedules at once, where some tick.
    async fn pauses_changed(&self, job: &JobName, done: Done, events: &Events) -> Result<(), Refusal> {
        if let Some(rota) = &self.rota {
            rota.pauses_changed().await.map_err(|error| {
                let now = if matches!(done, Done::Paused { .. }) { "is paused" } else { "is not paused" };
                Refusal::failed(format!("{job} {now}, but the schedules could not be told: {error}. Reload the daemon"))
            })?;
        }
        events.done(done).await;
        Ok(())
    }

    pub(super) async fn prune(&self, clock_is_right: bool, events: &Events) -> Result<(), Refusal> {
        if clock_is_right {
            self.runtime.journal().believe_clock().await?;
        }
        let pruning = self.runtime.upkeep.prune().await?;
        events.done(pruned(pruning, &self.runtime.config())?).await;
        Ok(())
    }

    pub(super) async fn retry_mail(&self, events: &Events) -> Result<(), Refusal> {
        events.done(Done::MailsTried(self.runtime.mail.retry().await?)).await;
        Ok(())
    }

    /// Drops the mail whose name ends so.
    pub(super) async fn drop_mail(&self, asked: &str, events: &Events) -> Result<(), Refusal> {
        let ending = asked.to_ascii_lowercase();
        let letters = self.runtime.journal().open_letters(MOST_MAILS).await?;
        let mut meant = letters.into_iter().filter(|letter| letter.id.hyphenated().to_string().ends_with(&ending));
        let (Some(LetterView { id, subject, .. }), None) = (meant.next(), meant.next()) else {
            return Err(Refusal::usage(format!(
                "`{asked}` is not the name of one mail that waits; `roomkeeper mail` shows them"
            )));
        };
        if !self.runtime.mail.drop_one(id).await? {
            return Err(Refusal::failed("the mail is on its way, and cannot be dropped now; try again in a while"));
        }
        events.done(Done::MailDropped { subject }).await;
        Ok(())
    }
}
