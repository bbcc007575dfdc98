//! Runs a job at its own time: it is due, or a user says `run`. A job with a drop folder takes the files that are
//! ready, one run each; where there is none, a run with nothing to do answers, so that the user sees that the
//! daemon looked. The other kinds find their work by themselves.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Runtime;
use super::drop_folders::Held;
use super::error::RunError;
use crate::clock::Timestamp;
use crate::engine::inbox::{Folder, Inbox, Ready, Taking};
use crate::engine::{Begin, Job};
use crate::jobs;
use crate::jobs::{Handed, ResultsFolder, file_name};
use crate::journal::{JournalError, NewClaim, UnfinishedRun};
use crate::model::{JobKind, JobName, RunId, Trigger};

/// The reason why a job is to run now.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The trigger of the run.
    pub trigger: Trigger,
    /// The due time that its first run answers.
    pub due: Option<Timestamp>,
    /// The job kind's own payload of what is asked; empty where nothing particular is. A job with a drop folder has no use
    /// for it.
    pub input: String,
}

/// The way in which an request was met.
pub enum Opened {
    /// The first run is journaled.
    Work(Box<Work>),
    /// It cannot run, for this reason.
    Refused(String),
    /// The program is stopping.
    Stopping,
}

/// The runs of one request, one after the other. The first is journaled.
pub struct Work {
    job: Arc<Job>,
    trigger: Trigger,
    inbox: Option<Inbox>,
    first: Option<UnfinishedRun>,
    files: VecDeque<Ready>,
}

impl Work {
    /// Returns the job whose runs they are.
    #[must_use]
    pub fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// Returns the next run to work on, journaled. `None` after the last.
    pub async fn next(&mut self, runtime: &Runtime) -> Option<UnfinishedRun> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        self.inbox.as_ref()?;
        while !self.files.is_empty() {
            if runtime.stop().is_cancelled() || !self.goes_on(runtime).await {
                return None;
            }
            let (Some(inbox), Some(file)) = (&self.inbox, self.files.pop_front()) else { return None };
            let id = RunId::generate();
            match runtime.runs.begin(&self.job, id, of_file(self.job.kind, inbox, &file, id, self.trigger, None)).await
            {
                Ok(run) => return Some(run),
                Err(RunError::Claimed(_)) => {}
                Err(RunError::NotMoved { why, .. }) => {
                    runtime.folders.tell_not_moved(&self.job, &file.name, &why).await;
                }
                Err(error) => {
                    tracing::error!(job = %self.job.name, file = %file.name, %error, "a dropped file is left for the next time");
                }
            }
        }
        if let Some(inbox) = &self.inbox {
            runtime.upkeep.clear_out(&self.job.name, inbox).await;
        }
        None
    }

    /// Tells whether the files that are left still belong to this request: between two runs the configuration may
    /// be read anew, and the job be paused. The next run is one of the job as it is now.
    async fn goes_on(&mut self, runtime: &Runtime) -> bool {
        let name = runtime.shared.name_now(&self.job.name);
        let inbox = runtime.config().jobs.get(&name).and_then(jobs::inbox);
        let Some(job) = runtime.job(&name).filter(|_| inbox == self.inbox) else { return false };
        self.job = job;
        if self.trigger == Trigger::Manual {
            return true;
        }
        match runtime.is_paused(&name).await {
            Ok(paused) => !paused,
            Err(error) => {
                tracing::warn!(job = %name, %error, "the journal could not tell whether the job is paused; its files wait");
                false
            }
        }
    }
}

impl RunRequest {
    /// Begins what a job has to do now. [`JournalError::Recorded`] where the due time was dealt with before.
    pub async fn open(self, runtime: &Runtime, name: &JobName) -> Result<Opened, JournalError> {
        let shared = &runtime.shared;
        let (config, name) = (shared.config(), shared.name_now(name));
        let (Some(configured), Some(job)) = (config.jobs.get(&name), shared.job(&name)) else {
            return Ok(Opened::Refused("the job is not configured any more".to_owned()));
        };
        let Self { trigger, due, input } = self;
        let inbox = jobs::inbox(configured);
        let mut files = match &inbox {
            Some(inbox) => match runtime.folders.ready(inbox).await {
                Ok(Some((ready, strangers))) => {
                    runtime.folders.examine(&job, inbox, ready, strangers, &mut Held::default()).await.into()
                }
                Ok(None) => return Ok(Opened::Stopping),
                Err(error) => {
                    runtime.folders.inbox_unreadable(&job, inbox, &error).await;
                    let path = inbox.path.display();
                    return Ok(Opened::Refused(format!("the drop folder {path} cannot be used: {error}")));
                }
            },
            None if jobs::kind(job.kind).takes_files() => {
                return Ok(Opened::Refused("the job has no inbox, so there is nothing to look at".to_owned()));
            }
            None => VecDeque::new(),
        };
        let id = RunId::generate();
        let first = loop {
            let file: Option<Ready> = files.pop_front();
            let begin = match (&inbox, &file) {
                (Some(inbox), Some(file)) => of_file(job.kind, inbox, file, id, trigger, due),
                (Some(inbox), None) => {
                    let nothing = Handed::nothing(ResultsFolder::Inbox(inbox.path.clone()));
                    let input = jobs::kind(job.kind).file_input(nothing).unwrap_or_default();
                    Begin { trigger, due, input, claim: None, retry_of: None }
                }
                (None, _) => Begin { trigger, due, input: input.clone(), claim: None, retry_of: None },
            };
            match runtime.runs.begin(&job, id, begin).await {
                // The watch over the folder was faster; the next file is the first.
                Err(RunError::Claimed(_)) => {}
                Err(RunError::NotMoved { why, .. }) => {
                    let name = file.map(|file| file.name).unwrap_or_default();
                    runtime.folders.tell_not_moved(&job, &name, &why).await;
                }
                Err(RunError::Journal(error)) => return Err(error),
                Ok(first) => break first,
            }
        };
        Ok(Opened::Work(Box::new(Work { job, trigger, inbox, first: Some(first), files })))
    }
}

/// Returns the run that works on a dropped file.
#[must_use]
pub fn of_file(
    kind: JobKind,
    inbox: &Inbox,
    file: &Ready,
    id: RunId,
    trigger: Trigger,
    due: Option<Timestamp>,
) -> Begin {
    let claimed = inbox.folder(Folder::Processing).join(file_name(&file.name, id));
    let results = ResultsFolder::Inbox(inbox.path.clone());
    let handed = Handed { name: file.name.clone(), path: claimed.clone(), is_copy: false, results };
    let input = jobs::kind(kind).file_input(handed).unwrap_or_default();
    let dropped = inbox.path.join(&file.name);
    let (name, inode) = (file.name.clone(), file.inode());
    let claim = NewClaim { name, dropped, claimed, inode, shared: inbox.shared };
    let taking = Taking { claim, shape: file.shape };
    Begin { trigger, due, input, claim: Some(taking), retry_of: None }
}
