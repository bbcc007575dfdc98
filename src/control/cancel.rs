//! Carries out `cancel`: the rest of a run is left undone.

use std::sync::Arc;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::find::run_named;
use super::message::Event;
use super::refusal::Refusal;
use crate::jobs;
use crate::journal::Stop;
use crate::model::Outcome;
use crate::runtime::RunHandle;

/// The reason that the journal keeps.
const WHY: &str = "cancelled by a person";

impl CommandExecutor {
    /// Ends a run early. A run without a living process that works on it is brought to its end here.
    pub(super) async fn cancel(&self, text: &str, events: &Events) -> Result<(), Refusal> {
        let view = run_named(self.runtime.journal().readings(), text).await?;
        let id = view.id;
        if view.ended.is_some() {
            let outcome = view.outcome.map_or("ended", Outcome::as_str);
            events.tell(Event::Said(format!("the run {id} is over already: {outcome}"))).await;
            return Ok(());
        }
        if self.runtime.cancel(id, WHY) {
            let words = format!("the run {id} ends: what is under way finishes, the rest is left undone");
            events.tell(Event::Said(words)).await;
            return Ok(());
        }
        // Also one whose job is not configured any more can be brought to its end.
        let gone = || Arc::new(jobs::gone(view.job.clone(), view.kind, &self.runtime.config()));
        let job = self.job_named(&view.job).unwrap_or_else(gone);
        let key = view.key;
        let Some(run) = self.runtime.journal().unfinished_run(key).await? else {
            events.tell(Event::Said(format!("the run {id} is over already"))).await;
            return Ok(());
        };
        let oversight = RunHandle::default();
        oversight.wish.send_replace(Some((Stop::Cancelled, WHY.to_owned())));
        let name = jobs::kind(view.kind).file_of(&view.input).unwrap_or_else(|| view.job.to_string());
        self.carry(&job, run, &name, &oversight, &Results::Kept, events).await?;
        Ok(())
    }
}
