//! Drives a planned run to its end: intents a window ahead, requests in flight, outcomes in batches, looks where an answer
//! was lost. All of it in one place and on one thread; only the waiting is concurrent.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt, OptionFuture};
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fill::{Filled, Halt, Ready, fill};
use super::flow::Flow;
use super::job::{Answer, AnswerKind, Look, Policy, Session};
use super::leases::{Lease, Leases};
use super::progress::{Phase, Progress};
use super::settle::{Absence, Settling};
use super::window::Window;
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, RunKey, SettlingItem, Step, Stop};
use crate::model::{Event, ItemNo, State};

/// Outcomes wait this long for others to be committed with them.
const BATCH_TIME: Duration = Duration::from_millis(5);
/// Outcomes that are committed together at most.
const BATCH: usize = 256;
/// While so many items are being settled, no new ones are sent.
const SETTLING_MOST: usize = 1000;
/// However long the server asks to wait, it is asked again after this.
const LONGEST_PUT_OFF: Duration = Duration::from_hours(1);
/// Items that one look is for.
const LOOK_MOST: usize = 200;

/// What the drive of one run works with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) run: RunKey,
    pub(super) session: &'a dyn Session,
    pub(super) journal: &'a Journal,
    pub(super) clock: &'a dyn Clock,
    pub(super) policy: &'a Policy,
    pub(super) leases: &'a Leases,
    /// Fires when nothing new may be sent, so that a request that waits for its turn is taken back.
    pub(super) sending: &'a CancellationToken,
}

/// From outside: why a run should end early.
pub type StopWish = watch::Receiver<Option<(Stop, String)>>;

/// How a drive ended.
#[derive(Debug)]
pub(super) enum Driven {
    /// Every item is over.
    Over,
    /// The program is stopping; the run goes on with the next start.
    Suspended,
}

/// Whether trouble with the journal is waited out.
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
    settling: Settling,
    held: HashMap<ItemNo, Vec<Lease>>,
    cursor: ItemNo,
    scan: Scan,
    ready: VecDeque<Ready>,
    in_flight: FuturesUnordered<BoxFuture<'a, (Ready, Answer)>>,
    filling: Option<BoxFuture<'a, Result<Filled, Halt>>>,
    steps: Vec<(Step, Vec<Lease>)>,
    oldest_step: Option<Instant>,
    flushing: Option<BoxFuture<'a, (Batch, Result<(), JournalError>)>>,
    looking: Option<BoxFuture<'a, Result<Looked, JournalError>>>,
    last_look: bool,
    under_way: HashSet<ItemNo>,
    uncertain: bool,
    failed: Option<JournalError>,
    progress: &'a watch::Sender<Progress>,
}

/// Whether pending items are left to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scan {
    /// There may be some after the cursor, or before it.
    Open,
    /// None can be taken before that instant; some may have to wait for others of this run.
    Later(Instant),
    /// There are none.
    Exhausted,
}

struct Batch {
    steps: Arc<[Step]>,
    leases: Vec<Vec<Lease>>,
}

