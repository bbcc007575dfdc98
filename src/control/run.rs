//! Carries out the commands about runs: runs a job now, does again what did not succeed, ends a run early. Works on each run to
//! its end, and reports its progress to the client that asked for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::message::Event;
use super::parcel;
use super::query::{configured, input, run_named, runs_here};
use super::refusal::Refusal;
use super::told::{Done, Ended};
use crate::config;
use crate::engine::{Begin, Job, Progress, Recall, Worked};
use crate::jobs::{self, RowsAgain};
use crate::journal::{JournalError, RunView, Stop, UnfinishedRun};
use crate::model::{JobName, Outcome, RunId, Trigger};
use crate::runtime::{Opened, RunHandle, RunRequest};

/// The reason that the journal keeps of a run that was cancelled.
const CANCELLED: &str = "cancelled by a person";
/// Between two tellings of how far a run is.
const PACE: Duration = Duration::from_millis(100);

impl CommandExecutor {
    /// Runs a job now, also a paused one, or one that is not enabled.
    pub(super) async fn run(&self, name: &JobName, again: bool, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        let configured = configured(&config, name)?;
        runs_here(&config, configured)?;
        let input = input(configured, again)?;
        let request = RunRequest { trigger: Trigger::Manual, due: None, input };
        let mut work = match request.open(&self.runtime, name).await? {
            Opened::Work(work) => work,
            Opened::Refused(why) => return Err(Refusal::failed(why)),
            Opened::Stopping => return Err(Refusal::stopping()),
        };
        while let Some(run) = work.next(&self.runtime).await {
            let about = jobs::kind(run.kind).file_of(&run.input).unwrap_or_else(|| name.to_string());
            let (job, handle) = (work.job(), RunHandle::default());
            let carried = self.carry(job, run, &about, &handle, &Results::Kept, events).await?;
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
        let config = self.runtime.config();
        if let Some(configured) = config.jobs.get(&job.name) {
            runs_here(&config, configured)?;
        }
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
        let journal = self.runtime.journal();
        let again = RowsAgain {
            recall: &Recall::Journal(Arc::clone(journal), journal.seal().clone()),
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
        if run.works_elsewhere.is_some() {
            // The machine that works on it looks for that every few seconds.
            self.runtime.journal().stop(key, Stop::Cancelled, CANCELLED.to_owned()).await?;
            events.done(Done::Cancelled { run: id }).await;
            return Ok(());
        }
        let handle = RunHandle::default();
        handle.stop_request.send_replace(Some((Stop::Cancelled, CANCELLED.to_owned())));
        let name = jobs::kind(view.kind).file_of(&view.input).unwrap_or_else(|| view.job.to_string());
        self.carry(&job, run, &name, &handle, &Results::Kept, events).await?;
        Ok(())
    }
}

/// The way in which the work on a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// The run went to its end.
    Through,
    /// A user asked it to end early, or the process stops.
    Short,
}

impl CommandExecutor {
    /// Works on a run that has begun, when its turn has come.
    pub(super) async fn carry(
        &self,
        job: &Arc<Job>,
        run: UnfinishedRun,
        name: &str,
        handle: &RunHandle,
        results: &Results,
        events: &Events,
    ) -> Result<Carried, Refusal> {
        let id = run.id;
        let _occupied = self.rota.as_ref().map(|rota| rota.occupy(&job.name));
        events.tell(Event::Begun { run: id, name: name.to_owned() }).await;
        if let Some(before) = self.runtime.runs.under_way().into_iter().find(|going| going.job == job.name) {
            events.tell(Event::Queued { name: name.to_owned(), behind: before.run, job: before.job }).await;
        }
        let following = follow(handle, events);
        // In the daemon, trouble with the journal is waited out.
        let runs = &self.runtime.runs;
        let worked = match self.rota {
            Some(_) => runs.carry_out_or_wait(job, run, handle).await,
            None => runs.carry_out(job, run, handle).await?,
        };
        drop(following);
        let ended = match worked {
            Some(Worked::Ended(report)) => {
                Ended { expected: handle.progress.borrow().expected.clone(), ..Ended::of(&report) }
            }
            Some(Worked::Suspended) => {
                events.tell(Event::Suspended { run: id }).await;
                return Ok(Carried::Short);
            }
            None => {
                // The daemon took it up with the other unfinished runs of the job.
                let view = self.runtime.journal().run(id).await?;
                let view = view.ok_or(JournalError::Unknown("such run"))?;
                Ended { files: parcel::left(&self.results(), id), ..Ended::by_others(&view) }
            }
        };
        self.tell_ended(ended, results, events).await;
        Ok(if handle.stop_request.borrow().is_some() { Carried::Short } else { Carried::Through })
    }

    /// Finishes the job's runs that an earlier process left.
    pub(super) async fn resume_left(&self, job: &JobName, events: &Events) -> Result<(), Refusal> {
        let config = self.runtime.config();
        if config.jobs.get(job).is_some_and(|job| runs_here(&config, job).is_err()) {
            return Ok(());
        }
        self.runtime.put_away.put_files_away().await?;
        let left = self.runtime.journal().unfinished().await?;
        let of_job = left.iter().find(|run| run.name == *job && run.works_elsewhere.is_none());
        let (Some(first), Some(job)) = (of_job, self.job_named(job)) else {
            return Ok(());
        };
        let handle = RunHandle::default();
        events.tell(Event::Begun { run: first.id, name: "an interrupted run".to_owned() }).await;
        let following = follow(&handle, events);
        let worked = self.runtime.runs.resume(&job, &handle).await?;
        drop(following);
        for worked in worked {
            match worked {
                Worked::Ended(report) => self.tell_ended(Ended::of(&report), &Results::Kept, events).await,
                Worked::Suspended => {
                    events.tell(Event::Suspended { run: first.id }).await;
                }
            }
        }
        Ok(())
    }

    async fn tell_ended(&self, mut ended: Ended, results: &Results, events: &Events) {
        if *results == Results::Told {
            parcel::send(&self.results(), &mut ended, events).await;
        }
        events.tell(Event::Ended(Box::new(ended))).await;
    }
}

/// Tells how far a run is, until what is returned is dropped.
fn follow(handle: &RunHandle, events: &Events) -> AbortOnDropHandle<()> {
    let (progress, events) = (handle.progress.subscribe(), events.clone());
    AbortOnDropHandle::new(tokio::spawn(tell_progress(progress, events)))
}

async fn tell_progress(mut progress: watch::Receiver<Progress>, events: Events) {
    while progress.changed().await.is_ok() {
        let now = progress.borrow_and_update().clone();
        if !events.tell(Event::Progress(now)).await {
            return;
        }
        tokio::time::sleep(PACE).await;
    }
}
