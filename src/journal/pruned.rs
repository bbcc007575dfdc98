//! Describes what is forgotten when it is old, and who tells that a thing is over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Doubt, Reading, Timestamp};
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

/// The time beyond the keeping of a file for which its age is remembered.
const FILES_LONGER: Duration = Duration::from_hours(30 * 24);

/// The age of a thing that goes, by either clock: by the one that stamped it, and by living.
#[derive(Debug, Clone, Copy)]
pub(super) struct OlderThan {
    pub(super) wall: Timestamp,
    pub(super) lived: Timestamp,
}

impl OlderThan {
    /// Things that ended before `wall`, as the clocks stand.
    pub(super) fn of(wall: Timestamp, time: &Reading) -> Self {
        let lived = Timestamp::from_millis(time.lived.millis() - time.wall.millis() + wall.millis());
        Self { wall, lived }
    }
}

/// Returns the lived time before which a file's age is forgotten, where what ended is kept so long, and files so long.
pub(super) fn files_seen_before(time: &Reading, keep: Duration, files: Duration) -> Timestamp {
    time.lived_ago(keep.max(files).saturating_add(FILES_LONGER))
}

/// A thing that a job made, as far as pruning needs it.
pub(super) struct MadeThing {
    pub(super) job: i64,
    pub(super) kind: String,
    pub(super) identity: String,
    pub(super) facts: String,
}

impl MadeThing {
    /// Tells whether it was over before that time.
    pub(super) fn is_over(&self, before: Timestamp, over: Over) -> bool {
        JobKind::parse(&self.kind).and_then(|kind| over(kind, &self.facts)).is_some_and(|ended| ended < before)
    }
}
