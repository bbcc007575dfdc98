//! Describes the figures that the journal keeps of each job from its first run on, also of runs that are forgotten by now.

use crate::clock::Timestamp;
use crate::model::{JobName, Outcome, SkipReason, Status};

/// The upper bounds of the parts into which runs are counted by how long they took, in seconds; longer ones are one more.
pub const RUN_SECONDS: [u32; 10] = [1, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 21_600];

/// The figures of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The job.
    pub job: JobName,
    /// Runs that have ended.
    pub runs: Vec<(Outcome, u64)>,
    /// Items of those.
    pub items: Vec<(Status, u64)>,
    /// Due times that were skipped.
    pub skips: Vec<(SkipReason, u64)>,
    /// Runs by how long they took: one number for each of [`RUN_SECONDS`], and the longer ones.
    pub took: [u64; RUN_SECONDS.len() + 1],
    /// Milliseconds that they took together.
    pub took_millis: u64,
    /// The time when the last run ended.
    pub last_run: Option<Timestamp>,
    /// Milliseconds that it took.
    pub last_millis: Option<u64>,
    /// The time when the last run that succeeded ended.
    pub last_success: Option<Timestamp>,
}

impl Figures {
    /// Returns those of a job that never ran.
    #[must_use]
    pub fn none(job: JobName) -> Self {
        Self {
            job,
            runs: Vec::new(),
            items: Vec::new(),
            skips: Vec::new(),
            took: [0; RUN_SECONDS.len() + 1],
            took_millis: 0,
            last_run: None,
            last_millis: None,
            last_success: None,
        }
    }

    /// Takes a number in. A label of a later version is left out: nothing here stands for it.
    pub(super) fn take(&mut self, figure: &str, label: &str, n: i64) {
        let count = n.max(0).cast_unsigned();
        match figure {
            "runs" => self.runs.extend(Outcome::parse(label).map(|outcome| (outcome, count))),
            "items" => self.items.extend(Status::parse(label).map(|status| (status, count))),
            "skips" => self.skips.extend(SkipReason::parse(label).map(|reason| (reason, count))),
            "took" => {
                let part = label.parse().ok().and_then(|part: usize| self.took.get_mut(part));
                if let Some(part) = part {
                    *part = count;
                }
            }
            "took_millis" => self.took_millis = count,
            "last_run" => self.last_run = Some(Timestamp::from_millis(n)),
            "last_millis" => self.last_millis = Some(count),
            "last_success" => self.last_success = Some(Timestamp::from_millis(n)),
            _ => {}
        }
    }
}
