//! Starts it all in order, and stops it in the other: unfinished runs first, then the drop folders, the outbox beside them,
//! until SIGTERM; then nothing new, what is under way finishes, and the journal is closed.

mod schedules;
mod systemd;
mod tending;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use self::tending::tend;
use crate::engine::scheduler::SchedulerError;
use crate::host::Host;
use crate::jobs;
use crate::journal::JournalError;

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
        let watched = configured.enabled
            && !schedules::is_scheduled(configured)
            && !schedules::is_paused(&host, configured).await?;
        let inbox = jobs::inbox(configured).filter(|_| watched);
        let host = Arc::clone(&host);
        work.spawn(async move { tend(&host, &job, inbox).await });
    }
    let schedules = schedules::start(&host).await?;
    work.spawn(schedules.tend());
    let mailing = Arc::clone(&host);
    work.spawn(async move { mailing.carry_mail().await });
    let kept = Arc::clone(&host);
    work.spawn(async move { upkeep::every_night(&kept).await });
    let watched = Arc::clone(host.journal());
    let watchdog = tokio::spawn(async move { systemd::feed_watchdog(&watched).await });
    systemd::ready();
    tracing::info!(jobs = host.configured().count(), "roomkeeper is running");

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: what is under way finishes");
    systemd::stopping();
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
    watchdog.abort();
    // It holds the journal until it is gone; that it was aborted is no news.
    let _ = watchdog.await;
    match Arc::try_unwrap(host) {
        Ok(host) => host.close().await,
        Err(_) => tracing::warn!("the journal closes when the process ends"),
    }
    tracing::info!("roomkeeper has stopped");
    Ok(())
}
