//! Makes a run wait longer and longer while something is away.

use std::time::Duration;

use crate::model::Backoff;

const WAITS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(5));

/// The waits of one run for one thing that is away, up to five minutes each.
#[derive(Debug, Default)]
pub(super) struct Waits(u32);

impl Waits {
    /// Returns the next wait.
    pub(super) fn next(&mut self) -> Duration {
        self.0 = self.0.saturating_add(1);
        WAITS.wait(self.0)
    }

    /// Starts over at the shortest wait: the thing that was away is back.
    pub(super) fn reset(&mut self) {
        self.0 = 0;
    }

    /// Tells whether there was a wait since the thing that was away came back.
    pub(super) fn has_waited(&self) -> bool {
        self.0 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_up_to_five_minutes() {
        let mut backoff = Waits::default();
        let waits: Vec<_> = (0..12).map(|_| backoff.next().as_secs()).collect();
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert_eq!(waits[9..], [300, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.next().as_secs(), 1);
    }
}
