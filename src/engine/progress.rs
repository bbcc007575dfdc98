//! Reports a run's progress to its watchers: a progress bar, STATUS, a log line.

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use super::expected::Expected;
use crate::clock::{Clock, Timestamp};
use crate::model::{Counts, RunId, Status};

/// The progress of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The phase that the run is in.
    pub phase: Phase,
    /// The run.
    pub run: Option<RunId>,
    /// Its items, once they are known.
    pub total: u64,
    /// The counts of the items that are over.
    pub counts: Counts,
    /// Items whose last request is being found out about.
    pub settling: u64,
    /// The requests that it is expected to send from its beginning to its end; `None` where that is not known.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// The phase of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its items are being found.
    #[default]
    Planning,
    /// Its items are being sent.
    Sending,
    /// It waits for the server, or for the disk.
    Waiting {
        /// For what, in words.
        why: String,
        /// The end of the pause.
        until: Timestamp,
    },
    /// It ends early; what is open is found out about.
    Stopping,
    /// Its files are being written.
    Finishing,
}

impl Progress {
    /// Counts the items that are over.
    #[must_use]
    pub fn done_count(&self) -> u64 {
        self.counts.total()
    }
}

/// Tells a run's watchers how many requests are expected, where that is known, and news.
pub(super) fn expect(watchers: &watch::Sender<Progress>, expected: Option<Expected>) {
    if expected.is_none() {
        return;
    }
    watchers.send_if_modified(|progress| {
        let is_news = progress.expected != expected;
        if is_news {
            progress.expected = expected;
        }
        is_news
    });
}

/// Publishes the progress of one run's drive.
pub(super) struct ProgressFeed<'a> {
    watchers: &'a watch::Sender<Progress>,
    clock: &'a dyn Clock,
    /// The end of the wait that was told last.
    told: Option<Instant>,
}

impl<'a> ProgressFeed<'a> {
    pub(super) fn new(watchers: &'a watch::Sender<Progress>, clock: &'a dyn Clock) -> Self {
        Self { watchers, clock, told: None }
    }

    /// Counts items that are over, and pending items that were left undone. Where the items that are over were counted anew,
    /// that count stands.
    pub(super) fn add(&mut self, done: &[Status], left_undone: Option<&Counts>, recounted: Option<Counts>) {
        if done.is_empty() && left_undone.is_none() && recounted.is_none() {
            return;
        }
        self.watchers.send_modify(|progress| {
            if let Some(counts) = recounted {
                progress.counts = counts;
            }
            let done = done.iter().map(|status| (*status, 1));
            for (status, n) in done.chain(left_undone.into_iter().flat_map(Counts::iter)) {
                progress.counts.add(status, n);
            }
        });
    }

    /// Tells how many requests are expected.
    pub(super) fn expect(&self, expected: Option<Expected>) {
        expect(self.watchers, expected);
    }

    /// Tells at `now` what the run does: it waits until then for this, or ends early, or sends. What was told already is no news.
    pub(super) fn tell(&mut self, now: Instant, waits: Option<(Instant, String)>, settling: u64, is_ending: bool) {
        let until = waits.as_ref().map(|(until, _)| *until);
        let is_news = until != self.told || until.is_none();
        self.told = until;
        let phase = match waits {
            Some((until, why)) => {
                let left = until.saturating_duration_since(now);
                if is_news {
                    tracing::warn!(%why, seconds = left.as_secs(), "a run waits");
                }
                Phase::Waiting { why, until: self.clock.now().plus(left) }
            }
            None if is_ending => Phase::Stopping,
            None => Phase::Sending,
        };
        self.watchers.send_if_modified(|progress| {
            let changed = progress.settling != settling || (is_news && progress.phase != phase);
            progress.settling = settling;
            if is_news {
                progress.phase = phase;
            }
            changed
        });
    }
}
