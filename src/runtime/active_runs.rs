//! Lists the runs that this process works on, or will when their turn comes: STATUS names them, and `cancel`
//! reaches them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::engine::Progress;
use crate::journal::Stop;
use crate::model::{JobName, RunId};

/// Both ends that a run is watched and steered by. Clones are about the same run.
#[derive(Debug, Clone, Default)]
pub struct RunHandle {
    /// The run's progress.
    pub progress: watch::Sender<Progress>,
    /// A request to end it early.
    pub stop_request: watch::Sender<Option<(Stop, String)>>,
}

/// A run that is worked on.
#[derive(Debug, Clone)]
pub struct ActiveRun {
    /// Its id.
    pub run: RunId,
    /// Its job.
    pub job: JobName,
    /// The run's progress.
    pub progress: Progress,
}

/// The runs that are worked on.
#[derive(Default)]
pub(super) struct ActiveRuns {
    runs: Mutex<BTreeMap<RunId, (JobName, RunHandle)>>,
    /// One came or went.
    pub(super) changed: Notify,
}

impl ActiveRuns {
    /// Enters a run, until what is returned is dropped.
    pub(super) fn enter(&self, run: RunId, job: &JobName, handle: &RunHandle) -> ActiveRunGuard<'_> {
        self.map().insert(run, (job.clone(), handle.clone()));
        self.changed.notify_one();
        ActiveRunGuard { all: self, run }
    }

    pub(super) fn list(&self) -> Vec<ActiveRun> {
        let told = |(run, (job, handle)): (&RunId, &(JobName, RunHandle))| ActiveRun {
            run: *run,
            job: job.clone(),
            progress: handle.progress.borrow().clone(),
        };
        self.map().iter().map(told).collect()
    }

    pub(super) fn handle(&self, run: RunId) -> Option<RunHandle> {
        self.map().get(&run).map(|(_, handle)| handle.clone())
    }

    fn map(&self) -> MutexGuard<'_, BTreeMap<RunId, (JobName, RunHandle)>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run is entered.
pub(super) struct ActiveRunGuard<'a> {
    all: &'a ActiveRuns,
    run: RunId,
}

impl Drop for ActiveRunGuard<'_> {
    fn drop(&mut self) {
        self.all.map().remove(&self.run);
        self.all.changed.notify_one();
    }
}
