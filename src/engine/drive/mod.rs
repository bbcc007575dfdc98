//! Drives a planned run to its end: intents a window ahead, requests in flight, outcomes in batches, looks where an answer
//! was lost. All of it on one thread; only the waiting is concurrent. What can begin is begun in `begin`, what has ended is
//! taken in here and in `answer`.

mod answer;
mod begin;
mod resume;
mod write;

use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decision::{Answer, Look};
use super::flow::Flow;
use super::job::Policy;
use super::leases::Leases;
use super::outcomes::Outcomes;
use super::page::{Ahead, Decided, Halt, Page, Ready};
use super::progress::{Phase, Progress};
use super::run::Render;
use super::scan::Scan;
use super::session::Session;
use super::settle::Settling;
use super::waits::Waits;
use super::window::Window;
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, RunKey, SettlingItem, Stop};
use crate::model::{Counts, Event, ItemNo, Life};
use write::Written;

/// The surroundings that the drive of one run works with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) run: RunKey,
    pub(super) session: &'a dyn Session,
    pub(super) journal: &'a Journal,
    pub(super) clock: &'a dyn Clock,
    pub(super) render: &'a dyn Render,
    pub(super) policy: &'a Policy,
    pub(super) leases: &'a Leases,
    /// Fires when nothing new may be sent, so that a request that waits for its turn is taken back.
    pub(super) sending: &'a CancellationToken,
    /// The time at which the run must end.
    pub(super) deadline: Instant,
}

/// From outside: why a run should end early.
pub type StopWish = watch::Receiver<Option<(Stop, String)>>;

/// The end of a drive.
#[derive(Debug)]
pub(super) enum Driven {
    /// Every item is over.
    Over,
    /// The program is stopping; the run goes on with the next start.
    Suspended,
}

/// The answer to trouble with the journal: wait it out, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTrouble {
    /// A daemon waits until there is room again.
    Wait,
    /// A person at a terminal is told.
    GiveUp,
}

struct Drive<'a> {
    context: Context<'a>,
    flow: Flow,
    window: Window,
    scan: Scan,
    settling: Settling,
    outcomes: Outcomes,
    ready: VecDeque<Ready>,
    in_flight: FuturesUnordered<BoxFuture<'a, (Ready, Answer)>>,
    deciding: Option<BoxFuture<'a, Result<Page, Halt>>>,
    /// Waits for the commit that is under way.
    decided: Decided,
    /// The commit under way, with decisions and outcomes together.
    writing: Option<BoxFuture<'a, Written>>,
    /// The share of the decisions that is in `writing`.
    being_written: Ahead,
    looking: Option<BoxFuture<'a, Looked>>,
    chore: Option<BoxFuture<'a, Result<Chore, JournalError>>>,
    stuck: Option<Stuck>,
    disk: Waits,
    /// A commit that failed may have been carried out all the same, so that there may be intents unknown to this
    /// drive.
    uncertain: bool,
    /// The journal knows that the run ends early.
    stop_is_durable: bool,
    draining: bool,
    told: Option<Instant>,
    /// The time at which this round began. Due times are judged by it, and so is the next awakening: an operation
    /// that falls due between two readings of the clock would otherwise be neither begun nor waited for.
    now: Instant,
    progress: &'a watch::Sender<Progress>,
}

/// The journal could not be written.
struct Stuck {
    error: JournalError,
    until: Instant,
}

/// The result of a look.
struct Looked {
    /// The time at which it began.
    at: Instant,
    /// It was the last: the run's time was up when it began.
    last: bool,
    /// It was not due, and is to tell only whether the server can be used.
    is_probe: bool,
    asked: Vec<ItemNo>,
    found: Result<Vec<(SettlingItem, Look)>, JournalError>,
}

/// Work in the journal beside which nothing else is written.
enum Chore {
    /// These pending items were left undone.
    LeftUndone(Counts),
    /// These items are `sending` in the journal, and the run's finished items add up to this.
    Sending(Vec<(ItemNo, Life)>, Counts),
}

