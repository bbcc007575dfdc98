//! Delivers a command's events to its client. A run that has begun goes on without a listener. A process that does not hold the
//! lock answers its own questions beside the one that does: by the same events, without a socket.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::message::Event;
use super::query::{self, Preview, Query, QueryReply, Sources};
use super::refusal::Refusal;
use super::told::Done;

/// Events that wait for a listener.
const WAITING: usize = 16;
/// The time for which a listener may let events wait before it is given up.
const LISTENER_TIMEOUT: Duration = Duration::from_secs(120);
/// The same while the program stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The end at which events are told.
#[derive(Debug, Clone)]
pub(super) struct Events {
    to: mpsc::Sender<Event>,
    /// Fires when the listener was given up; none where it is in this process, and is never given up.
    lost: Option<CancellationToken>,
    /// Fires when the program stops.
    stop: CancellationToken,
}

impl Events {
    /// Returns both ends. `lost` fires when the holder of the other end has not taken an event for too long; that
    /// is sooner once `stop` has fired.
    pub(super) fn new(lost: CancellationToken, stop: CancellationToken) -> (Self, mpsc::Receiver<Event>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to, lost: Some(lost), stop }, from)
    }

    /// Returns the end at which replies to a question are told.
    pub(super) fn replies(&self) -> impl Fn(QueryReply) -> BoxFuture<'static, bool> + Send + Sync + use<> {
        let events = self.clone();
        move |reply| {
            let events = events.clone();
            async move { events.tell(Event::Reply(reply)).await }.boxed()
        }
    }

    /// Tells that a decision was carried out.
    pub(super) async fn done(&self, done: Done) {
        self.tell(Event::Done(done)).await;
    }

    /// Tells one; answers whether a client still listens.
    pub(super) async fn tell(&self, event: Event) -> bool {
        let Some(lost) = &self.lost else { return self.to.send(event).await.is_ok() };
        let patience = async {
            tokio::select! {
                () = tokio::time::sleep(LISTENER_TIMEOUT) => {}
                () = self.stop.cancelled() => tokio::time::sleep(LAST_WORDS).await,
            }
        };
        tokio::select! {
            told = self.to.send(event) => told.is_ok(),
            () = patience => {
                lost.cancel();
                false
            }
        }
    }
}

/// Answers in this process: what `answer` tells is heard at the end that is returned, until that is dropped.
pub(super) fn spawn<F>(answer: impl FnOnce(Events) -> F) -> mpsc::Receiver<Event>
where
    F: Future<Output = Result<(), Refusal>> + Send + 'static,
{
    let (to, told) = mpsc::channel(WAITING);
    let events = Events { to, lost: None, stop: CancellationToken::new() };
    let answering = answer(events.clone());
    tokio::spawn(async move {
        let last = answering.await.map_or_else(Event::Failed, |()| Event::Over);
        events.tell(last).await;
    });
    told
}

/// Begins to answer a question about the journal in this process.
#[must_use]
pub fn ask(sources: Sources, query: Query) -> mpsc::Receiver<Event> {
    spawn(move |events| async move { query::answer(&sources, query, &events.replies()).await })
}

/// Begins to tell what the job would do now, or with this file, by the name that people know.
#[must_use]
pub fn ask_preview(preview: Arc<Preview>, again: bool, file: Option<(String, Arc<File>)>) -> mpsc::Receiver<Event> {
    spawn(move |events| async move {
        match file {
            Some((name, file)) => preview.of_file(&name, file, &events.replies()).await,
            None => preview.of_job(again, &events.replies()).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_listener_that_takes_nothing_is_given_up_and_holds_nobody_up_for_ever() {
        for stopping in [false, true] {
            let (lost, stop) = (CancellationToken::new(), CancellationToken::new());
            let (events, _kept) = Events::new(lost.clone(), stop.clone());
            for _ in 0..WAITING {
                assert!(events.tell(Event::Over).await);
            }
            if stopping {
                stop.cancel();
            }
            let began = tokio::time::Instant::now();
            assert!(!events.tell(Event::Over).await);
            assert!(lost.is_cancelled());
            assert_eq!(began.elapsed() < LISTENER_TIMEOUT, stopping);
        }
    }
}
