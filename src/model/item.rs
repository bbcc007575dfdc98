//! Describes an item while it is worked on: as a plan makes it, as it is decided and sent, as it is settled, and the record of
//! a sending; and as it is told, with which items are asked for.

use super::{Code, Event, IllegalStep, ItemNo, JobPayload, Life, Limits, RunKey, State, Status};
use crate::clock::Timestamp;

/// An item as a plan makes it.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Its number in the run.
    pub item: ItemNo,
    /// The identity that names the same item again within the job.
    pub identity: Option<String>,
    /// For people: a title, a room's name.
    pub label: String,
    /// The row of the file it came from.
    pub line: Option<u32>,
    /// The payload: the work to do.
    pub payload: JobPayload,
    /// The row's own cells.
    pub source: Option<String>,
    /// Its first state.
    pub start: Start,
}

/// The first state of a planned item.
#[derive(Debug, Clone)]
pub enum Start {
    /// To be done.
    Pending,
    /// The same, and its PINs wait, sealed, for the file of the run.
    PendingWithPins(Vec<u8>),
    /// To be done, and its end is [foretold](super::Foretold), as text. PINs may wait for the file, too.
    Foretold {
        /// What is foretold.
        what: String,
        /// Its sealed PINs.
        sealed: Option<Vec<u8>>,
    },
    /// Decided by the plan already.
    Decided {
        /// Its status.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// The result to tell, as JSON.
        result: Option<String>,
    },
    /// Sent by an earlier run, which could not find out what became of it: look again first.
    Settling {
        /// The earlier run's record of what stood there before.
        before: Option<String>,
    },
}

/// The first entry of a planned item: its life, and the texts that go with it.
#[derive(Debug)]
pub(crate) struct FirstEntry<'a> {
    pub(crate) state: State,
    pub(crate) attempts: u32,
    pub(crate) code: Option<&'a Code>,
    pub(crate) error: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
    /// The result, and its sealed PINs, where there is one.
    pub(crate) result: Option<(&'a str, Option<&'a [u8]>)>,
}

impl Start {
    /// Returns the item's first entry.
    pub(crate) fn entry(&self) -> Result<FirstEntry<'_>, IllegalStep> {
        let pending =
            FirstEntry { state: State::Pending, attempts: 0, code: None, error: None, before: None, result: None };
        Ok(match self {
            Self::Pending => pending,
            Self::PendingWithPins(sealed) => FirstEntry { result: Some(("{}", Some(sealed))), ..pending },
            Self::Foretold { what, sealed } => {
                let result = sealed.as_deref().map(|sealed| ("{}", Some(sealed)));
                FirstEntry { before: Some(what), result, ..pending }
            }
            Self::Decided { status, code, error, result } => {
                let decided = Life::default().step(Event::Decided(*status), Limits::default())?;
                let result = result.as_deref().map(|result| (result, None));
                FirstEntry { state: decided.state, code: code.as_ref(), error: error.as_deref(), result, ..pending }
            }
            // A request of an earlier run was sent once, whatever becomes of it in this one.
            Self::Settling { before } => FirstEntry {
                state: State::Settling { at_start: true },
                attempts: 1,
                before: before.as_deref(),
                ..pending
            },
        })
    }
}

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

/// One sending, as it is recorded.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// The time it was sent.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// The time it took, in milliseconds.
    pub millis: u64,
    /// The error, in words.
    pub error: Option<String>,
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

/// The items that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemFilter {
    /// All.
    All,
    /// Those that a person must look at.
    Problems,
    /// Those that came to a good end.
    Good,
}

/// The items that are read at once.
#[derive(Debug, Clone, Copy)]
pub struct ItemsPage {
    /// Their run.
    pub run: RunKey,
    /// The filter on its items.
    pub filter: ItemFilter,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// So many at most.
    pub most: u32,
}
