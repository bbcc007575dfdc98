//! Tells what runs now: how far it is, how fast, and how long it still takes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::when::{When, passed, span};
use crate::clock::{Timestamp, Zone};
use crate::engine::Phase;
use crate::journal::UnfinishedRun;
use crate::model::RunId;
use crate::model::line::shown;
use crate::runtime::ActiveRun;

/// A run that is worked on, or waits for its turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Going {
    run: String,
    short: String,
    job: String,
    began: Option<When>,
    phase: String,
    done: u64,
    total: u64,
    bad: u64,
    /// Items a second.
    rate: Option<String>,
    left: Option<String>,
}

impl Going {
    /// Tells every run that has not ended.
    pub(super) fn all(unfinished: &[UnfinishedRun], active: &[ActiveRun], now: Timestamp, zone: &Zone) -> Vec<Self> {
        let active: BTreeMap<RunId, &ActiveRun> = active.iter().map(|run| (run.run, run)).collect();
        unfinished.iter().map(|run| Self::of(run, active.get(&run.id).copied(), now, zone)).collect()
    }

    fn of(run: &UnfinishedRun, active: Option<&ActiveRun>, now: Timestamp, zone: &Zone) -> Self {
        let progress = active.map(|active| &active.progress);
        let (done, total) = progress.map_or((0, 0), |progress| (progress.done_count(), progress.total));
        let seconds = passed(run.started, now).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = (done > 0 && seconds >= 1.0).then(|| done as f64 / seconds);
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        let left = rate.map(|rate| total.saturating_sub(done) as f64 / rate);
        let is_sending = progress.is_some_and(|progress| progress.phase == Phase::Sending);
        Self {
            run: run.id.to_string(),
            short: run.id.short(),
            job: run.name.to_string(),
            began: Some(When::of(zone, run.started)),
            phase: match progress.map(|progress| &progress.phase) {
                None => "waits to be resumed".to_owned(),
                Some(Phase::Planning) => "begins".to_owned(),
                Some(Phase::Sending) => "is at work".to_owned(),
                Some(Phase::Waiting { why, .. }) => format!("waits: {}", shown(why)),
                Some(Phase::Stopping) => "stops".to_owned(),
                Some(Phase::Finishing) => "writes its files".to_owned(),
            },
            done,
            total,
            bad: progress.map_or(0, |progress| progress.counts.problems()),
            rate: rate.map(|rate| format!("{rate:.1}")),
            left: left
                .filter(|left| is_sending && left.is_finite() && *left < 1e9)
                .map(|left| span(std::time::Duration::from_secs(whole(left)))),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, and not negative")]
fn whole(seconds: f64) -> u64 {
    seconds.ceil() as u64
}
