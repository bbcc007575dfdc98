//! Waits that grow while something is away.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_mins(5);

/// The wait before the next try, each time twice as long as before, up to five minutes.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    /// Returns the next wait.
    pub(super) fn next(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.0)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        wait
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
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..12).map(|_| backoff.next().as_secs()).collect();
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert_eq!(waits[9..], [300, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.next().as_secs(), 1);
    }
}
