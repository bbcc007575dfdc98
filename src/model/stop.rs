//! Says why a run ends early.

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