/// Drives the run until every item is over, or until `drain` fires and what is in flight has been answered.
pub(super) async fn drive<'a>(
    context: Context<'a>,
    stopped: Option<(Stop, String)>,
    mut wish: StopWish,
    drain: CancellationToken,
    on_trouble: OnTrouble,
    progress: &'a watch::Sender<Progress>,
) -> Result<Driven, JournalError> {
    let mut drive = Drive::new(context, progress);
    drive.resume().await?;
    if let Some((stop, why)) = stopped {
        drive.flow.end(stop, why);
    }
    loop {
        // The connections get their turn, so that a request leaves before the next answers are taken in. Here and not below:
        // between the question whether to go on and what is begun then, nothing may happen.
        tokio::task::yield_now().await;
        drive.now = Instant::now();
        // Asked before anything is begun, for answers that came meanwhile must not lead to new requests.
        if !drive.draining && drain.is_cancelled() {
            drive.drain();
        }
        if drive.flow.ending().is_none()
            && let Some((stop, why)) = wish.borrow_and_update().clone()
        {
            drive.flow.end(stop, why);
        }
        drive.advance();
        if drive.is_idle() {
            if let Some(stuck) = drive.stuck.take_if(|stuck| on_trouble == OnTrouble::GiveUp || !stuck.error.may_pass())
            {
                return Err(stuck.error);
            }
            if drive.draining {
                return Ok(Driven::Suspended);
            }
            if drive.is_over() {
                return Ok(Driven::Over);
            }
        }
        let wake = drive.next_wake();
        tokio::select! {
            Some(answered) = drive.in_flight.next(), if !drive.in_flight.is_empty() => drive.answered_all(answered)?,
            Some(page) = OptionFuture::from(drive.deciding.as_mut()) => drive.decided(page),
            Some(written) = OptionFuture::from(drive.writing.as_mut()) => drive.written(written),
            Some(looked) = OptionFuture::from(drive.looking.as_mut()) => drive.looked(looked)?,
            Some(chore) = OptionFuture::from(drive.chore.as_mut()) => drive.chore_done(chore),
            () = drain.cancelled(), if !drive.draining => {}
            Ok(()) = wish.changed() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

impl<'a> Drive<'a> {
    fn new(context: Context<'a>, progress: &'a watch::Sender<Progress>) -> Self {
        Self {
            context,
            flow: Flow::default(),
            window: Window::new(context.policy.in_flight),
            scan: Scan::new(),
            settling: Settling::new(context.policy.request_timeout),
            outcomes: Outcomes::default(),
            ready: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            deciding: None,
            decided: Decided::default(),
            writing: None,
            being_written: Ahead::default(),
            looking: None,
            chore: None,
            stuck: None,
            disk: Waits::default(),
            uncertain: false,
            stop_is_durable: false,
            draining: false,
            told: None,
            now: Instant::now(),
            progress,
        }
    }

    /// Drains the drive while the program stops: nothing new is begun, and the known outcomes are written down at
    /// once where that had to wait.
    fn drain(&mut self) {
        self.draining = true;
        if let Some(stuck) = &mut self.stuck {
            stuck.until = self.now;
        }
    }

    fn chore_done(&mut self, chore: Result<Chore, JournalError>) {
        self.chore = None;
        match chore {
            Ok(Chore::LeftUndone(left)) => {
                self.scan.close();
                self.stop_is_durable = true;
                self.disk.reset();
                self.progress.send_modify(|progress| progress.left_undone(&left));
            }
            Ok(Chore::Sending(sending, counts)) => {
                self.uncertain = false;
                self.progress.send_modify(|progress| progress.counts = counts);
                for (item, life) in sending {
                    if !self.outcomes.is_under_way(item) {
                        // Its intent was committed and not reported to any sender, so nothing was sent.
                        self.outcomes.intended(item);
                        self.queue(crate::journal::Step::new(item, life, Event::Unsent), Vec::new());
                    }
                }
            }
            Err(error) => self.stuck(error),
        }
    }

    /// Tells whether the run's time is up.
    fn is_late(&self) -> bool {
        self.now >= self.context.deadline
    }

    /// Tells whether nothing is under way, and nothing can be done but wait.
    fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
            && self.deciding.is_none()
            && self.writing.is_none()
            && self.looking.is_none()
            && self.chore.is_none()
            && (self.stuck.is_some() || (self.outcomes.is_empty() && self.decided.is_empty() && self.ready.is_empty()))
    }

    /// Tells of an idle drive whether every item is over.
    fn is_over(&self) -> bool {
        self.stuck.is_none()
            && !self.uncertain
            && self.scan.is_over()
            && self.settling.len() == 0
            && (self.stop_is_durable || self.flow.ending().is_none())
    }

    /// Returns the time at which something can be begun, where only time has to pass. An operation that waits for
    /// another is begun when that has ended.
    fn next_wake(&self) -> Instant {
        [
            Some(self.context.deadline),
            self.flow.paused(self.now).map(|(until, _)| until),
            self.stuck.as_ref().map(|stuck| stuck.until),
            self.outcomes.due(),
            self.settling.next_due(),
            self.scan.due(),
        ]
        .into_iter()
        .flatten()
        .filter(|at| *at > self.now)
        .min()
        .unwrap_or(self.now + LONGEST_SLEEP)
    }

    /// Publishes the run's progress to its watchers.
    fn tell(&mut self) {
        let waits = match &self.stuck {
            Some(stuck) => Some((stuck.until, stuck.error.to_string())),
            None => self.flow.paused(self.now).map(|(until, why)| (until, why.to_owned())),
        };
        let settling = self.settling.len() as u64;
        let until = waits.as_ref().map(|(until, _)| *until);
        let is_news = until != self.told || until.is_none();
        self.told = until;
        let phase = match waits {
            Some((until, why)) => {
                let left = until.saturating_duration_since(self.now);
                if is_news {
                    tracing::warn!(%why, seconds = left.as_secs(), "a run waits");
                }
                Phase::Waiting { why, until: self.context.clock.now().plus(left) }
            }
            None if self.flow.ending().is_some() => Phase::Stopping,
            None => Phase::Sending,
        };
        self.progress.send_if_modified(|progress| {
            let changed = progress.settling != settling || (is_news && progress.phase != phase);
            progress.settling = settling;
            if is_news {
                progress.phase = phase;
            }
            changed
        });
    }
}

/// The longest sleep while nothing has a time.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
