//! Says how a due time's run begins: the scheduler is handed what begins it.

use futures_util::future::BoxFuture;

use crate::clock::Timestamp;
use crate::journal::JournalError;
use crate::model::{JobName, Trigger};

/// A due time whose run is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its job.
    pub job: JobName,
    /// The due time.
    pub due: Timestamp,
    /// `Schedule`, or `CatchUp` where it is made up for.
    pub trigger: Trigger,
}

/// Begins runs for the scheduler.
pub trait Runs: Send + Sync {
    /// Begins the run of a due time: when this answers [`Begun::Run`], one transaction has dealt with the due time and
    /// journaled the run.
    fn begin(&self, due: Due) -> BoxFuture<'_, Result<Begun, JournalError>>;
}

/// The result of beginning a run.
pub enum Begun {
    /// It began; the rest of it is still to be worked on.
    Run(BoxFuture<'static, ()>),
    /// The due time was dealt with before.
    Recorded,
    /// It cannot begin, for this reason.
    Refused(String),
    /// The program is stopping; the next start makes up for it.
    Stopping,
}
