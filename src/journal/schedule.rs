//! Describes due times to and from the journal: those that did not become runs, and up to where a schedule is dealt with.

use crate::clock::Timestamp;
use crate::model::SkipReason;

/// A due time that does not become a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The due time.
    pub due: Timestamp,
    /// The reason.
    pub reason: SkipReason,
    /// The reason, in words.
    pub detail: String,
}

/// A row of the ledger as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipView {
    /// The due time that was skipped.
    pub skip: Skip,
    /// The time when that was entered.
    pub at: Timestamp,
}

/// The memory of a job's schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watch {
    /// Up to when its due times are dealt with; `None` before it was first armed.
    pub last_due: Option<Timestamp>,
    /// The schedule that it was armed by.
    pub schedule: Option<String>,
    /// Since when it is paused.
    pub paused: Option<Timestamp>,
}
