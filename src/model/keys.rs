//! Numbers jobs and runs as the journal does.

/// A job's number in the journal, which outlives its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey(pub(crate) i64);

/// A run's number in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunKey(pub(crate) i64);
