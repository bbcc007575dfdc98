//! The schedules at work: at a due time the job's drop folder is looked at, and the files that are ready then become its
//! runs. The first of them answers the due time; where there is none, a run with nothing to do answers it, so that nobody
//! wonders whether somebody looked.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::tending::readable;
use crate::clock::Timestamp;
use crate::config;
use crate::engine::inbox::{self, Folder, Inbox, Name, Observer, Ready};
use crate::engine::scheduler::{Begun, Due, JournalLedger, Runs, Scheduler, SchedulerError, Timing};
use crate::engine::{Begin, Job, Progress};
use crate::host::Host;
use crate::jobs;
use crate::jobs::schedule_meetings::{Input, Place, file_name};
use crate::journal::{JournalError, NewClaim, RunKey, UnfinishedRun};
use crate::model::{RunId, Trigger};

/// How long a run that could not be worked on is left alone: a full disk is not emptied in a second.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// How often it is asked whether the runs that a start found unfinished are over.
const STILL_RESUMING: Duration = Duration::from_secs(1);

/// Whether the job's folder is looked at only at due times.
pub(super) fn is_scheduled(job: &config::Job) -> bool {
    !job.schedules.is_empty()
}

/// Whether the job was paused; then its files stay where they are.
pub(super) async fn is_paused(host: &Host, job: &config::Job) -> Result<bool, JournalError> {
    let name = job.name.clone();
    let watch = host.journal().read(move |reader| reader.job(&name)?.map(|key| reader.watch(key)).transpose()).await?;
    Ok(watch.is_some_and(|watch| watch.paused.is_some()))
}

/// The schedules, ticking.
pub(super) struct Schedules {
    host: Arc<Host>,
    scheduler: Scheduler,
}

/// Arms all jobs that have a schedule, and begins to tick.
pub(super) async fn start(host: &Arc<Host>) -> Result<Schedules, SchedulerError> {
    let timed: Vec<_> = host.configured().filter(|job| is_scheduled(job)).collect();
    let named = timed.iter().map(|job| (job.name.clone(), job.kind(), job.was.clone()));
    let ledger = JournalLedger::new(host.journal(), Arc::clone(host.clock()), named);
    let runs = FolderRuns { host: Arc::downgrade(host) };
    let mut scheduler = Scheduler::new(Arc::clone(host.clock()), Arc::new(ledger), Arc::new(runs));
    scheduler.arm(timed.iter().map(|job| (job.name.clone(), Timing::of(job))).collect()).await?;
    scheduler.start().await?;
    Ok(Schedules { host: Arc::clone(host), scheduler })
}

impl Schedules {
    /// Goes on until the program stops; then begins nothing more, and waits for what is going.
    pub(super) async fn tend(mut self) {
        tokio::select! {
            () = self.host.stop().cancelled() => {}
            () = self.hold_resumed() => self.host.stop().cancelled().await,
        }
        self.scheduler.drain().await;
    }

    /// Due times overlap the runs that this start found unfinished, until those are over.
    async fn hold_resumed(&self) {
        let unfinished = match self.host.journal().read(crate::journal::Reader::unfinished).await {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, "which runs are unfinished could not be read; due times may queue behind them");
                return;
            }
        };
        let mut held: Vec<_> = unfinished.into_iter().map(|run| (run.key, self.scheduler.occupy(&run.name))).collect();
        while !held.is_empty() {
            tokio::time::sleep(STILL_RESUMING).await;
            let open = self.host.journal().read(crate::journal::Reader::unfinished).await;
            if let Ok(open) = open {
                held.retain(|(key, _): &(RunKey, _)| open.iter().any(|run| run.key == *key));
            }
        }
    }
}

/// Begins the runs of drop folders. What ticks may outlive the host by a moment, and does not keep it.
struct FolderRuns {
    host: Weak<Host>,
}

impl Runs for FolderRuns {
    fn begin(&self, due: Due) -> BoxFuture<'_, Result<Begun, JournalError>> {
        async move {
            match self.host.upgrade() {
                Some(host) if !host.stop().is_cancelled() => begin(host, due).await,
                _ => Ok(Begun::Stopping),
            }
        }
        .boxed()
    }
}

