//! Works on a run to its end, and reports its progress to the client that asked for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::message::Event;
use super::parcel;
use super::refusal::Refusal;
use super::told::Ended;
use crate::engine::{Job, Progress, Worked};
use crate::journal::{JournalError, UnfinishedRun};
use crate::model::JobName;
use crate::runtime::RunHandle;

/// Between two tellings of how far a run is.
const PACE: Duration = Duration::from_millis(100);
/// The time for which a run that could not be worked on is left alone: a full disk is not emptied in a second.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// The way in which the work on a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// The run went to its end.
    Through,
    /// A user wished it to end early, or the process stops.
    Short,
}

impl CommandExecutor {
    /// Works on a run that has begun, when its turn has come.
    pub(super) async fn carry(
        &self,
        job: &Arc<Job>,
        run: UnfinishedRun,
        name: &str,
        oversight: &RunHandle,
        results: &Results,
        events: &Events,
    ) -> Result<Carried, Refusal> {
        let id = run.id;
        let _occupied = self.rota.as_ref().map(|rota| rota.occupy(&job.name));
        events.tell(Event::Begun { run: id, name: name.to_owned() }).await;
        if let Some(before) = self.runtime.runs.under_way().into_iter().find(|going| going.job == job.name) {
            events.tell(Event::Queued { name: name.to_owned(), behind: before.run, job: before.job }).await;
        }
        let following = follow(oversight, events);
        let worked = self.work(job, run, oversight).await?;
        drop(following);
        let ended = match worked {
            Some(Worked::Ended(report)) => Ended::of(&report),
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
        Ok(if oversight.wish.borrow().is_some() { Carried::Short } else { Carried::Through })
    }

    /// Finishes the job's runs that an earlier process left.
    pub(super) async fn resume_left(&self, job: &JobName, events: &Events) -> Result<(), Refusal> {
        self.runtime.put_away.put_files_away().await?;
        let left = self.runtime.journal().unfinished().await?;
        let (Some(first), Some(job)) = (left.iter().find(|run| run.name == *job), self.job_named(job)) else {
            return Ok(());
        };
        let oversight = RunHandle::default();
        events.tell(Event::Begun { run: first.id, name: "an interrupted run".to_owned() }).await;
        let following = follow(&oversight, events);
        let worked = self.runtime.runs.resume(&job, &oversight).await?;
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

    /// Works on a run. In the daemon, trouble with the journal is waited out.
    async fn work(
        &self,
        job: &Arc<Job>,
        run: UnfinishedRun,
        oversight: &RunHandle,
    ) -> Result<Option<Worked>, JournalError> {
        let mut told = false;
        loop {
            let error = match self.runtime.runs.carry_out(job, run.clone(), oversight).await {
                Err(error) if self.rota.is_some() => error,
                worked => return worked,
            };
            if !std::mem::replace(&mut told, true) {
                tracing::error!(job = %job.name, run = %run.id, %error, "a run could not be worked on; it is tried again");
            }
            tokio::select! {
                () = self.runtime.stop().cancelled() => return Ok(Some(Worked::Suspended)),
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
        }
    }
}

/// Tells how far a run is, until what is returned is dropped.
fn follow(oversight: &RunHandle, events: &Events) -> AbortOnDropHandle<()> {
    let (progress, events) = (oversight.progress.subscribe(), events.clone());
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
