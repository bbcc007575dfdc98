//! Decides when a letter that could not be delivered is tried again, and when it is given up.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::Backoff;

/// The time for which the outbox keeps trying.
pub const OUTBOX_KEEPS: Duration = Duration::from_hours(3 * 24);

/// Attempts that are made even when the time is over: a machine that slept for four days, or whose clock jumped, must not
/// give a letter up at the first server that is not awake yet.
pub const LEAST_ATTEMPTS: u32 = 5;

const PAUSES: Backoff = Backoff::new(Duration::from_mins(1), Duration::from_hours(1));

/// Returns the time of the next attempt, after `attempts` (at least 1) have failed for a reason that may pass. `None` means that
/// the letter is dead.
///
/// The pauses double from one minute up to an hour. The last attempt of all is made when three days are over.
#[must_use]
pub fn next_attempt(queued: Timestamp, attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.wait(attempts);
    if now.since(queued) >= OUTBOX_KEEPS {
        return (attempts < LEAST_ATTEMPTS).then(|| now.plus(pause));
    }
    Some(now.plus(pause).min(queued.plus(OUTBOX_KEEPS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUED: &str = "2027-02-01T02:30:00Z";

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn the_pauses_grow_to_an_hour_and_the_last_attempt_is_after_three_days() {
        let queued = at(QUEUED);
        let mut now = queued;
        let mut pauses = Vec::new();
        for attempts in 1.. {
            let Some(next) = next_attempt(queued, attempts, now) else { break };
            pauses.push(next.since(now).as_secs() / 60);
            now = next;
        }
        assert_eq!(pauses[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(pauses.iter().all(|minutes| *minutes <= 60));
        assert_eq!(now, at("2027-02-04T02:30:00Z"));
    }

    #[test]
    fn a_machine_that_slept_past_the_three_days_still_tries_a_few_times() {
        let woken = at("2027-02-08T07:00:00Z");
        assert_eq!(next_attempt(at(QUEUED), 1, woken), Some(at("2027-02-08T07:01:00Z")));
        assert_eq!(next_attempt(at(QUEUED), LEAST_ATTEMPTS, woken), None);
    }

    #[test]
    fn a_clock_set_back_kills_nothing() {
        let before = at("2027-01-01T00:00:00Z");
        assert_eq!(next_attempt(at(QUEUED), 3, before), Some(at("2027-01-01T00:04:00Z")));
        assert_eq!(next_attempt(at(QUEUED), u32::MAX, before), Some(at("2027-01-01T01:00:00Z")));
    }
}
