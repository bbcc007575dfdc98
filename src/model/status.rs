//! Says what became of an item: one word, the same in results, in the journal and in JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The final result of an item. Every item ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A meeting was made.
    Created,
    /// A meeting, room or lobby was changed.
    Updated,
    /// A meeting was cancelled.
    Cancelled,
    /// PINs were reset.
    Reset,
    /// A lobby was added.
    Added,
    /// A lobby was removed.
    Removed,
    /// A meeting was written to the export.
    Exported,
    /// It was as it should be.
    Unchanged,
    /// The server already had such a meeting, and this job did not make it.
    Exists,
    /// A rule left it out; the reason says which.
    Skipped,
    /// Found wrong before anything was sent.
    Invalid,
    /// The server refused it, or it was deleted there.
    Failed,
    /// It was sent, and what became of it could not be found out.
    Unknown,
    /// The run ended before it.
    NotRun,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 14] = [
        Self::Created,
        Self::Updated,
        Self::Cancelled,
        Self::Reset,
        Self::Added,
        Self::Removed,
        Self::Exported,
        Self::Unchanged,
        Self::Exists,
        Self::Skipped,
        Self::Invalid,
        Self::Failed,
        Self::Unknown,
        Self::NotRun,
    ];

    /// Returns the word in results, in the journal and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Cancelled => "cancelled",
            Self::Reset => "reset",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Exported => "exported",
            Self::Unchanged => "unchanged",
            Self::Exists => "exists",
            Self::Skipped => "skipped",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotRun => "not_run",
        }
    }

    /// Returns the same for a sentence.
    #[must_use]
    pub fn as_words(self) -> &'static str {
        match self {
            Self::NotRun => "not run",
            other => other.as_str(),
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Tells whether a person must look at it: `invalid`, `failed`, `unknown`, `not_run`.
    #[must_use]
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Invalid | Self::Failed | Self::Unknown | Self::NotRun)
    }

    /// Tells whether an item of this status changed something outside.
    #[must_use]
    pub fn is_effect(self) -> bool {
        matches!(
            self,
            Self::Created
                | Self::Updated
                | Self::Cancelled
                | Self::Reset
                | Self::Added
                | Self::Removed
                | Self::Exported
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
