//! Describes a run: why it began, how it ended or why it ends early, how its items add up, which files it leaves, and how it is
//! told.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JobKey, JobKind, JobName, RunId, RunKey, Status};
use crate::clock::Timestamp;

/// The reason why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its time had come.
    Schedule,
    /// Its time had come while the program was not running.
    CatchUp,
    /// A file was dropped.
    File,
    /// A person said so.
    Manual,
    /// A person wanted what did not succeed done again.
    Retry,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 5] = [Self::Schedule, Self::CatchUp, Self::File, Self::Manual, Self::Retry];

    /// Returns the word in the journal, in JSON and on the screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::CatchUp => "catch_up",
            Self::File => "file",
            Self::Manual => "manual",
            Self::Retry => "retry",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.as_str() == text)
    }
}

/// The way a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every item done, unchanged, existing, or skipped by a rule; also when there was nothing to do.
    Succeeded,
    /// Some items did not succeed.
    Partial,
    /// Refused whole, or no item succeeded though there were some.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// The process ended in its middle; it is resumed.
    Interrupted,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Succeeded, Self::Partial, Self::Failed, Self::Cancelled, Self::Interrupted];

    /// Returns the word in the journal, in JSON and on the screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Tells whether the run ended so well that a person need not look.
    #[must_use]
    pub fn is_good(self) -> bool {
        self == Self::Succeeded
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of items of a run that ended in each status.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<Status, u64>);

impl Counts {
    /// Counts `n` more items of that status.
    pub fn add(&mut self, status: Status, n: u64) {
        if n > 0 {
            *self.0.entry(status).or_default() += n;
        }
    }

    /// Returns the number of items that have that status.
    #[must_use]
    pub fn get(&self, status: Status) -> u64 {
        self.0.get(&status).copied().unwrap_or(0)
    }

    /// Returns the statuses that occur, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        self.0.iter().map(|(status, n)| (*status, *n))
    }

    /// Returns all items.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Items that a person must look at.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.iter().filter(|(status, _)| status.is_problem()).map(|(_, n)| n).sum()
    }

    /// Items by which something outside was changed.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.iter().filter(|(status, _)| status.is_effect()).map(|(_, n)| n).sum()
    }

    /// Returns the outcome that these numbers make, of a run that went to its end.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let problems = self.problems();
        if problems == 0 {
            Outcome::Succeeded
        } else if problems == self.total() {
            Outcome::Failed
        } else {
            Outcome::Partial
        }
    }
}

impl FromIterator<(Status, u64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (Status, u64)>>(pairs: I) -> Self {
        let mut counts = Self::default();
        for (status, n) in pairs {
            counts.add(status, n);
        }
        counts
    }
}

impl fmt::Display for Counts {
    /// Writes `118 created, 2 unchanged`, or `nothing to do` if there are no items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing to do");
        }
        for (at, (status, n)) in self.iter().enumerate() {
            write!(f, "{}{n} {}", if at == 0 { "" } else { ", " }, status.as_words())?;
        }
        Ok(())
    }
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
    /// True when another machine began it, and it was taken up here.
    pub moved: bool,
    /// The file it worked on, by the name it had.
    pub file: Option<String>,
    /// The job kind's own payload of its input.
    pub input: String,
    /// The remarks of its end besides its items, each a sentence: what a person must look at, and what is good to know.
    pub remarks: Vec<String>,
}

/// The runs that are told.
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
    /// True where nobody needs the counts of a run under way: they are counted over all its items.
    pub uncounted: bool,
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

/// The purpose of a file that a run left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// One line for each row, with what became of it.
    Results,
    /// The rows that did not succeed, to be corrected and handed in again.
    Retry,
    /// The file that was handed in.
    Original,
    /// Meetings that took place.
    Export,
    /// Rooms with their new PINs.
    PinSheet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_follows_from_the_counts() {
        let counts = |pairs: &[(Status, u64)]| pairs.iter().copied().collect::<Counts>();
        assert_eq!(counts(&[]).outcome(), Outcome::Succeeded);
        assert_eq!(counts(&[(Status::Created, 3), (Status::Exists, 1)]).outcome(), Outcome::Succeeded);
        assert_eq!(counts(&[(Status::Created, 3), (Status::NotRun, 1)]).outcome(), Outcome::Partial);
        assert_eq!(counts(&[(Status::Invalid, 3)]).outcome(), Outcome::Failed);
        assert_eq!(counts(&[(Status::Created, 118), (Status::Unchanged, 2)]).to_string(), "118 created, 2 unchanged");
    }
}
