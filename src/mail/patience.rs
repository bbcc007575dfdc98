//! How long a mail server may keep us waiting.

use std::time::Duration;

/// How long to wait before an attempt is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one network address to answer.
    pub connect: Duration,
    /// For connection, encryption and login together; some servers greet late, to tell mail programs from robots.
    pub opening: Duration,
    /// For the letter, from the sender's address to the server's receipt. Giving up early makes doubles, so it is long.
    pub letter: Duration,
    /// For the goodbye, whose answer changes nothing.
    pub goodbye: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            opening: Duration::from_mins(1),
            letter: Duration::from_mins(5),
            goodbye: Duration::from_secs(5),
        }
    }
}
