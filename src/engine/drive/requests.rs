//! Queues the requests whose intents are durable, sends them, and holds those that are in flight. Sizes the window of
//! intents that are committed ahead of sending: enough that the disk does not hold up the network, few enough that a crash
//! leaves few items to settle.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::{self, BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::engine::decision::RequestOutcome;
use crate::engine::leases::Lease;
use crate::engine::session::Session;
use crate::model::{JobPayload, OpenItem};

/// Items that are decided together.
const DECIDED_TOGETHER: usize = 256;
/// The most items whose intents are committed together.
const INTENTS_TOGETHER: usize = 512;
/// The window holds what will be sent in this time.
const AHEAD: Duration = Duration::from_millis(100);

/// An item whose intent is durable.
pub(super) struct Ready {
    /// The item, with its life as it is now.
    pub(super) item: OpenItem,
    /// The request.
    pub(super) request: JobPayload,
    /// The item's leases.
    pub(super) leases: Vec<Lease>,
}

/// The requests of one run that may leave, and those that have left and are not answered.
pub(super) struct RequestQueue<'a> {
    session: &'a dyn Session,
    most: usize,
    ready: VecDeque<Ready>,
    in_flight: FuturesUnordered<BoxFuture<'a, (Ready, RequestOutcome)>>,
    window: Window,
}

impl<'a> RequestQueue<'a> {
    /// Begins empty, to have so many requests in flight at most.
    pub(super) fn new(session: &'a dyn Session, in_flight: usize) -> Self {
        let most = in_flight.max(1);
        Self {
            session,
            most,
            ready: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            window: Window::new(in_flight),
        }
    }

    /// Takes in items that may be sent.
    pub(super) fn add(&mut self, ready: Vec<Ready>) {
        self.ready.extend(ready);
    }

    /// Sends as many as may be in flight; one where it is to find out whether the server is there.
    pub(super) fn begin(&mut self, is_probing: bool) {
        let most = if is_probing { 1 } else { self.most };
        let session = self.session;
        while self.in_flight.len() < most
            && let Some(ready) = self.ready.pop_front()
        {
            let sending = async move {
                let answer = session.requests().attempt(&ready.item, &ready.request).await;
                (ready, answer)
            };
            self.in_flight.push(sending.boxed());
        }
    }

    /// Waits for the next answer.
    pub(super) async fn next(&mut self) -> (Ready, RequestOutcome) {
        match self.in_flight.next().await {
            Some(answered) => self.note(answered),
            None => future::pending().await,
        }
    }

    /// Returns an answer that has come already, where one has.
    pub(super) fn next_now(&mut self) -> Option<(Ready, RequestOutcome)> {
        let answered = self.in_flight.next().now_or_never().flatten()?;
        Some(self.note(answered))
    }

    fn note(&mut self, answered: (Ready, RequestOutcome)) -> (Ready, RequestOutcome) {
        if answered.1.kind.is_answered() {
            self.window.answered();
        }
        answered
    }

    /// Takes back all that was not sent.
    pub(super) fn take_back(&mut self) -> Vec<Ready> {
        self.ready.drain(..).collect()
    }

    /// Returns how many items to decide next, where there is room for them beside so many that are to be sent and not durable
    /// yet. A window is made ready while the one before it is sent, so that a slow disk does not hold up the network.
    pub(super) fn room(&self, ahead: usize, is_probing: bool) -> Option<usize> {
        let (window, most) = if is_probing { (1, 1) } else { (self.window.size(), 2 * self.window.size()) };
        let length = window.min(DECIDED_TOGETHER);
        (self.ready.len() + ahead + length <= most).then_some(length)
    }

    /// Takes in that none of the items that were decided together was to be sent.
    pub(super) fn unused(&mut self) {
        self.window.unused();
    }

    /// Tells whether a request is on its way.
    pub(super) fn is_in_flight(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Tells whether a request may leave.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }
}

/// The window's size, by the pace of the answers.
#[derive(Debug)]
struct Window {
    least: usize,
    size: usize,
    since: Instant,
    answered: u32,
}

impl Window {
    /// Begins with as many items as may be in flight.
    fn new(in_flight: usize) -> Self {
        let least = in_flight.clamp(1, INTENTS_TOGETHER);
        Self { least, size: least, since: Instant::now(), answered: 0 }
    }

