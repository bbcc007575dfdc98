//! Ctrl-C and SIGTERM while a command waits for a run: the first of them asks it to stop, the second ends the program at once.

use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

use super::Failure;

/// Listens to the signals from the command's beginning to its end.
pub(super) struct Interrupts {
    interrupt: Signals,
    terminate: Signals,
    asked: bool,
}

/// The request of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// For the first time.
    First(StopRequest),
    /// Once more; the exit code that a shell expects.
    Again(i32),
}

/// The request of a first signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopRequest {
    /// Ctrl-C: the rest is left undone.
    Cancel,
    /// SIGTERM: the rest is left to the next start.
    Leave,
}

impl Interrupts {
    pub(super) fn listen() -> Result<Self, Failure> {
        let hear = |kind| signal(kind).map_err(|error| Failure::failed(format!("signals cannot be handled: {error}")));
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())?, asked: false })
    }

    /// Tells whether anything was asked yet.
    pub(super) fn asked(&self) -> bool {
        self.asked
    }

    /// Returns the next signal.
    pub(super) async fn next(&mut self) -> Interrupt {
        let (request, code) = tokio::select! {
            _ = self.interrupt.recv() => (StopRequest::Cancel, 130),
            _ = self.terminate.recv() => (StopRequest::Leave, 143),
        };
        if std::mem::replace(&mut self.asked, true) { Interrupt::Again(code) } else { Interrupt::First(request) }
    }
}