struct Looked {
    at: Instant,
    found: Vec<(SettlingItem, Look)>,
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
    drive.watch_found_at_start().await?;
    if let Some((stop, why)) = stopped {
        drive.flow.end(stop, why);
    }
    let deadline = Instant::now() + context.policy.timeout;
    let mut draining = false;
    loop {
        if Instant::now() >= deadline && !drive.last_look {
            drive.out_of_time();
        }
        drive.advance(draining).await?;
        if drive.is_idle() {
            if drive.failed.is_some() && on_trouble == OnTrouble::GiveUp {
                return Err(drive.failed.take().unwrap_or(JournalError::Closed));
            }
            if draining {
                return Ok(Driven::Suspended);
            }
            if drive.is_over() {
                return Ok(Driven::Over);
            }
        }
        let wake = drive.next_wake(deadline);
        tokio::select! {
            Some((ready, answer)) = drive.in_flight.next(), if !drive.in_flight.is_empty() => drive.answered(ready, answer)?,
            Some(filled) = OptionFuture::from(drive.filling.as_mut()), if drive.filling.is_some() => drive.filled(filled),
            Some((batch, result)) = OptionFuture::from(drive.flushing.as_mut()), if drive.flushing.is_some() => {
                drive.flushed(batch, result);
            }
            Some(looked) = OptionFuture::from(drive.looking.as_mut()), if drive.looking.is_some() => drive.looked(looked)?,
            () = drain.cancelled(), if !draining => draining = true,
            Ok(()) = wish.changed() => {
                if let Some((stop, why)) = wish.borrow_and_update().clone() {
                    drive.flow.end(stop, why);
                }
            }
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
            settling: Settling::default(),
            held: HashMap::new(),
            cursor: ItemNo(0),
            scan: Scan::Open,
            ready: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            filling: None,
            steps: Vec::new(),
            oldest_step: None,
            flushing: None,
            looking: None,
            last_look: false,
            under_way: HashSet::new(),
            uncertain: false,
            failed: None,
            progress,
        }
    }