async fn begin(host: Arc<Host>, due: Due) -> Result<Begun, JournalError> {
    let configured = host.configured().find(|job| job.name == due.job);
    let (Some(inbox), Some(job)) = (configured.and_then(jobs::inbox), host.job(&due.job).cloned()) else {
        return Ok(Begun::Refused("the job has no inbox, so there is nothing to look at".to_owned()));
    };
    let ready = match ready(&host, &inbox).await {
        Ok(Some(ready)) => ready,
        Ok(None) => return Ok(Begun::Stopping),
        Err(error) => {
            return Ok(Begun::Refused(format!("the drop folder {} cannot be used: {error}", inbox.path.display())));
        }
    };
    let mut files = claimable(&job, &inbox, ready);
    let id = RunId::generate();
    let answer = match files.pop_front() {
        Some(file) => of_file(&inbox, &file, id, due.trigger, Some(due.due)),
        None => Begin {
            trigger: due.trigger,
            due: Some(due.due),
            input: Input::nothing(Place::Inbox(inbox.path.clone())).write(),
            claim: None,
            retry_of: None,
        },
    };
    let run = match host.begin(&job, id, answer).await {
        Ok(run) => run,
        Err(JournalError::Recorded) => return Ok(Begun::Recorded),
        Err(error) => return Err(error),
    };
    let work = async move {
        carry_out(&host, &job, run).await;
        for file in files {
            if host.stop().is_cancelled() {
                return;
            }
            let id = RunId::generate();
            match host.begin(&job, id, of_file(&inbox, &file, id, due.trigger, None)).await {
                Ok(run) => carry_out(&host, &job, run).await,
                Err(error) => {
                    tracing::error!(job = %job.name(), file = %file.name, %error, "a dropped file is left for the next due time");
                }
            }
        }
        let deleted = inbox::clear_out(&inbox, host.clock().now());
        if deleted > 0 {
            tracing::info!(job = %job.name(), deleted, "files older than keep_files were deleted");
        }
    };
    Ok(Begun::Run(work.boxed()))
}

/// Works on a run to its end, or until the program stops; trouble with the journal is waited out.
async fn carry_out(host: &Host, job: &Arc<dyn Job>, run: UnfinishedRun) {
    // Nobody wishes a run of the daemon's to end early yet.
    let (_wish, wished) = watch::channel(None);
    let mut told = false;
    loop {
        let nobody = watch::channel(Progress::default()).0;
        let Err(error) = host.carry_out(job, run.clone(), nobody, wished.clone()).await else { return };
        if !std::mem::replace(&mut told, true) {
            tracing::error!(job = %job.name(), run = %run.id, %error, "a run could not be worked on; it is tried again");
        }
        tokio::select! {
            () = host.stop().cancelled() => return,
            () = tokio::time::sleep(TRY_AGAIN) => {}
        }
    }
}

/// The files that are ready, in the order of arrival, after they were watched for as long as `settle` says. `None` where the
/// program stops meanwhile.
async fn ready(host: &Host, inbox: &Inbox) -> std::io::Result<Option<Vec<Ready>>> {
    inbox::make_folders(&inbox.path)?;
    let mut observer = Observer::default();
    observer.look(&inbox.path, inbox.settle, &[])?;
    if observer.is_watching() {
        tokio::select! {
            () = host.stop().cancelled() => return Ok(None),
            () = tokio::time::sleep(inbox.settle) => {}
        }
    }
    observer.look(&inbox.path, inbox.settle, &[]).map(Some)
}

/// Leaves out what cannot be read, and says so.
fn claimable(job: &Arc<dyn Job>, inbox: &Inbox, ready: Vec<Ready>) -> VecDeque<Ready> {
    let can_be_read = |file: &Ready| match readable(&inbox.path.join(&file.name)) {
        Err(error) if file.kind == Name::Table => {
            tracing::error!(job = %job.name(), file = %file.name, %error, "a dropped file cannot be read, and is left where it is");
            false
        }
        _ => true,
    };
    ready.into_iter().filter(can_be_read).collect()
}

fn of_file(inbox: &Inbox, file: &Ready, id: RunId, trigger: Trigger, due: Option<Timestamp>) -> Begin {
    let claimed = inbox.folder(Folder::Processing).join(file_name(&file.name, id, ""));
    let input = Input::new(&file.name, claimed.clone(), false, Place::Inbox(inbox.path.clone()));
    let dropped = inbox.path.join(&file.name);
    let claim = NewClaim { name: file.name.clone(), dropped, claimed, inode: file.inode };
    Begin { trigger, due, input: input.write(), claim: Some(claim), retry_of: None }
}
