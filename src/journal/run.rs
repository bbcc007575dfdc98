//! Describes runs to the journal: how one begins, how it ends, and how it is taken up again.

use super::{NewClaim, NewLetter};
use crate::clock::Timestamp;
use crate::model::{Counts, JobKey, JobKind, JobName, Outcome, RunId, RunKey, Stop, Trigger};

/// A run about to begin.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Its job.
    pub job: JobKey,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// Now.
    pub started: Timestamp,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The job kind's own payload of what the run works on, versioned by it.
    pub input: String,
    /// The claim on a dropped file, journaled together with the run.
    pub claim: Option<NewClaim>,
}

/// The end of a run.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The outcome.
    pub outcome: Outcome,
    /// The reason why it was refused or stopped, in words.
    pub error: Option<String>,
    /// The counts of its items; checked against the items.
    pub counts: Counts,
    /// The time.
    pub at: Timestamp,
    /// Sentences about it besides its items.
    pub remarks: Vec<String>,
    /// The mails about it, which enter the outbox in the same transaction.
    pub letters: Vec<NewLetter>,
}

/// A run that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRun {
    /// Its number.
    pub key: RunKey,
    /// Its id.
    pub id: RunId,
    /// Its job's number.
    pub job: JobKey,
    /// Its job's name.
    pub name: JobName,
    /// Its job's kind.
    pub kind: JobKind,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The time when it began.
    pub started: Timestamp,
    /// True when its items are not all in the journal yet.
    pub planning: bool,
    /// The reason why it is to end early.
    pub stopped: Option<(Stop, String)>,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The job kind's own payload of its input.
    pub input: String,
    /// True when another machine began it, and it was taken up here.
    pub moved: bool,
    /// The machine whose process works on it, where that is another process than the one that asks.
    pub works_elsewhere: Option<String>,
    /// The machine that has its files, where that is another than this.
    pub files_elsewhere: Option<String>,
}

/// The failures of a run that another has not made good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailuresLeft {
    /// One that is known by its identity has not come to a good end.
    pub left: bool,
    /// Every one is known by its identity.
    pub all_known: bool,
}
