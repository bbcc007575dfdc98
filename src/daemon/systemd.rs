//! Tells systemd when the daemon is ready, what it does, that it lives, and that it stops.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::journal::{Journal, JournalError};

/// The time for which the ticker or the journal's thread may be silent before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells systemd that the journal is open, the jobs are armed, and the drop folders are watched.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Tells systemd that nothing new is begun any more.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping: what is under way finishes")]);
}

/// Tells systemd that all is over, though perhaps not in order.
pub(super) fn stopped(in_order: bool) {
    status(if in_order {
        "stopped"
    } else {
        "stopped before everything was answered; the next start finds out what became of it"
    });
}

/// Tells systemd that the configuration is being read anew; [`ready`] ends that.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Tells systemd what the daemon does, in a line.
pub(super) fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// Feeds the watchdog, if there is one, as long as the schedules' ticker asks and the journal's thread answers. An error is an
/// answer: a full disk must not restart the service again and again.
pub(super) async fn feed_watchdog(journal: &Journal, silent_for: impl Fn() -> Duration) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let patience = PATIENCE.min(limit / 2);
    let mut beat = tokio::time::interval(limit / 2);
    loop {
        beat.tick().await;
        let silent = silent_for();
        if silent > patience {
            tracing::error!(?silent, "the schedules' ticker does not ask any more");
            continue;
        }
        match tokio::time::timeout(patience, journal.ping()).await {
            Ok(Err(JournalError::Closed)) => return,
            Ok(Ok(()) | Err(_)) => tell(&[NotifyState::Watchdog]),
            Err(_) => tracing::error!("the journal's thread does not answer"),
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // Without systemd there is no receiver, and that is no failure.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
