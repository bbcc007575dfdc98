//! Decides on the due times that have come: at most one of them begins, the others enter the ledger. Pure.

use std::time::Duration;

use super::missed::Span;
use super::timing::Timing;
use crate::clock::Timestamp;
use crate::config::{CatchUp, Overlap};
use crate::journal::Skip;
use crate::model::{JobName, SkipReason, Trigger};

/// The time by which a run may be late and its due time still count as kept. Beyond it the machine was suspended,
/// the clock stepped, or the journal could not be written, and `catch_up` decides.
const GRACE: Duration = Duration::from_mins(1);

/// The decision on the due times that have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Those before the last.
    pub earlier: Option<Span>,
    /// The last.
    pub verdict: Verdict,
    /// True when the journal may have dealt with the last already.
    pub doubtful: bool,
}

/// The verdict on a due time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its run begins.
    Begin {
        /// The due time.
        due: Timestamp,
        /// `Schedule` or `CatchUp`.
        trigger: Trigger,
    },
    /// It enters the ledger.
    Skip(Skip),
}

impl Verdict {
    /// Returns the due time.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        match self {
            Self::Begin { due, .. } | Self::Skip(Skip { due, .. }) => *due,
        }
    }
}

/// The state of a job when its time has come.
pub(super) struct Situation<'a> {
    pub(super) job: &'a JobName,
    pub(super) timing: &'a Timing,
    pub(super) paused: bool,
    /// Runs that are going or wait their turn.
    pub(super) going: u32,
    /// The first due time that is not dealt with.
    pub(super) first: Timestamp,
    /// The scheduler did not run at due times up to this.
    pub(super) absent_until: Timestamp,
    /// The journal may have dealt with due times up to this.
    pub(super) highest: Timestamp,
}

impl Situation<'_> {
    pub(super) fn decide(&self, now: Timestamp) -> Decision {
        let (last, before) = self.last(now);
        let earlier = before.map(|until| {
            let (reason, detail) = self
                .standing()
                .unwrap_or_else(|| (SkipReason::Missed, format!("{}; a later one was due since", self.missed(until))));
            Span { first: self.first, until, reason, detail }
        });
        let late = last <= self.absent_until || now.since(self.timing.begins(self.job, last)) > GRACE;
        let most = match self.timing.overlap {
            Overlap::Skip => 1,
            Overlap::Queue => 2,
        };
        let reason = self.standing().or_else(|| match (late, self.timing.catch_up) {
            (true, CatchUp::None) => {
                Some((SkipReason::Missed, format!("{}; catch_up = \"none\" makes up for nothing", self.missed(last))))
            }
            _ if self.going >= most => Some((SkipReason::Overlapped, self.overlapped().to_owned())),
            _ => None,
        });
        let verdict = match reason {
            Some((reason, detail)) => Verdict::Skip(Skip { due: last, reason, detail }),
            None => Verdict::Begin { due: last, trigger: if late { Trigger::CatchUp } else { Trigger::Schedule } },
        };
        Decision { earlier, verdict, doubtful: last <= self.highest }
    }

    /// Returns the last due time whose run may begin now, and the one before it where there are several.
    fn last(&self, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
        let schedules = &self.timing.schedules;
        let just_before = |due: Timestamp| due.minus(Duration::from_millis(1));
        let mut last = match schedules.next_after(self.first) {
            Some(next) if next <= now => schedules.latest_between(self.first, now).unwrap_or(self.first),
            _ => return (self.first, None),
        };
        if self.timing.begins(self.job, last) > now {
            // Its jitter puts it off; the one before has its turn still.
            last = schedules.latest_between(self.first, just_before(last)).unwrap_or(self.first);
        }
        let before =
            (last > self.first).then(|| schedules.latest_between(self.first, just_before(last)).unwrap_or(self.first));
        (last, before)
    }

    /// Returns the reason why no due time of the job becomes a run now.
    fn standing(&self) -> Option<(SkipReason, String)> {
        if !self.timing.enabled {
            return Some((SkipReason::Disabled, "enabled = false in the configuration".to_owned()));
        }
        self.paused
            .then(|| (SkipReason::Paused, format!("the job was paused; `roomkeeper resume {}` ends that", self.job)))
    }

    /// Says why a due time was missed.
    fn missed(&self, due: Timestamp) -> &'static str {
        if due <= self.absent_until {
            "roomkeeper was not running then, or did not have this job"
        } else {
            "it could not begin in time: the machine slept, its clock was set, or the journal could not be written"
        }
    }

    fn overlapped(&self) -> &'static str {
        match self.timing.overlap {
            Overlap::Skip => "the job's last run was still going",
            Overlap::Queue => "the job's last run was still going, and one waited behind it already",
        }
    }
}
