//! Describes pages of runs and items for a reader who looks through them: by key, so that the last page costs as much as the first.

use crate::clock::Timestamp;
use crate::model::{ItemNo, JobKey, Outcome, RunKey, RunView, State, Status};

/// Which runs of a job are asked for, newest first.
#[derive(Debug, Clone)]
pub struct RunsAsked {
    /// Of which job.
    pub job: JobKey,
    /// Ended how.
    pub ended: RunsEnded,
    /// That began then or later.
    pub from: Option<Timestamp>,
    /// That began before then.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub behind: Option<RunPlace>,
    /// So many at most.
    pub most: u32,
}

/// The ends that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsEnded {
    /// However, or not at all yet.
    Anyhow,
    /// With this outcome.
    With(Outcome),
    /// Failed or partial, and made good by none.
    NotMadeGood,
}

/// A run's place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPlace {
    /// The time when it began.
    pub started: Timestamp,
    /// Its number.
    pub run: RunKey,
}

impl RunPlace {
    /// Returns the place of a run.
    #[must_use]
    pub fn of(run: &RunView) -> Self {
        Self { started: run.started, run: run.key }
    }
}

/// Which items of a run are asked for. Those that a person must look at come first, then those that are open, then the others; within
/// that they are in the order of their statuses, and then of their numbers.
#[derive(Debug, Clone, Copy)]
pub struct ItemsAsked {
    /// Of which run.
    pub run: RunKey,
    /// In which state.
    pub which: ItemsWhich,
    /// Behind this one.
    pub behind: Option<ItemPlace>,
    /// So many at most.
    pub most: u32,
}

/// The items that are asked for by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemsWhich {
    /// All of them.
    All,
    /// Those that are over with this status.
    With(Status),
    /// Those that are not over.
    Open,
}

/// An item's place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemPlace {
    /// Its status; `None` while it is open.
    pub status: Option<Status>,
    /// Its number.
    pub item: ItemNo,
}

impl ItemPlace {
    /// Returns the place of an item in that state.
    #[must_use]
    pub fn of(state: State, item: ItemNo) -> Self {
        let status = if let State::Done(status) = state { Some(status) } else { None };
        Self { status, item }
    }
}

/// Items that are looked for by their words.
#[derive(Debug, Clone)]
pub struct ItemsSought {
    /// Of which run.
    pub run: RunKey,
    /// The words, of the label or the `ref`; capitals do not matter.
    pub words: String,
    /// Behind this one, in the order of their numbers.
    pub after: ItemNo,
    /// So many at most.
    pub most: u32,
    /// So many are looked at, at most.
    pub looked_at: u32,
}

/// Items that were found by their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsFound {
    /// Their numbers, in order.
    pub items: Vec<ItemNo>,
    /// The last that was looked at, where there are more behind it.
    pub looked_to: Option<ItemNo>,
}
