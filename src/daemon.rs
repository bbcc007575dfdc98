//! Starts it all in order, and stops it in the other: unfinished runs first, then the drop folders, the outbox beside them,
//! until SIGTERM; then nothing new, what is under way finishes, and the journal is closed.

mod schedules;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::engine::inbox::{self, Folder, Hints, Inbox, Name, Observer, Ready};
use crate::engine::scheduler::SchedulerError;
use crate::engine::{Begin, Job, Progress, Worked};
use crate::host::Host;
use crate::jobs;
use crate::jobs::schedule_meetings::{Input, Place, file_name};
use crate::journal::{JournalError, NewClaim};
use crate::model::{RunId, Trigger};

/// How long what is under way may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(20);

/// Why the daemon ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A signal's handler could not be set.
    #[error("signals cannot be handled: {0}")]
    Signals(std::io::Error),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The schedules.
    #[error(transparent)]
    Schedules(#[from] SchedulerError),
}

/// Runs until SIGTERM or SIGINT; a second one ends the program at once.
pub async fn run(host: Host) -> Result<(), DaemonError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(DaemonError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(DaemonError::Signals)?;
    host.put_files_away().await?;
    let host = Arc::new(host);
    let mut work = JoinSet::new();
    for configured in host.configured() {
        let Some(job) = host.job(&configured.name).cloned() else { continue };
        let inbox = jobs::inbox(configured).filter(|_| configured.enabled && !schedules::is_scheduled(configured));
        let host = Arc::clone(&host);
        work.spawn(async move { tend(&host, &job, inbox).await });
    }
    let schedules = schedules::start(&host).await?;
    work.spawn(schedules.tend());
    let mailing = Arc::clone(&host);
    work.spawn(async move { mailing.carry_mail().await });
    tracing::info!(jobs = host.configured().count(), "roomkeeper is running");

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: what is under way finishes");
    host.stop().cancel();
    let drained = async { while work.join_next().await.is_some() {} };
    tokio::select! {
        () = drained => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("some requests were not answered in time; the next start finds out what became of them");
        }
        _ = terminate.recv() => tracing::warn!("ended at once"),
        _ = interrupt.recv() => tracing::warn!("ended at once"),
    }
    work.shutdown().await;
    match Arc::try_unwrap(host) {
        Ok(host) => host.close().await,
        Err(_) => tracing::warn!("the journal closes when the process ends"),
    }
    tracing::info!("roomkeeper has stopped");
    Ok(())
}

/// One job: its unfinished runs, then its drop folder.
async fn tend(host: &Host, job: &Arc<dyn Job>, inbox: Option<Inbox>) {
    // Nobody wishes a run of the daemon's to end early yet.
    let (_wish, wished) = watch::channel(None);
    if let Err(error) = host.resume(job, watch::channel(Progress::default()).0, wished.clone()).await {
        tracing::error!(job = %job.name(), %error, "an unfinished run could not be resumed");
    }
    let Some(inbox) = inbox else { return };
    let hints = Hints::new(&inbox.path);
    let mut observer = Observer::default();
    let mut reported = HashSet::new();
    while !host.stop().is_cancelled() {
        match observer.look(&inbox.path, inbox.settle, &hints.renamed()) {
            Ok(ready) => {
                reported.retain(|name| name == FOLDER || ready.iter().any(|ready| ready.name == *name));
                reported.remove(FOLDER);
                for ready in ready {
                    if host.stop().is_cancelled() {
                        return;
                    }
                    if let Err(why) = take(host, job, &inbox, &ready, wished.clone()).await
                        && reported.insert(ready.name.clone())
                    {
                        tracing::error!(job = %job.name(), file = %ready.name, %why, "a dropped file is left where it is");
                    }
                }
            }
            Err(error) => {
                if reported.insert(FOLDER.to_owned()) {
                    tracing::error!(job = %job.name(), folder = %inbox.path.display(), %error, "the drop folder cannot be read");
                }
            }
        }
        let wait = if observer.is_watching() { inbox.settle.min(inbox.poll) } else { inbox.poll };
        tokio::select! {
            () = host.stop().cancelled() => return,
            () = hints.next() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Stands for the folder itself among the names that were reported.
const FOLDER: &str = "";

/// Claims a file and works on it; the error says why it is left where it is.
async fn take(
    host: &Host,
    job: &Arc<dyn Job>,
    inbox: &Inbox,
    ready: &Ready,
    wished: crate::engine::StopWish,
) -> Result<(), String> {
    inbox::make_folders(&inbox.path).map_err(|error| format!("the sub-folders cannot be made: {error}"))?;
    let dropped = inbox.path.join(&ready.name);
    if ready.kind == Name::Table
        && let Err(error) = readable(&dropped)
    {
        return Err(format!("it cannot be read: {error}"));
    }
    let id = RunId::generate();
    let claimed = inbox.folder(Folder::Processing).join(file_name(&ready.name, id, ""));
    let input = Input::new(&ready.name, claimed.clone(), false, Place::Inbox(inbox.path.clone()));
    let begin = Begin {
        trigger: Trigger::File,
        due: None,
        input: input.write(),
        claim: Some(NewClaim { name: ready.name.clone(), dropped, claimed, inode: ready.inode }),
        retry_of: None,
    };
    match host.run(job, id, begin, watch::channel(Progress::default()).0, wished).await {
        Ok(Worked::Ended(_) | Worked::Suspended) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether a plain file can be opened; anything else is claimed, and refused with its reason.
fn readable(path: &std::path::Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_file() {
        std::fs::File::open(path)?;
    }
    Ok(())
}
