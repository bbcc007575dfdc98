//! Limits how long a mail server may keep us waiting.

use std::time::Duration;

/// The times to wait before an attempt is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one network address to answer.
    pub connect: Duration,
    /// For connection, encryption and login together; some servers greet late, to tell mail programs from robots.
    pub opening: Duration,
    /// For an answer to one command before the letter (RFC 5321, 4.5.3.2).
    pub command: Duration,
    /// For the letter to be taken, and the receipt after its last dot: giving up early makes doubles.
    pub receipt: Duration,
    /// For the goodbye, whose answer changes nothing.
    pub goodbye: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            opening: Duration::from_mins(1),
            command: Duration::from_mins(5),
            receipt: Duration::from_mins(10),
            goodbye: Duration::from_secs(5),
        }
    }
}
