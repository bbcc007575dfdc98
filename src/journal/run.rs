//! Describes runs to and from the journal: how one begins, how it ends, and how it is told.

use super::{NewClaim, NewLetter};
use crate::clock::Timestamp;
use crate::model::{Counts, JobKind, JobName, Outcome, RunId, Trigger};

/// A job's number in the journal, which outlives its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey(pub(in crate::journal) i64);

/// A run's number in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunKey(pub(in crate::journal) i64);

/// A run about to begin.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Whose run it is.
    pub job: JobKey,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// Now.
    pub started: Timestamp,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The job kind's own account of what the run works on, versioned by it.
    pub input: String,
    /// The claim on a dropped file, journaled together with the run.
    pub claim: Option<NewClaim>,
}

/// The reason why a run ends before all its items were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A person said so.
    Cancelled,
    /// Too many unanswered requests in a row, credentials refused, or the like.
    Aborted,
    /// It took longer than its `timeout`.
    TimedOut,
}

impl Stop {
    const ALL: [Self; 3] = [Self::Cancelled, Self::Aborted, Self::TimedOut];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Aborted => "aborted",
            Self::TimedOut => "timed_out",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stop| stop.as_str() == text)
    }
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
    /// The job kind's own account of its input.
    pub input: String,
}

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

/// Which of a run's failures another has not made good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailuresLeft {
    /// One that is known by its identity has not come to a good end.
    pub left: bool,
    /// Every one is known by its identity.
    pub all_known: bool,
}
