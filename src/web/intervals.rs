//! Tells how long a job's schedules leave it alone at most, by which an alert knows that it is late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::Timestamp;
use crate::config::Config;
use crate::model::JobName;

/// Due times by which the interval of a job is told: a week of every quarter of an hour.
const DUE_TIMES: usize = 700;
/// The time that they span at most.
const SPAN: Duration = Duration::from_hours(24 * 800);

/// The times that were found out: of which configuration, and when.
type Known = (Arc<Config>, Timestamp, Arc<BTreeMap<JobName, Duration>>);

/// The longest times between due times of the jobs of a configuration.
#[derive(Default)]
pub(super) struct Intervals {
    known: Mutex<Option<Known>>,
}

impl Intervals {
    /// Returns them; they are found out anew each day, and where the configuration is another.
    pub(super) async fn of(&self, config: &Arc<Config>, now: Timestamp) -> Arc<BTreeMap<JobName, Duration>> {
        let mut known = self.known.lock().await;
        if let Some((of, at, intervals)) = &*known
            && Arc::ptr_eq(of, config)
            && now.since(*at) < Duration::from_hours(24)
        {
            return Arc::clone(intervals);
        }
        let jobs = config.jobs.values().filter(|job| job.enabled);
        let found = jobs.map(|job| (job.name.clone(), longest(job.schedules.due_between(now, now.plus(SPAN)))));
        let found = Arc::new(found.collect());
        *known = Some((Arc::clone(config), now, Arc::clone(&found)));
        found
    }
}

/// Returns the longest time between two of the first due times; none where there are no two.
fn longest(due: impl Iterator<Item = Timestamp>) -> Duration {
    let due: Vec<_> = due.take(DUE_TIMES).collect();
    due.windows(2).map(|pair| pair[1].since(pair[0])).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::config::{Schedule, Schedules};

    #[test]
    fn the_interval_of_a_schedule_is_its_longest_gap() {
        let now = Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap();
        let interval = |text: &str| {
            let schedules = Schedules::new(vec![Schedule::parse(text, &Zone::utc()).unwrap()]);
            longest(schedules.due_between(now, now.plus(SPAN)))
        };
        assert_eq!(interval("*/15 * * * *"), Duration::from_mins(15));
        assert_eq!(interval("0 * * * *"), Duration::from_hours(1));
        assert_eq!(interval("30 2 * * *"), Duration::from_hours(24));
        assert_eq!(interval("0 9-17 * * 1-5"), Duration::from_hours(64));
        assert_eq!(interval("0 0 1 1 *"), Duration::from_hours(24 * 366), "2028 is a leap year");
        assert_eq!(longest(std::iter::empty()), Duration::ZERO);
    }
}
