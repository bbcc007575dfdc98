//! Describes a run as it is told, and which runs are asked for.

use super::{Counts, JobKey, JobKind, JobName, Outcome, RunId, RunKey, Trigger};
use crate::clock::Timestamp;

/// A run as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// Its number.
    pub key: RunKey,
    /// Its id.
    pub id: RunId,
    /// Its job's number.
    pub job_key: JobKey,
    /// Its job's name.
    pub job: JobName,
    /// Its job's kind.
    pub kind: JobKind,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The time when it began.
    pub started: Timestamp,
    /// The time when it ended; `None` while it is under way.
    pub ended: Option<Timestamp>,
    /// Its outcome; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// The reason why it was refused or stopped.
    pub error: Option<String>,
    /// The counts of its items; of a run under way, of those that are over.
    pub counts: Counts,
    /// The number of times it was resumed.
    pub resumed: u32,
    /// The file it worked on, by the name it had.
    pub file: Option<String>,
    /// The job kind's own account of its input.
    pub input: String,
    /// What its end told besides its items, each a sentence: what a person must look at, and what is good to know.
    pub remarks: Vec<String>,
}

/// Which runs are told.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// Of one job.
    pub job: Option<JobName>,
    /// Only those that did not succeed.
    pub problems: bool,
    /// Only those that began since.
    pub since: Option<Timestamp>,
    /// So many at most.
    pub limit: u32,
}
