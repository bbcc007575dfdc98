//! Holds a job's times from the configuration.

use std::time::Duration;

use crate::clock::{Timestamp, Zone};
use crate::config::{self, CatchUp, Overlap, Schedule, Schedules};
use crate::model::{Digest, JobName};

/// The times at which a job is due, and the rules for a due time that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// The due times; there may be none.
    pub schedules: Schedules,
    /// The due times that are made up for after the daemon did not run.
    pub catch_up: CatchUp,
    /// The rule for a due time at which the job still runs.
    pub overlap: Overlap,
    /// By how much at most a run is put off.
    pub jitter: Duration,
    /// True when it runs by itself.
    pub enabled: bool,
}

impl Timing {
    /// Takes the times from the job's configuration.
    #[must_use]
    pub fn of(job: &config::Job) -> Self {
        Self {
            schedules: job.schedules.clone(),
            catch_up: job.catch_up,
            overlap: job.overlap,
            jitter: job.jitter,
            enabled: job.enabled,
        }
    }

    /// Returns the schedules as the journal remembers them, with their zones: two are the same where the texts are.
    pub(super) fn text(&self) -> String {
        let all: Vec<_> = self.schedules.iter().map(|one| (one.text(), one.zone().name())).collect();
        // Texts only: this cannot fail.
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// Returns the time at which a due time's run begins: later by its jitter, and yet before the next due time.
    pub(super) fn begins(&self, job: &JobName, due: Timestamp) -> Timestamp {
        if self.jitter.is_zero() {
            return due;
        }
        let room = self.schedules.next_after(due).map_or(self.jitter, |next| next.since(due));
        due.plus(jitter(job, due, self.jitter.min(room.saturating_sub(Duration::from_millis(1)))))
    }
}

/// Returns the schedules that the journal remembers; `None` where this program cannot read them.
pub(super) fn read(text: &str) -> Option<Schedules> {
    let all: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    let schedules = all.iter().map(|(text, zone)| Schedule::parse(text, &Zone::named(zone).ok()?).ok());
    schedules.collect::<Option<_>>().map(Schedules::new)
}

/// Returns the time by which a run is put off, from nothing to `most`, to the millisecond: so that not everything happens on the
/// full hour. It is always the same for one due time of one job, so that a restart in between changes nothing.
fn jitter(job: &JobName, due: Timestamp, most: Duration) -> Duration {
    let digest = Digest::of(format!("{job} {}", due.millis()).as_bytes());
    let millis = u128::from_le_bytes(*digest.as_bytes()) % (most.as_millis() + 1);
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_come_back_from_the_journal_as_they_were() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let parse = |text: &str| Schedule::parse(text, &zone).unwrap();
        let timing = Timing {
            schedules: Schedules::new(vec![parse("30 2 * * *"), parse("@hourly")]),
            catch_up: CatchUp::Latest,
            overlap: Overlap::Skip,
            jitter: Duration::ZERO,
            enabled: true,
        };
        assert_eq!(read(&timing.text()), Some(timing.schedules));
        assert_eq!(read("[[\"99 2 * * *\",\"UTC\"]]"), None);
    }

    #[test]
    fn jitter_never_reaches_the_next_due_time() {
        let timing = Timing {
            schedules: Schedules::new(vec![Schedule::parse("* * * * *", &Zone::utc()).unwrap()]),
            catch_up: CatchUp::Latest,
            overlap: Overlap::Skip,
            jitter: Duration::from_hours(1),
            enabled: true,
        };
        let job = "often".parse().unwrap();
        for minute in 0..100 {
            let due = Timestamp::from_seconds(minute * 60);
            let begins = timing.begins(&job, due);
            assert!(due <= begins && begins < due.plus(Duration::from_mins(1)), "{begins}");
        }
    }

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
