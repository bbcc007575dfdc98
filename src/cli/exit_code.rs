//! Tells scripts how a command ended.

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