    /// Items that are being settled already: their watch begins anew, for the server may still be at work on them.
    async fn watch_found_at_start(&mut self) -> Result<(), JournalError> {
        let mut after = ItemNo(0);
        loop {
            let run = self.context.run;
            let page = self.context.journal.read(move |reader| reader.settling(run, after, 500)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.item.item;
            for settling in page {
                let lease = self.context.session.lease(&settling.item).and_then(|key| self.context.leases.hold(&key));
                self.held.insert(settling.item.item, lease.into_iter().collect());
                self.settling.watch(settling.item.item, Instant::now(), self.context.policy.request_timeout);
            }
        }
    }

    /// Begins whatever can begin now.
    async fn advance(&mut self, draining: bool) -> Result<(), JournalError> {
        let paused = self.flow.paused().map(|(until, why)| (until, why.to_owned()));
        self.tell(paused.as_ref());
        if paused.is_none() && self.steps.is_empty() && self.flushing.is_none() {
            self.failed = None;
        }
        if self.uncertain && self.failed.is_none() && self.flushing.is_none() && self.filling.is_none() {
            self.take_back_unsent().await?;
        }
        if draining || self.flow.ending().is_some() {
            self.context.sending.cancel();
            self.withdraw(if draining { Event::Unsent } else { Event::Withdrawn });
        }
        let settled_to_end = self.filling.is_none() && self.flushing.is_none() && self.steps.is_empty();
        if let Some((stop, why)) = self.flow.ending().cloned()
            && settled_to_end
            && self.scan != Scan::Exhausted
            && !draining
            && paused.is_none()
        {
            match self.leave_undone(stop, &why).await {
                Ok(()) => self.scan = Scan::Exhausted,
                Err(error) => self.trouble(error),
            }
        }
        let may_send = paused.is_none() && !draining && self.flow.ending().is_none() && self.failed.is_none();
        if may_send {
            self.begin_sending();
            self.begin_filling();
        }
        self.begin_flushing(paused.is_some());
        if !draining && paused.is_none() {
            self.begin_looking();
        }
        Ok(())
    }

    fn begin_sending(&mut self) {
        let most = if self.flow.is_probing() { 1 } else { self.context.policy.in_flight };
        while self.in_flight.len() < most
            && let Some(ready) = self.ready.pop_front()
        {
            let session = self.context.session;
            let sending = async move {
                let answer = session.attempt(&ready.item, &ready.request).await;
                (ready, answer)
            };
            self.in_flight.push(sending.boxed());
        }
    }

    fn begin_filling(&mut self) {
        let room = self.window.size().saturating_sub(self.ready.len());
        let settling = self.settling.len() + room;
        let scan = match self.scan {
            Scan::Open => true,
            Scan::Later(at) => at <= Instant::now(),
            Scan::Exhausted => false,
        };
        if scan && self.filling.is_none() && room >= self.window.size().div_ceil(2) && settling <= SETTLING_MOST {
            if self.scan != Scan::Open {
                self.cursor = ItemNo(0);
            }
            self.filling = Some(fill(self.context, self.cursor, room).boxed());
        }
    }

    fn begin_flushing(&mut self, paused: bool) {
        let waited = self.oldest_step.is_some_and(|oldest| oldest.elapsed() >= BATCH_TIME);
        let quiet = self.in_flight.is_empty() && self.filling.is_none();
        let due = waited || quiet || self.steps.len() >= BATCH;
        if self.steps.is_empty() || self.flushing.is_some() || !due || (paused && self.failed.is_some()) {
            return;
        }
        self.oldest_step = None;
        let (steps, leases): (Vec<_>, Vec<_>) = self.steps.drain(..).unzip();
        self.flush(Batch { steps: steps.into(), leases });
    }

    fn flush(&mut self, batch: Batch) {
        let Context { run, journal, policy, .. } = self.context;
        self.flushing = Some(
            async move {
                let result = journal.record(run, Arc::clone(&batch.steps), policy.limits).await;
                (batch, result)
            }
            .boxed(),
        );
    }

    fn begin_looking(&mut self) {
        if self.looking.is_some() {
            return;
        }
        let due = if self.last_look { self.settling.all() } else { self.settling.due(Instant::now(), LOOK_MOST) };
        if due.is_empty() {
            return;
        }
        let Context { run, journal, session, .. } = self.context;
        self.looking = Some(
            async move {
                let items = journal.read(move |reader| reader.settling_of(run, &due)).await?;
                let at = Instant::now();
                let looks = session.look(&items).await;
                Ok(Looked { at, found: items.into_iter().zip(looks).collect() })
            }
            .boxed(),
        );
    }

    fn answered(&mut self, ready: Ready, answer: Answer) -> Result<(), JournalError> {
        let policy = self.context.policy;
        let words = answer.error.clone().unwrap_or_default();
        let mut not_before = None;
        let event = match answer.kind {
            AnswerKind::Done(status) => Event::Confirmed(status),
            AnswerKind::Refused => Event::Refused,
            AnswerKind::Fatal => {
                self.flow.end(Stop::Aborted, words.clone());
                Event::Refused
            }
            AnswerKind::PutOff(after) => {
                let after = after.unwrap_or(Duration::from_secs(1)).min(LONGEST_PUT_OFF);
                not_before = Some(self.context.clock.now().plus(after));
                self.flow.wait_for(after, &words);
                Event::PutOff
            }
            AnswerKind::Unreachable => {
                self.flow.wait(&words);
                Event::Unsent
            }
            AnswerKind::Withdrawn if self.flow.ending().is_some() => Event::Withdrawn,
            AnswerKind::Withdrawn => Event::Unsent,
            AnswerKind::Unanswered => {
                if self.flow.unanswered(policy.abort_after) {
                    let n = policy.abort_after;
                    self.flow.end(
                        Stop::Aborted,
                        format!("{n} requests in a row were not answered as they should be. The last: {words}"),
                    );
                }
                Event::Unanswered
            }
        };
        if matches!(answer.kind, AnswerKind::Done(_) | AnswerKind::Refused | AnswerKind::PutOff(_)) {
            self.flow.answered();
            self.window.answered();
        }
        let mut step = Step::new(ready.item.item, ready.item.life, event);
        step.code = answer.code;
        step.error = answer.error;
        step.not_before = not_before;
        step.attempt = answer.attempt;
        step.result = answer.result;
        step.sealed = self.context.journal.seal().seal(&answer.pins)?;
        step.remember = answer.remember;
        self.take(step, ready.leases);
        Ok(())
    }

    fn looked(&mut self, looked: Result<Looked, JournalError>) -> Result<(), JournalError> {
        self.looking = None;
        let timeout = self.context.policy.request_timeout;
        let Looked { at, found } = match looked {
            Ok(looked) => looked,
            Err(error) => {
                self.trouble(error);
                return Ok(());
            }
        };
        let last = std::mem::take(&mut self.last_look);
        for (settling, look) in found {
            let item = settling.item.item;
            let mut step = Step::new(item, settling.item.life, Event::Untold);
            match look {
                Look::Found { status, result, pins, remember } => {
                    step.event = Event::Found(status);
                    step.result = result;
                    step.sealed = self.context.journal.seal().seal(&pins)?;
                    step.remember = remember;
                }
                Look::Absent => {
                    let needed = self.context.session.absences(&settling.item);
                    match self.settling.absent(item, at, timeout, needed) {
                        Absence::NotYet if last => step.error = Some(NOT_KNOWN_IN_TIME.to_owned()),
                        Absence::NotYet => continue,
                        Absence::Proven => match self.flow.ending() {
                            Some((_, why)) => {
                                step.event = Event::AbsentAtEnd;
                                step.error = Some(why.clone());
                            }
                            None => {
                                step.event = Event::Absent;
                                step.error = Some("sent, and not carried out by the server".to_owned());
                            }
                        },
                    }
                }
                Look::Unclear(words) => step.error = Some(words),
                Look::Untold(words) if last => step.error = Some(words),
                Look::Untold(_) => {
                    self.settling.untold(item, at, timeout);
                    continue;
                }
            }
            self.settling.settled(item);
            let leases = self.held.remove(&item).unwrap_or_default();
            self.take(step, leases);
        }
        Ok(())
    }

    /// Queues a step, and keeps what it means for the item's next ones.
    fn take(&mut self, step: Step, leases: Vec<Lease>) {
        let after = match step.life.step(step.event, self.context.policy.limits) {
            Ok(after) => after.state,
            Err(refusal) => {
                tracing::error!(item = step.item.0, %refusal, "a step was not taken");
                return;
            }
        };
        let leases = match after {
            State::Settling { .. } => {
                self.held.insert(step.item, leases);
                self.settling.watch(step.item, Instant::now(), self.context.policy.request_timeout);
                Vec::new()
            }
            State::Pending | State::Sending | State::Done(_) => leases,
        };
        if let State::Done(status) = after {
            self.progress.send_modify(|progress| progress.done(status));
        }
        self.oldest_step.get_or_insert_with(Instant::now);
        self.steps.push((step, leases));
    }

    fn filled(&mut self, filled: Result<Filled, Halt>) {
        self.filling = None;
        match filled {
            Ok(filled) => {
                self.progress.send_modify(|progress| {
                    for status in filled.decided {
                        progress.done(status);
                    }
                });
                self.under_way.extend(filled.ready.iter().map(|ready| ready.item.item));
                self.ready.extend(filled.ready);
                self.cursor = filled.last.unwrap_or(self.cursor);
                if filled.last.is_none() {
                    self.scan = match (filled.passed_over, filled.next) {
                        (false, None) => Scan::Exhausted,
                        (_, next) => {
                            let wait = next.map_or(Duration::ZERO, |next| next.since(self.context.clock.now()));
                            Scan::Later(Instant::now() + wait.max(Duration::from_millis(20)))
                        }
                    };
                } else {
                    self.scan = Scan::Open;
                }
            }
            Err(Halt::Server(trouble)) => {
                self.flow.trouble(trouble.kind, &trouble.words, self.context.policy.abort_after);
            }
            Err(Halt::Journal(error)) => self.trouble(error),
        }
    }

    fn flushed(&mut self, batch: Batch, result: Result<(), JournalError>) {
        self.flushing = None;
        match result {
            Ok(()) => {
                for step in batch.steps.iter() {
                    self.under_way.remove(&step.item);
                    if matches!(step.event, Event::PutOff | Event::Unsent | Event::Absent) && self.scan != Scan::Open {
                        self.scan = Scan::Later(Instant::now());
                    }
                }
                if self.failed.take().is_some() {
                    self.flow.answered();
                }
            }
            Err(error) => {
                // What was answered is kept, and said again when there is room.
                let kept = batch.steps.iter().cloned().zip(batch.leases);
                self.steps.splice(0..0, kept);
                self.oldest_step.get_or_insert_with(Instant::now);
                self.trouble(error);
            }
        }
    }

    fn trouble(&mut self, error: JournalError) {
        if self.failed.is_none() {
            tracing::warn!(%error, "the journal cannot be written; nothing new is sent until it can");
        }
        self.flow.wait(&error.to_string());
        self.failed = Some(error);
        self.uncertain = true;
    }

    /// A commit that failed may have been carried out all the same: items that are `sending` in the journal and not under
    /// way here were never sent.
    async fn take_back_unsent(&mut self) -> Result<(), JournalError> {
        let run = self.context.run;
        let sending = self.context.journal.read(move |reader| reader.sending(run)).await?;
        for (item, life) in sending {
            if !self.under_way.contains(&item) {
                self.take(Step::new(item, life, Event::Unsent), Vec::new());
            }
        }
        self.uncertain = false;
        Ok(())
    }

    fn withdraw(&mut self, event: Event) {
        while let Some(ready) = self.ready.pop_front() {
            let mut step = Step::new(ready.item.item, ready.item.life, event);
            if event == Event::Withdrawn {
                step.error = self.flow.ending().map(|(_, why)| why.clone());
            }
            self.take(step, ready.leases);
        }
    }

    fn out_of_time(&mut self) {
        let hours = self.context.policy.timeout.as_secs_f64() / 3600.0;
        self.flow.end(Stop::TimedOut, format!("the run took longer than its timeout ({hours:.1} hours)"));
        self.last_look = self.settling.len() > 0;
    }

    async fn leave_undone(&mut self, stop: Stop, why: &str) -> Result<(), JournalError> {
        let run = self.context.run;
        self.context.journal.stop(run, stop, why.to_owned()).await?;
        self.context.journal.leave_undone(run, why).await?;
        let counts = self.context.journal.read(move |reader| reader.counts(run)).await?;
        self.progress.send_modify(|progress| progress.counts = counts);
        Ok(())
    }

    fn tell(&self, paused: Option<&(Instant, String)>) {
        let phase = match paused {
            Some((until, why)) => Phase::Waiting {
                why: why.clone(),
                until: self.context.clock.now().plus(until.saturating_duration_since(Instant::now())),
            },
            None if self.flow.ending().is_some() => Phase::Stopping,
            None => Phase::Sending,
        };
        let settling = self.settling.len() as u64;
        self.progress.send_if_modified(|progress| {
            let same_kind = std::mem::discriminant(&progress.phase) == std::mem::discriminant(&phase);
            let changed = !same_kind || progress.settling != settling;
            progress.settling = settling;
            if !same_kind {
                progress.phase = phase;
            }
            changed
        });
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
            && self.filling.is_none()
            && self.flushing.is_none()
            && self.looking.is_none()
            && (self.steps.is_empty() || self.failed.is_some())
            && (self.ready.is_empty() || self.failed.is_some())
    }

    fn is_over(&self) -> bool {
        self.failed.is_none() && self.scan == Scan::Exhausted && self.settling.len() == 0 && self.ready.is_empty()
    }

    fn next_wake(&mut self, deadline: Instant) -> Instant {
        let now = Instant::now();
        let mut wake = now + Duration::from_mins(1);
        if let Some((until, _)) = self.flow.paused() {
            wake = wake.min(until);
        } else {
            if let Some(due) = self.settling.next_due()
                && self.looking.is_none()
            {
                wake = wake.min(due.max(now + Duration::from_millis(1)));
            }
            if let Scan::Later(at) = self.scan
                && self.filling.is_none()
            {
                wake = wake.min(at.max(now + Duration::from_millis(1)));
            }
        }
        if let Some(oldest) = self.oldest_step
            && self.flushing.is_none()
            && self.failed.is_none()
        {
            wake = wake.min(oldest + BATCH_TIME);
        }
        if self.flow.ending().is_none() || !self.last_look {
            wake.min(deadline.max(now + Duration::from_millis(5)))
        } else {
            wake
        }
    }
}

const NOT_KNOWN_IN_TIME: &str = "sent, and what became of it could not be found out before the run's time was up";
