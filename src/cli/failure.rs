//! Tells how a command ended: the exit code for the script, and, where it ended before its time, the words for the person.

use crate::control::{ClientError, Refusal, Why};
use crate::journal::JournalError;
use crate::runtime::RuntimeError;

/// The exit codes, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong usage: also an unknown RUN or JOB.
    Usage = 2,
    /// Finished, but some items did not succeed.
    Partial = 3,
    /// The configuration is not valid.
    Configuration = 4,
    /// The journal is held by another process, or the daemon cannot be reached.
    Held = 5,
}

impl ExitCode {
    /// Returns the exit code of this number; a number that is none means that something failed.
    #[must_use]
    pub fn of(number: u8) -> Self {
        let all = [Self::Done, Self::Failed, Self::Usage, Self::Partial, Self::Configuration, Self::Held];
        all.into_iter().find(|code| *code as u8 == number).unwrap_or(Self::Failed)
    }

    /// Returns the worse of two, when one command did several things.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |code: Self| match code {
            Self::Done => 0,
            Self::Partial => 1,
            Self::Failed => 2,
            Self::Usage => 3,
            Self::Configuration => 4,
            Self::Held => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

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
