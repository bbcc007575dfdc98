//! Says why a command is not carried out: words for the person, and the kind of mistake for the exit code.

use serde::{Deserialize, Serialize};

use crate::journal::JournalError;
use crate::runtime::{RunError, RuntimeError};

/// The reason why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{words}")]
pub struct Refusal {
    /// The kind of mistake.
    pub why: Why,
    /// The failure, and the way to mend it.
    pub words: String,
}

/// The kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Something failed.
    Failed,
    /// The command makes no sense: also an unknown run or job.
    Usage,
    /// The configuration cannot be used.
    Configuration,
    /// No process is there that could do it.
    Unreachable,
}

impl Refusal {
    /// Makes a refusal in these words.
    #[must_use]
    pub fn new(why: Why, words: impl Into<String>) -> Self {
        Self { why, words: words.into() }
    }

    /// Refuses a command that makes no sense.
    #[must_use]
    pub fn usage(words: impl Into<String>) -> Self {
        Self::new(Why::Usage, words)
    }

    /// Refuses since the process is about to end.
    pub(super) fn stopping() -> Self {
        Self::new(Why::Unreachable, "roomkeeper is stopping, and begins nothing new")
    }

    /// Refuses since something failed.
    #[must_use]
    pub fn failed(words: impl Into<String>) -> Self {
        Self::new(Why::Failed, words)
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        let why = if matches!(
            error,
            JournalError::Held { .. } | JournalError::SameNode { .. } | JournalError::TakenOver { .. }
        ) {
            Why::Unreachable
        } else {
            Why::Failed
        };
        Self::new(why, error.to_string())
    }
}

impl From<RunError> for Refusal {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Journal(error) => error.into(),
            RunError::Claimed(_) | RunError::NotMoved { .. } => Self::failed(error.to_string()),
        }
    }
}

impl From<RuntimeError> for Refusal {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Journal(error) => error.into(),
            RuntimeError::Secret(_) | RuntimeError::Api(_) | RuntimeError::Kind { .. } => {
                Self::new(Why::Configuration, with_causes(&error))
            }
        }
    }
}

/// Returns an error's words, with those of what caused it where it does not say them itself.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        if !words.ends_with(&cause.to_string()) {
            words = format!("{words}: {cause}");
        }
        source = cause.source();
    }
    words
}
