//! Reports a run's progress to its watchers: a progress bar, STATUS, a log line.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
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
    /// Counts an item that is over.
    pub(super) fn done(&mut self, status: Status) {
        self.counts.add(status, 1);
    }

    /// Counts pending items that were left undone.
    pub(super) fn left_undone(&mut self, left: &Counts) {
        left.iter().for_each(|(status, n)| self.counts.add(status, n));
    }

    /// Counts the items that are over.
    #[must_use]
    pub fn done_count(&self) -> u64 {
        self.counts.total()
    }
}
