//! Carries out the commands about runs: runs a job now, does again what did not succeed, ends a run early.

use std::sync::Arc;

use super::carry::Carried;
use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::query::{configured, input, run_named};
use super::refusal::Refusal;
use super::told::Done;
use crate::config;
use crate::engine::{Begin, Job, Recall};
use crate::jobs::{self, RowsAgain};
use crate::journal::{RunView, Stop};
use crate::model::{JobName, Outcome, RunId, Trigger};
use crate::runtime::{Opened, RunHandle, RunRequest};

/// The reason that the journal keeps of a run that was cancelled.
const CANCELLED: &str = "cancelled by a person";

impl CommandExecutor {
    /// Runs a job now, also a paused one, or one that is not enabled.
    pub(super) async fn run(&self, name: &JobName, again: bool, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        let input = input(configured(&config, name)?, again)?;
        let occasion = RunRequest { trigger: Trigger::Manual, due: None, input };
        let mut work = match occasion.open(&self.runtime, name).await? {
            Opened::Work(work) => work,
            Opened::Refused(why) => return Err(Refusal::failed(why)),
            Opened::Stopping => return Err(Refusal::stopping()),
        };
        while let Some(run) = work.next(&self.runtime).await {
            let about = jobs::kind(run.kind).file_of(&run.input).unwrap_or_else(|| name.to_string());
            let (job, oversight) = (work.job(), RunHandle::default());
            let carried = self.carry(job, run, &about, &oversight, &Results::Kept, events).await?;
            if carried == Carried::Short {
                // Files that were not taken yet stay in the drop folder.
                break;
            }
        }
        Ok(())
    }

    /// Does again what did not succeed in a run.
    pub(super) async fn retry(&self, text: &str, results: &Results, events: &Events) -> Result<(), Refusal> {
        let view = run_named(self.runtime.journal().readings(), text).await?;
        if view.ended.is_none() {
            return Err(Refusal::failed(format!(
                "the run {} is under way: wait for its end, or cancel it",
                view.id.short()
            )));
        }
        let (job, id) = (self.job_of_run(&view)?, RunId::generate());
        let (name, input) = if jobs::kind(view.kind).takes_files() {
            self.rows_again(&view, id, results).await?
        } else {
            // The other kinds find out for themselves what did not succeed. Where all did, nothing is done anew.
            let all_did = view.outcome == Some(Outcome::Succeeded);
            let input = if all_did { String::new() } else { jobs::kind(view.kind).repeated(&view.input) };
            (view.job.to_string(), input)
        };
        let begin = Begin { trigger: Trigger::Retry, due: None, input, claim: None, retry_of: Some(view.id) };
        let run = self.runtime.runs.begin(&job, id, begin).await?;
        self.carry(&job, run, &name, &RunHandle::default(), results, events).await?;
        Ok(())
    }

    /// Writes the rows of a file that did not succeed anew from the journal; returns their name for people, and the new input.
    async fn rows_again(&self, view: &RunView, id: RunId, results: &Results) -> Result<(String, String), Refusal> {
        let kind = jobs::kind(view.kind);
        let name = kind.file_of(&view.input).unwrap_or_else(|| view.job.to_string());
        if view.outcome == Some(Outcome::Failed) && view.counts.total() == 0 {
            let why = view.error.as_deref().unwrap_or("no row was taken up");
            return Err(Refusal::usage(format!(
                "the run has no rows to try again: its file was refused whole ({why}). Correct {name} and import it"
            )));
        }
        let again = RowsAgain {
            recall: &Recall::Journal(Arc::clone(self.runtime.journal())),
            of: view.key,
            input: &view.input,
            run: id,
            copies: &self.incoming(),
            results: match results {
                Results::Folder(folder) => Some(folder.clone()),
                Results::Told => Some(self.results()),
                Results::Kept => None,
            },
        };
        let input = kind.rows_again(again).await.map_err(|refusal| Refusal::failed(refusal.0))?;
        Ok((name, input))
    }

    /// Returns the job of an earlier run, also that of imports under a configuration without jobs.
    pub(super) fn job_of_run(&self, run: &RunView) -> Result<Arc<Job>, Refusal> {
        let gone = || Refusal::usage(format!("the job {} of this run is not configured any more", run.job));
        self.job_named(&run.job).ok_or_else(gone)
    }

    /// Returns a job by its name, also that of imports under a configuration without jobs.
    pub(super) fn job_named(&self, name: &JobName) -> Option<Arc<Job>> {
        let unconfigured = || {
            let job = config::import_job(&self.runtime.config()).filter(|job| job.name == *name)?;
            Some(self.runtime.job_of(&job))
        };
        self.runtime.job(name).or_else(unconfigured)
    }

    /// Ends a run early. A run without a living process that works on it is brought to its end here.
    pub(super) async fn cancel(&self, text: &str, events: &Events) -> Result<(), Refusal> {
        let view = run_named(self.runtime.journal().readings(), text).await?;
        let id = view.id;
        if view.ended.is_some() {
            events.done(Done::Over { run: id, outcome: view.outcome }).await;
            return Ok(());
        }
        if self.runtime.runs.cancel(id, CANCELLED) {
            events.done(Done::Cancelled { run: id }).await;
            return Ok(());
        }
        // Also one whose job is not configured any more can be brought to its end.
        let gone = || Arc::new(jobs::gone(view.job.clone(), view.kind, &self.runtime.config()));
        let job = self.job_named(&view.job).unwrap_or_else(gone);
        let key = view.key;
        let Some(run) = self.runtime.journal().unfinished_run(key).await? else {
            events.done(Done::Over { run: id, outcome: None }).await;
            return Ok(());
        };
        let oversight = RunHandle::default();
        oversight.wish.send_replace(Some((Stop::Cancelled, CANCELLED.to_owned())));
        let name = jobs::kind(view.kind).file_of(&view.input).unwrap_or_else(|| view.job.to_string());
        self.carry(&job, run, &name, &oversight, &Results::Kept, events).await?;
        Ok(())
    }
}
