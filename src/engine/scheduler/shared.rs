//! Holds what the scheduler shares with the callbacks of the crate that ticks.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::ledger::Ledger;
use super::plan::Plan;
use super::runs::Runs;
use crate::clock::Clock;
use crate::model::JobName;

/// The state that the crate's callbacks share.
pub(super) struct Shared {
    pub(super) plan: Mutex<Plan>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) runs: Arc<dyn Runs>,
    pub(super) bodies: TaskTracker,
    /// Set when the journal's trouble has been reported.
    pub(super) troubled: AtomicBool,
    /// The time at which the ticker last asked for due jobs.
    pub(super) asked: Mutex<Instant>,
}

impl Shared {
    pub(super) fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run of a job is going.
pub struct Occupied {
    pub(super) shared: Arc<Shared>,
    pub(super) job: JobName,
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.shared.plan().ended(&self.job);
    }
}