    /// Records that an item was answered. A window that is not as large as can be is judged as soon as it was
    /// answered, for a small one waits for a slow disk often; otherwise the pace is judged each [`AHEAD`].
    fn answered(&mut self) {
        self.answered += 1;
        let passed = self.since.elapsed();
        let is_answered = self.size < INTENTS_TOGETHER && self.answered as usize >= self.size;
        if passed >= AHEAD || is_answered {
            let ahead = f64::from(self.answered) * AHEAD.as_secs_f64() / passed.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped right after")]
            let size = ahead.ceil() as usize;
            self.size = size.clamp(self.least, INTENTS_TOGETHER);
            self.since = Instant::now();
            self.answered = 0;
        }
    }

    /// Records that none of the items that were taken was to be sent. The next ones are probably alike, and each taking costs a
    /// commit, and the wait for its last answer: far more are taken at once.
    fn unused(&mut self) {
        self.size = (self.size * 4).min(INTENTS_TOGETHER);
    }

    /// Returns the number of items to have ready.
    fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decision::OutcomeKind;
    use crate::engine::drive::bench::{Scripted, ready};

    #[tokio::test]
    async fn no_more_are_in_flight_than_may_be_and_one_where_the_server_is_probed() {
        let session = Scripted::answering(OutcomeKind::Refused);
        let mut queue = RequestQueue::new(&session, 3);
        queue.add((1..=9).map(ready).collect());
        queue.begin(true);
        assert_eq!(queue.in_flight.len(), 1);
        queue.begin(false);
        assert_eq!((queue.in_flight.len(), queue.ready.len()), (3, 6));
        let (first, answer) = queue.next().await;
        assert_eq!((first.item.item.0, answer.kind), (1, OutcomeKind::Refused));
        assert_eq!(
            (queue.next_now().is_some(), queue.next_now().is_some(), queue.next_now().is_some()),
            (true, true, false)
        );
        let left: Vec<_> = queue.take_back().iter().map(|ready| ready.item.item.0).collect();
        assert_eq!(left, [4, 5, 6, 7, 8, 9]);
        assert!(!queue.has_ready() && !queue.is_in_flight());
    }

    #[test]
    fn two_windows_are_ready_or_on_their_way_to_the_disk_at_most() {
        let session = Scripted::answering(OutcomeKind::Refused);
        let mut queue = RequestQueue::new(&session, 8);
        assert_eq!((queue.room(0, false), queue.room(8, false), queue.room(9, false)), (Some(8), Some(8), None));
        assert_eq!((queue.room(0, true), queue.room(1, true)), (Some(1), None));
        queue.add((1..=8).map(ready).collect());
        assert_eq!((queue.room(0, false), queue.room(1, false), queue.room(0, true)), (Some(8), None, None));
        (0..9).for_each(|_| queue.unused());
        assert_eq!(queue.room(0, false), Some(DECIDED_TOGETHER), "a page has a bound of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_follows_the_pace_and_stays_within_its_bounds() {
        let mut window = Window::new(8);
        assert_eq!(window.size(), 8);
        for _ in 0..1000 {
            tokio::time::advance(Duration::from_micros(100)).await;
            window.answered();
        }
        assert_eq!(window.size(), INTENTS_TOGETHER);
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(500)).await;
            window.answered();
        }
        assert_eq!(window.size(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_window_grows_as_soon_as_it_was_answered_where_the_answers_come_fast() {
        for (each, size) in [(100, INTENTS_TOGETHER), (1000, 100), (50_000, 8)] {
            let mut window = Window::new(8);
            for _ in 0..8 {
                tokio::time::advance(Duration::from_micros(each)).await;
                window.answered();
            }
            assert_eq!(window.size(), size, "{each} us");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn items_that_need_no_sending_are_taken_by_the_hundred_until_some_do() {
        let mut window = Window::new(8);
        for _ in 0..9 {
            window.unused();
        }
        assert_eq!(window.size(), INTENTS_TOGETHER);
        tokio::time::advance(Duration::from_millis(500)).await;
        window.answered();
        assert_eq!(window.size(), 8);
    }
}
