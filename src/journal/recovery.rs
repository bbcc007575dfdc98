//! Describes what a start takes up: which unfinished runs are its own, and which are left to others.

use crate::clock::Timestamp;
use crate::model::RunId;

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
