//! Names the reasons why a due time did not become a run.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The reason in the skip ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The program was not running at that time, and the run was not made up for.
    Missed,
    /// The job's last run was still going.
    Overlapped,
    /// The job was paused.
    Paused,
    /// The job was not enabled.
    Disabled,
    /// It could not begin.
    Refused,
    /// The schedule was edited before it could run.
    Superseded,
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Missed, Self::Overlapped, Self::Paused, Self::Disabled, Self::Refused, Self::Superseded];

    /// Returns the word in the journal, in JSON and on the screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Overlapped => "overlapped",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Refused => "refused",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
