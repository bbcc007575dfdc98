//! Knows until when this process may send anything without another sign of life in the journal. It counts on the boot clock, which goes on
//! while a machine sleeps, and from before the sign was given, so that it is over here before another machine may take it for over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::thread::clock_nanosleep_absolute;
use rustix::time::{ClockId, Timespec, clock_gettime};
use tokio::sync::watch;

use crate::journal::JournalError;

/// Stands for a process that has given its lease back.
const CLOSED: u64 = u64::MAX;

/// The time of the boot clock at which the lease is over.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    millis: Arc<AtomicU64>,
}

/// The time for which the machine has been up, asleep or awake, in milliseconds.
pub(super) fn up() -> u64 {
    let up = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(up.tv_sec).unwrap_or(0), u64::try_from(up.tv_nsec).unwrap_or(0));
    seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000)
}

impl Deadline {
    /// Counts from a sign that was given after the machine had been `up` for so long.
    pub(super) fn since(up: u64, lasts: Duration) -> Self {
        Self { millis: Arc::new(AtomicU64::new(after(up, lasts))) }
    }

    /// Counts from another sign. One that came too late moves nothing.
    pub(super) fn renew(&self, up: u64, lasts: Duration) {
        if !self.is_over() {
            self.millis.fetch_max(after(up, lasts), Ordering::SeqCst);
        }
    }

    /// Tells whether it has passed.
    pub(super) fn is_over(&self) -> bool {
        self.millis.load(Ordering::SeqCst) <= up()
    }

    /// Nobody waits for it any more.
    pub(super) fn close(&self) {
        self.millis.store(CLOSED, Ordering::SeqCst);
    }

    /// Waits for it on a thread of its own, and says why nothing may be done any more.
    pub(super) fn watch(
        &self,
        over: watch::Sender<Option<JournalError>>,
        lapsed: JournalError,
    ) -> Result<(), JournalError> {
        let millis = Arc::downgrade(&self.millis);
        let wait = move || {
            loop {
                let Some(until) = millis.upgrade().map(|millis| millis.load(Ordering::SeqCst)) else { return };
                if until == CLOSED {
                    return;
                }
                if until <= up() {
                    tracing::error!(error = %lapsed, "this process does nothing more");
                    over.send_if_modified(|over| over.is_none() && over.replace(lapsed).is_none());
                    return;
                }
                let until = Timespec {
                    tv_sec: i64::try_from(until / 1000).unwrap_or(i64::MAX),
                    tv_nsec: i64::try_from(until % 1000 * 1_000_000).unwrap_or(0),
                };
                // A signal may end the sleep early.
                let _ = clock_nanosleep_absolute(ClockId::Boottime, &until);
            }
        };
        let made = std::thread::Builder::new().name("lease".to_owned()).spawn(wait);
        made.map(drop).map_err(|error| JournalError::Io(error.to_string()))
    }
}

fn after(up: u64, lasts: Duration) -> u64 {
    up.saturating_add(u64::try_from(lasts.as_millis()).unwrap_or(CLOSED)).min(CLOSED - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_comes_too_late_moves_nothing() {
        let deadline = Deadline::since(up(), Duration::from_mins(1));
        assert!(!deadline.is_over());
        let late = Deadline::since(0, Duration::ZERO);
        assert!(late.is_over());
        late.renew(up(), Duration::from_mins(1));
        assert!(late.is_over());
    }

    #[test]
    fn who_waits_is_told_once_it_has_passed() {
        let (over, mut is_over) = watch::channel(None);
        let deadline = Deadline::since(up(), Duration::from_millis(50));
        deadline.watch(over, JournalError::Closed).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let told = runtime.block_on(async { is_over.wait_for(Option::is_some).await.map(|told| told.clone()) });
        assert!(matches!(told, Ok(Some(JournalError::Closed))) && deadline.is_over());
    }
}
