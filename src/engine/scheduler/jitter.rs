//! Computes the time by which a run is put off, so that not everything happens on the full hour: always the same
//! for one due time of one job, so that a restart in between changes nothing.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::{Digest, JobName};

/// Returns a time from nothing to `most`, to the millisecond.
pub(super) fn jitter(job: &JobName, due: Timestamp, most: Duration) -> Duration {
    let digest = Digest::of(format!("{job} {}", due.millis()).as_bytes());
    let millis = u128::from_le_bytes(*digest.as_bytes()) % (most.as_millis() + 1);
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_the_same_for_one_due_time_and_spread_over_many() {
        let (job, most) = ("nightly".parse::<JobName>().unwrap(), Duration::from_mins(10));
        let of = |minute: i64| jitter(&job, Timestamp::from_seconds(minute * 60), most);
        assert_eq!(of(1), of(1));
        let all: Vec<_> = (0..1000).map(of).collect();
        assert!(all.iter().all(|put_off| *put_off <= most));
        let early = all.iter().filter(|put_off| **put_off < most / 2).count();
        assert!((400..600).contains(&early), "{early} of 1000 in the first half");
        assert_eq!(jitter(&job, Timestamp::from_seconds(60), Duration::ZERO), Duration::ZERO);
    }
}
