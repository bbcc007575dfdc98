//! Says which time of a server's rate is a process's own.

use std::time::{Duration, Instant};

/// A slice of time in which no other process that has this journal sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// The latest moment at which it may begin, by this machine's clock.
    pub begins: Instant,
    /// By so much it may begin earlier, for the store's clock is another's.
    pub unsure: Duration,
}
