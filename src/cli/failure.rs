//! Says why a command ended before its time: the words for the person, and the exit code for the script.

use super::ExitCode;
use crate::control::{ClientError, Refusal, Why};
use crate::journal::JournalError;
use crate::runtime::RuntimeError;

/// A command's failure.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: ExitCode,
    pub(super) words: String,
    /// True when it is only that this user may not open the journal: another process may answer for it.
    pub(super) not_permitted: bool,
}

impl Failure {
    pub(super) fn new(code: ExitCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into(), not_permitted: false }
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

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.why {
            Why::Failed => ExitCode::Failed,
            Why::Usage => ExitCode::Usage,
            Why::Configuration => ExitCode::Configuration,
            Why::Unreachable => ExitCode::Held,
        };
        Self::new(code, refusal.words)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let not_permitted = matches!(error, JournalError::NotPermitted { .. });
        Self { not_permitted, ..Refusal::from(error).into() }
    }
}

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Journal(error) => error.into(),
            other => Refusal::from(other).into(),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(ExitCode::Held, error.to_string())
    }
}
