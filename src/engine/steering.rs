//! Steers a run from outside: ends it early, suspends it, watches it.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use crate::model::Stop;

/// From outside: why a run should end early.
pub type StopRequest = watch::Receiver<Option<(Stop, String)>>;

/// The answer to trouble with the journal: wait it out, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTrouble {
    /// A daemon waits until there is room again.
    Wait,
    /// A person at a terminal is told.
    GiveUp,
}

/// The means to steer a run from outside.
#[derive(Clone)]
pub struct Steering {
    /// A request to end it early.
    pub stop_request: StopRequest,
    /// Fires when the program stops.
    pub drain: CancellationToken,
    /// The answer to a full disk.
    pub on_trouble: OnTrouble,
    /// The run's progress.
    pub progress: watch::Sender<Progress>,
}
