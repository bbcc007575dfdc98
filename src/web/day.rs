//! Lays the next 24 hours out as a line: what comes in each hour, and the first due times by name.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use super::when::{When, many};
use crate::clock::{Timestamp, Zone};
use crate::config::Config;
use crate::model::JobName;

/// Due times that are told by name.
const NAMED: usize = 12;
/// Due times of one job that are counted in an hour: one of every second needs no exact number.
const MOST: usize = 3600;
const HOUR: Duration = Duration::from_hours(1);

/// An hour to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Hour {
    /// The hour on the wall, of two digits.
    label: String,
    /// The number of runs that are due in it.
    runs: usize,
    /// Its fullness as it is drawn: 0 to 3.
    full: u8,
    words: String,
}

/// A due time to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Due {
    at: When,
    job: String,
}

/// The next 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Day {
    hours: Vec<Hour>,
    first: Vec<Due>,
    total: usize,
}

impl Day {
    /// Lays it out; jobs in `resting` do not run by themselves now, or not here.
    pub(super) fn of(config: &Config, resting: &BTreeSet<JobName>, now: Timestamp) -> Self {
        let zone = &config.timezone;
        let awake: Vec<_> = config.jobs.values().filter(|job| job.enabled && !resting.contains(&job.name)).collect();
        let begin = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(3_600_000));
        let mut day = Self { hours: Vec::new(), first: Vec::new(), total: 0 };
        for hour in 0..24_u32 {
            let from = begin.plus(HOUR * hour);
            let until = from.plus(HOUR);
            let after = Timestamp::from_millis(from.millis() - 1).max(now);
            let mut names = Vec::new();
            let mut runs = 0;
            for job in &awake {
                let due = job.schedules.due_between(after, until).take_while(|due| *due < until);
                let due: Vec<_> = due.take(MOST).collect();
                if !due.is_empty() {
                    names.push(job.name.as_str());
                    runs += due.len();
                }
                day.first.extend(
                    due.into_iter()
                        .take(NAMED)
                        .map(|at| (at, &job.name))
                        .map(|(at, job)| Due { at: When::minute(zone, at), job: job.to_string() }),
                );
            }
            day.first.sort_by(|a, b| a.at.utc().cmp(b.at.utc()).then_with(|| a.job.cmp(&b.job)));
            day.first.truncate(NAMED);
            day.total += runs;
            day.hours.push(hour_of(zone, from, runs, &names));
        }
        day
    }
}

fn hour_of(zone: &Zone, from: Timestamp, runs: usize, names: &[&str]) -> Hour {
    let minute = zone.minute(from);
    let label = minute.get(11..13).unwrap_or_default().to_owned();
    let more = names.len().saturating_sub(6);
    let mut listed = names.iter().take(6).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed = format!("{listed} and {more} more");
    }
    let words = match runs {
        0 => format!("from {minute}: nothing"),
        _ => format!("from {minute}: {} ({listed})", many(runs as u64, "run", "runs")),
    };
    let full = match runs {
        0 => 0,
        1..=2 => 1,
        3..=9 => 2,
        _ => 3,
    };
    Hour { label, runs, full, words }
}
