//! Describes what a start takes up: which unfinished runs are its own, and which are left to others.

use std::time::Duration;

use super::machine::Machine;
use crate::clock::Timestamp;
use crate::model::{RunId, RunKey};

/// The lived time for which a process that gave a sign of life counts as alive. It gives one each hour at the latest (`guard`).
pub(super) const ALIVE_FOR: Duration = Duration::from_hours(2);

/// A recovery about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// Now.
    pub now: Timestamp,
    /// True where a lock proves that no other process has this store open. Then everything that is unfinished is taken up: also what
    /// another machine began, for the store was moved or restored here, and no wait would show what that machine does to its own.
    pub is_alone: bool,
}

impl Recovery {
    /// A recovery by the one process that has the store.
    #[must_use]
    pub fn alone(now: Timestamp) -> Self {
        Self { now, is_alone: true }
    }

    /// A recovery by one of several machines that have the store.
    #[must_use]
    pub fn among_others(now: Timestamp) -> Self {
        Self { now, is_alone: false }
    }
}

/// The unfinished runs that a start found, and that it did not begin itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Those that it took up and another machine began.
    pub moved: Vec<RunId>,
    /// The number of those that it left to the machines that may be at work on them.
    pub left: u64,
    /// The time by which the first of these has no machine any more, by lived time, unless its machine gives a sign of life until then.
    pub next: Option<Timestamp>,
}

/// An unfinished run of another process.
pub(super) struct UnfinishedOfOther {
    pub(super) run: RunKey,
    pub(super) id: RunId,
    /// Its machine, and until when that counts as alive; `None` where nothing was written down.
    pub(super) owner: Option<(Machine, Timestamp)>,
}

impl UnfinishedOfOther {
    /// Tells whether it was begun on this machine, whose lock proves that its process is gone.
    pub(super) fn is_from(&self, here: &Machine) -> bool {
        self.owner.is_none_or(|(machine, _)| here.is(&machine))
    }
}

impl Recovered {
    /// Leaves a run to its machine, where that may be at work on it; tells whether it did.
    pub(super) fn leaves(
        &mut self,
        run: &UnfinishedOfOther,
        here: &Machine,
        recovery: Recovery,
        lived: Timestamp,
    ) -> bool {
        let Some((_, until)) = run.owner else { return false };
        let is_left = !run.is_from(here) && !recovery.is_alone && until > lived;
        if is_left {
            self.left += 1;
            self.next = Some(self.next.map_or(until, |next| next.min(until)));
        }
        is_left
    }
}
