//! Tells when a job is due next, for commands that ask from outside the daemon: by the configuration, and by what the journal has
//! dealt with already.

use std::time::Duration;

use super::Failure;
use crate::clock::Timestamp;
use crate::config;
use crate::journal::{JobKey, Readings, Watch};

/// The state of a job.
pub(super) struct Standing {
    key: Option<JobKey>,
    /// Since when it is paused.
    pub(super) paused: Option<Timestamp>,
}

impl Standing {
    /// Reads it as the journal has it, under the job's name or the one it had before; `journal` is none where nothing ever ran.
    pub(super) async fn of(job: &config::Job, journal: Option<&dyn Readings>) -> Result<Self, Failure> {
        let Some(journal) = journal else { return Ok(Self { key: None, paused: None }) };
        let key = match (journal.job_key(job.name.clone()).await?, &job.was) {
            (None, Some(was)) => journal.job_key(was.clone()).await?,
            (key, _) => key,
        };
        let watch = match key {
            Some(key) => journal.watch_of(key).await?,
            None => Watch::default(),
        };
        Ok(Self { key, paused: watch.paused })
    }

    /// Tells whether the job runs by itself now.
    pub(super) fn runs(&self, job: &config::Job) -> bool {
        job.enabled && self.paused.is_none()
    }

    /// Returns the next due times after `now` that are not dealt with, so many at most; none where the job does not run by
    /// itself.
    pub(super) async fn coming(
        &self,
        job: &config::Job,
        journal: Option<&dyn Readings>,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Timestamp>, Failure> {
        if !self.runs(job) {
            return Ok(Vec::new());
        }
        let end = Timestamp::from_millis(i64::MAX);
        let mut coming = Vec::new();
        for due in job.schedules.due_between(now, end) {
            if coming.len() == most {
                break;
            }
            let dealt_with = match (journal, self.key) {
                (Some(journal), Some(key)) => journal.is_recorded(key, due, now).await?,
                _ => false,
            };
            if !dealt_with {
                coming.push(due);
            }
        }
        Ok(coming)
    }
}

/// Writes the time that is left: `3 d 4 h`, `5 h 12 min`, `12 min`, `40 s`.
pub(super) fn left(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_the_two_largest_units() {
        for (seconds, words) in [(40, "40 s"), (725, "12 min"), (18_725, "5 h 12 min"), (273_700, "3 d 4 h")] {
            assert_eq!(left(Duration::from_secs(seconds)), words);
        }
    }
}
