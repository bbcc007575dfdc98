//! Brings the time in, so that a test can hold the clock and a new time library touches one folder.

pub mod format;
#[cfg(debug_assertions)]
mod shifted;
mod time_of_day;
mod timestamp;
mod trust;
mod windows;
mod zone;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub use time_of_day::TimeOfDay;
pub use timestamp::{Timestamp, TimestampError};
pub use trust::{BootId, Doubt, Reading, Trust, Uptime};
pub use zone::{CivilTime, Local, UnknownZone, Zone};

/// Tells what time it is.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Returns the time now, to the millisecond.
    fn now(&self) -> Timestamp;

    /// Returns the time for which the machine has been up, asleep or awake. A clock that a test holds runs at the pace that it
    /// shows.
    fn uptime(&self) -> Uptime {
        Uptime { boot: [1; 16], since: self.now().since(Timestamp::from_millis(0)) }
    }
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::from(jiff::Timestamp::now());
        #[cfg(debug_assertions)]
        let now = Timestamp::from_millis(now.millis().saturating_add(shifted::shift().wall.saturating_mul(1000)));
        now
    }

    fn uptime(&self) -> Uptime {
        let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = up.tv_sec;
        #[cfg(debug_assertions)]
        let seconds = seconds.saturating_add(shifted::shift().uptime);
        let whole = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let since = whole + Duration::from_nanos(u64::try_from(up.tv_nsec).unwrap_or_default());
        let boot = boot();
        #[cfg(debug_assertions)]
        let boot = boot.map(|byte| byte ^ shifted::shift().boot);
        Uptime { boot, since }
    }
}

/// Returns the kernel's name for this boot; zeros where it does not say.
fn boot() -> BootId {
    static BOOT: OnceLock<BootId> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        u128::from_str_radix(&digits, 16).unwrap_or_default().to_be_bytes()
    })
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Returns a clock that shows `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.millis()))
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
