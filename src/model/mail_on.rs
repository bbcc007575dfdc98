//! Says after which runs a mail is sent (`on` in the configuration).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The four answers to "when do you want to hear of it?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailOn {
    /// After every run.
    Always,
    /// After a run that a person must look at.
    Problem,
    /// After a problem, after the first good run that follows one, and after any run that changed something.
    Change,
    /// Not at all.
    Never,
}

impl MailOn {
    /// Every answer, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Always, Self::Problem, Self::Change, Self::Never];

    /// Returns the word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Problem => "problem",
            Self::Change => "change",
            Self::Never => "never",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|on| on.as_str() == text)
    }
}

impl fmt::Display for MailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
