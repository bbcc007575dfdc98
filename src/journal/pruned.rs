//! Describes what is forgotten when it is old, and who tells that a thing is over.

use serde::{Deserialize, Serialize};

use crate::clock::{Doubt, Timestamp};
use crate::model::JobKind;

/// Tells, from a job kind's own payload of a thing that it made, when that is over; `None` where it counts for ever.
pub type Over = fn(JobKind, &str) -> Option<Timestamp>;

/// The numbers of things that were forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pruned {
    /// Runs, with their items, mails and claims.
    pub runs: u64,
    /// Items of those runs.
    pub items: u64,
    /// Things that a job made, and that are over.
    pub identities: u64,
    /// Due times that did not become runs.
    pub skips: u64,
}

/// The outcome of a look for old things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// It was forgotten.
    Done(Pruned),
    /// The clock is doubted, so that nothing was.
    Doubted(Doubt),
}
