//! Remembers what was seen of the clocks, so that a journal knows how much time it has lived, whatever the wall clock shows: what
//! deletes, forgets, gives up or waits asks here. What is kept is also the sign of life of the process that works on runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::{Clock, Reading, Timestamp, Trust};

/// The lived time after which the next commit takes along what was seen.
pub(super) const EACH: Duration = Duration::from_mins(1);
/// The lived time after which it is committed by itself: far less than the day that a machine may be off.
pub(super) const ALONE: Duration = Duration::from_hours(1);

/// The clocks, and what was seen of them.
#[derive(Debug)]
pub(super) struct Guard {
    clock: Arc<dyn Clock>,
    /// The process, as runs name their owner.
    pub(super) process: Uuid,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    trust: Trust,
    /// The lived time up to which it is in the journal; `None` while nothing is.
    kept: Option<Timestamp>,
}

impl Guard {
    /// Goes on from what the journal has kept.
    pub(super) fn kept_as(trust: Trust, clock: Arc<dyn Clock>, process: Uuid) -> Self {
        Self { clock, process, seen: Mutex::new(Seen { trust, kept: Some(trust.lived) }) }
    }

    /// Goes on from the latest time in a journal that never saw the boot clock, or begins anew.
    pub(super) fn since(latest: Option<Timestamp>, clock: Arc<dyn Clock>, process: Uuid) -> Self {
        let (wall, uptime) = (clock.now(), clock.uptime());
        let trust = latest.map_or_else(|| Trust::first(wall, uptime), |latest| Trust::since(latest, wall, uptime));
        Self { clock, process, seen: Mutex::new(Seen { trust, kept: None }) }
    }

    /// Looks at the clocks.
    pub(super) fn look(&self) -> Reading {
        self.with(|trust, clock| trust.look(clock.now(), clock.uptime())).0
    }

    /// Returns how far the wall clock is ahead of what was lived, in milliseconds.
    pub(super) fn ahead(&self) -> i64 {
        let reading = self.look();
        reading.wall.millis() - reading.lived.millis()
    }

    /// Returns what is to be kept, where so much was lived since that was done.
    pub(super) fn due(&self, after: Duration) -> Option<Trust> {
        self.look();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.kept.is_none_or(|kept| seen.trust.lived.since(kept) >= after).then_some(seen.trust)
    }

    /// Takes note that this is committed.
    pub(super) fn kept(&self, trust: &Trust) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).kept = Some(trust.lived);
    }

    /// Believes what the wall clock shows; returns what is to be kept.
    pub(super) fn believe(&self) -> Trust {
        self.look();
        self.with(|trust, _| trust.confirm()).1
    }

    fn with<T>(&self, act: impl FnOnce(&mut Trust, &dyn Clock) -> T) -> (T, Trust) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (act(&mut seen.trust, self.clock.as_ref()), seen.trust)
    }
}
