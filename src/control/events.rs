//! Where a command's events go. Nobody need listen: a run that has begun goes on without whoever asked for it.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::message::Event;

/// Events that wait for a listener.
const WAITING: usize = 16;
/// How long a listener may let events wait before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// The end at which events are told.
#[derive(Debug, Clone)]
pub(super) struct Events {
    to: mpsc::Sender<Event>,
    /// Fires when the listener was given up.
    lost: CancellationToken,
}

impl Events {
    /// Both ends. `lost` fires when whoever holds the other one has not taken an event for too long.
    pub(super) fn new(lost: CancellationToken) -> (Self, mpsc::Receiver<Event>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to, lost }, from)
    }

    /// Tells one; answers whether anybody listens still.
    pub(super) async fn tell(&self, event: Event) -> bool {
        match tokio::time::timeout(PATIENCE, self.to.send(event)).await {
            Ok(told) => told.is_ok(),
            Err(_) => {
                self.lost.cancel();
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_listener_that_takes_nothing_is_given_up_and_holds_nobody_up_for_ever() {
        let lost = CancellationToken::new();
        let (events, _kept) = Events::new(lost.clone());
        for _ in 0..WAITING {
            assert!(events.tell(Event::Over).await);
        }
        assert!(!events.tell(Event::Over).await);
        assert!(lost.is_cancelled());
    }
}
