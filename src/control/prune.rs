//! Carries out `journal prune`: it forgets records that are older than they are to be kept, and believes the clock
//! where a person says that it is right.

use super::events::Events;
use super::executor::CommandExecutor;
use super::message::Event;
use super::refusal::Refusal;
use crate::config::Config;
use crate::jobs;
use crate::journal::{Journal, JournalError, Pruning};
use crate::runtime;

/// Does it without a runtime; what is to be said is a sentence, and where nothing was forgotten, the reason for that.
pub async fn prune(
    journal: &Journal,
    config: &Config,
    clock_is_right: bool,
) -> Result<Result<String, String>, JournalError> {
    if clock_is_right {
        journal.believe_clock().await?;
    }
    let pruning = journal.prune_by_age(config.state.keep, runtime::files_kept(config), jobs::over).await?;
    Ok(in_words(&pruning, config))
}

impl CommandExecutor {
    pub(super) async fn prune(&self, clock_is_right: bool, events: &Events) -> Result<(), Refusal> {
        if clock_is_right {
            self.runtime.journal().believe_clock().await?;
        }
        let pruning = self.runtime.prune().await?;
        let said = in_words(&pruning, &self.runtime.config()).map_err(Refusal::failed)?;
        events.tell(Event::Said(said)).await;
        Ok(())
    }
}

fn in_words(pruning: &Pruning, config: &Config) -> Result<String, String> {
    let many = |n: u64, one: &str, several: &str| format!("{n} {}", if n == 1 { one } else { several });
    match pruning {
        Pruning::Done(pruned) => Ok(format!(
            "forgotten: {} with {}, {}, {}",
            many(pruned.runs, "run", "runs"),
            many(pruned.items, "item", "items"),
            many(pruned.identities, "meeting that is over", "meetings that are over"),
            many(pruned.skips, "due time without a run", "due times without a run"),
        )),
        Pruning::Doubted(doubt) => Err(format!(
            "nothing was forgotten, since the clock is not trusted: {}. If the clock is right, run \
             `roomkeeper journal prune --clock-is-right`; if not, set it right",
            runtime::doubted(doubt, config)
        )),
    }
}
