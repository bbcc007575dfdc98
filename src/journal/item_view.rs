//! Describes items as they are read: those that are open, page by page, and what people are told of each.

use super::RunKey;
use crate::clock::Timestamp;
use crate::model::{Code, Counts, ItemNo, JobPayload, Life, State};

/// An item to be decided and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Its number.
    pub item: ItemNo,
    /// Its state.
    pub life: Life,
    /// The identity that names it again.
    pub identity: Option<String>,
    /// For people.
    pub label: String,
    /// The row of the file.
    pub line: Option<u32>,
    /// The payload: the work to do.
    pub payload: JobPayload,
}

/// An item whose last sending is to be found out about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlingItem {
    /// The item.
    pub item: OpenItem,
    /// The time when its last request went out, or when the process that found it started.
    pub sent: Timestamp,
    /// The state of the server before.
    pub before: Option<String>,
}

/// Which pending items are asked for.
#[derive(Debug, Clone, Copy)]
pub struct PendingAsked {
    /// Of which run.
    pub run: RunKey,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// That may be sent by then.
    pub now: Timestamp,
    /// So many at most.
    pub most: u32,
}

/// A page of pending items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPage {
    /// The items, in the order of their numbers.
    pub items: Vec<OpenItem>,
    /// Where there are no items, the time when the first pending one of the run may be sent, if one is pending.
    pub next: Option<Timestamp>,
}

/// The number of items of a run in each state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// To be decided and sent.
    pub pending: u64,
    /// On their way, or being settled.
    pub settling: u64,
    /// Over, by their statuses.
    pub over: Counts,
}

/// An item as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// Its number.
    pub item: ItemNo,
    /// The identity that names it again within its job.
    pub identity: Option<String>,
    /// For people.
    pub label: String,
    /// The row of the file.
    pub line: Option<u32>,
    /// Its state.
    pub state: State,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Attempts that were, or may have been, sent.
    pub attempts: u32,
    /// The result to tell, as JSON.
    pub result: Option<String>,
    /// Sealed PINs, while they wait for their file.
    pub sealed: Option<Vec<u8>>,
    /// The row's own cells.
    pub source: Option<String>,
    /// The state of the server before the last attempt.
    pub before: Option<String>,
    /// The payload: the work that was to be done.
    pub payload: JobPayload,
}

/// Which items are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemFilter {
    /// All.
    All,
    /// Those that a person must look at.
    Problems,
    /// Those that came to a good end.
    Good,
}

/// Which items are read at once.
#[derive(Debug, Clone, Copy)]
pub struct ItemsPage {
    /// Of which run.
    pub run: RunKey,
    /// Which of its items.
    pub filter: ItemFilter,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// So many at most.
    pub most: u32,
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
