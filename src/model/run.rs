//! Describes a run: why it began, how it ended, and how its items add up.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Status;

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
