//! Tells whether a letter is in the server's hands, and ends the sending at a place where no letter would come twice.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// Shared by the task that sends and the task that may want the sending to end.
#[derive(Debug, Default)]
pub struct Handover {
    enough: CancellationToken,
    is_given: AtomicBool,
}

impl Handover {
    /// Ends the sending: the letter that is being taken is waited for, and nothing else is begun.
    pub fn end(&self) {
        self.enough.cancel();
    }

    /// Tells whether the sending is to end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.enough.is_cancelled()
    }

    /// Tells whether the server has a letter that it has not confirmed yet: a sender that stops now sends it again later.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.is_given.load(Ordering::Relaxed)
    }

    pub(super) async fn ended(&self) {
        self.enough.cancelled().await;
    }

    /// Marks a letter as given until what this returns is dropped.
    pub(super) fn give(&self) -> Given<'_> {
        self.is_given.store(true, Ordering::Relaxed);
        Given(self)
    }
}

/// A letter is in the server's hands.
pub(super) struct Given<'a>(&'a Handover);

impl Drop for Given<'_> {
    fn drop(&mut self) {
        self.0.is_given.store(false, Ordering::Relaxed);
    }
}
