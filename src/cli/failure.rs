//! Why a command ended before its time: the words for the person, and the exit code for the script.

use super::ExitCode;
use crate::host::HostError;
use crate::journal::JournalError;

/// A command's failure.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: ExitCode,
    pub(super) words: String,
}

impl Failure {
    pub(super) fn new(code: ExitCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }

    pub(super) fn usage(words: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, words)
    }

    pub(super) fn failed(words: impl Into<String>) -> Self {
        Self::new(ExitCode::Failed, words)
    }

    pub(super) fn print(&self) {
        eprintln!("roomkeeper: {}", self.words);
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let code = match &error {
            JournalError::Held { .. } => ExitCode::Held,
            _ => ExitCode::Failed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Journal(error) => error.into(),
            HostError::Secret(_) | HostError::Api(_) => {
                let mut words = error.to_string();
                let mut source = std::error::Error::source(&error);
                while let Some(cause) = source {
                    if !words.ends_with(&cause.to_string()) {
                        words = format!("{words}: {cause}");
                    }
                    source = cause.source();
                }
                Self::new(ExitCode::Configuration, words)
            }
        }
    }
}
