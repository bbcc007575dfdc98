//! Describes items as they are read: those that are pending, page by page, how many there are, and how each was sent.

use crate::clock::Timestamp;
use crate::model::{Code, Counts, ItemNo, OpenItem, RunKey};

/// The pending items that are asked for.
#[derive(Debug, Clone, Copy)]
pub struct PendingAsked {
    /// Their run.
    pub run: RunKey,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// The time by which they may be sent.
    pub now: Timestamp,
    /// So many at most.
    pub most: u32,
}

/// A page of pending items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPage {
    /// The items, in the order of their numbers.
    pub items: Vec<OpenItem>,
    /// The time when the first pending item of the run may be sent, if the page has none and one is pending.
    pub next: Option<Timestamp>,
}

/// The number of items of a run in each state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// To be decided and sent.
    pub pending: u64,
    /// On their way, or being settled.
    pub settling: u64,
    /// Over, by their statuses.
    pub over: Counts,
    /// Of all of them, those that were, or may have been, sent more than once.
    pub sent_again: u64,
}

/// One sending as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// Its number, from 1.
    pub attempt: u32,
    /// The time it was sent.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// The time it took, in milliseconds.
    pub millis: Option<u64>,
    /// The error.
    pub error: Option<String>,
}
