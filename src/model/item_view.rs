//! Describes an item as it is told, and which items are asked for.

use super::{Code, ItemNo, JobPayload, RunKey, State};

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
