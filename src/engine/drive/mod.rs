//! Drives a planned run to its end: intents a window ahead, requests in flight, outcomes in batches, looks where an answer
//! was lost. All of it on one thread; only the waiting is concurrent.
//!
//! Each part keeps its own state and says when something of it has ended or is due: [`Pending`] decides the next items,
//! [`Commits`] writes decisions and outcomes down, [`RequestQueue`] sends what is durable, [`Settlement`] looks for what was
//! not answered, and [`RunFlow`] says whether the run may go on. A turn of the loop begins every operation that is allowed now,
//! waits until one of them ends or falls due, and passes its news on to the other parts.

#[cfg(test)]
mod bench;
mod commits;
mod context;
mod flow;
mod outcomes;
mod page;
mod pending;
mod requests;
mod settlement;
mod settling;
mod steps;

use std::time::Duration;

use tokio::time::Instant;

use super::decision::RequestOutcome;
use super::progress::ProgressFeed;
use super::steering::Steering;
use crate::journal::JournalError;
use crate::model::Stop;
use commits::{Commits, Durable};
pub(super) use context::Context;
use flow::RunFlow;
use page::{Halt, Page};
use pending::Pending;
use requests::{Ready, RequestQueue};
use settlement::{Begun, Looked, Settlement};

/// Answers taken in before anything new is begun: with more, requests and answers would come in waves, and the network wait
/// between them.
const ANSWERS_AT_ONCE: usize = 8;
/// The longest sleep while nothing has a time.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The end of a drive.
#[derive(Debug)]
pub(super) enum Driven {
    /// Every item is over.
    Over,
    /// The program is stopping; the run goes on with the next start.
    Suspended,
}

/// Drives the run until every item is over, or until the program stops and what is in flight has been answered.
pub(super) async fn drive(
    context: Context<'_>,
    stopped: Option<(Stop, String)>,
    steering: &Steering,
) -> Result<Driven, JournalError> {
    let mut drive = Drive::take_up(context, steering).await?;
    if let Some((stop, why)) = stopped {
        drive.flow.end(stop, why);
    }
    let mut stop_request = steering.stop_request.clone();
    loop {
        // The connections get their turn, so that a request leaves before the next answers are taken in. Here and not below:
        // between the question whether to go on and what is begun then, nothing may happen.
        tokio::task::yield_now().await;
        drive.now = Instant::now();
        // Asked before anything is begun, for answers that came meanwhile must not lead to new requests.
        if steering.drain.is_cancelled() {
            drive.drain();
        }
        if let Some((stop, why)) = stop_request.borrow_and_update().clone() {
            drive.flow.end(stop, why);
        }
        drive.begin();
        if let Some(driven) = drive.end(steering)? {
            return Ok(driven);
        }
        let wake = drive.next_wake();
        tokio::select! {
            (ready, answer) = drive.requests.next() => drive.answered(ready, answer)?,
            page = drive.pending.next() => drive.decided(page),
            news = drive.commits.next() => drive.durable(news),
            looked = drive.settlement.next() => drive.looked(looked)?,
            () = steering.drain.cancelled(), if !drive.flow.is_draining() => {}
            Ok(()) = stop_request.changed() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

/// The parts of a drive. They know nothing of each other: what one has to tell another goes through here.
struct Drive<'a> {
    context: Context<'a>,
    flow: RunFlow,
    pending: Pending<'a>,
    commits: Commits<'a>,
    requests: RequestQueue<'a>,
    settlement: Settlement<'a>,
    progress: ProgressFeed<'a>,
    /// The time at which this turn began. Due times are judged by it, and so is the next awakening: an operation that falls
    /// due between two readings of the clock would otherwise be neither begun nor waited for.
    now: Instant,
}

impl<'a> Drive<'a> {
    /// Takes the run up where the journal says it stands.
    async fn take_up(context: Context<'a>, steering: &'a Steering) -> Result<Self, JournalError> {
        Ok(Self {
            context,
            flow: RunFlow::new(context.deadline, context.policy.abort_after),
            pending: Pending::new(context),
            commits: Commits::new(context),
            requests: RequestQueue::new(context.session, context.policy.in_flight),
            settlement: Settlement::take_up(context).await?,
            progress: ProgressFeed::new(&steering.progress, context.clock),
            now: Instant::now(),
        })
    }

    /// Begins every operation that can begin now.
    fn begin(&mut self) {
        self.flow.expire(self.now, self.context.policy);
        self.commits.try_again(self.now);
        self.tell();
        self.take_back();
        self.begin_writing();
        if self.commits.trouble().is_some() || !self.flow.may_look(self.now) {
            return;
        }
        if self.flow.may_send(self.now) && !self.settlement.goes_first() {
            self.requests.begin(self.flow.is_probing());
            self.begin_deciding();
        }
        self.begin_looking();
    }

    /// Takes back what was to be sent, where it is not to be sent any more, or not soon.
    fn take_back(&mut self) {
        if self.flow.is_stopping() {
            self.context.sending.cancel();
        } else if self.commits.trouble().is_none() && !self.flow.is_paused_for_long(self.now) {
            return;
        }
        if self.commits.undecide() {
            self.pending.put_back();
        }
        for Ready { item, leases, .. } in self.requests.take_back() {
            self.commits.add(steps::taken_back(&item, self.flow.ending()), leases);
        }
    }

    fn begin_writing(&mut self) {
        if !self.pending.is_deciding() {
            self.commits.begin_asking();
            if let Some((stop, why)) = self.flow.ending()
                && !(self.pending.is_over() && self.commits.stop_is_durable())
            {
                self.commits.begin_leaving(*stop, why);
            }
        }
        let is_quiet = !self.requests.is_in_flight() && !self.pending.is_deciding();
        self.commits.begin(self.now, is_quiet);
    }

    fn begin_deciding(&mut self) {
        let ahead = self.commits.ahead();
        if let Some(length) = self.requests.room(ahead.to_send, self.flow.is_probing())
            && self.commits.may_decide()
            && !self.settlement.is_full()
        {
            self.pending.begin(self.now, ahead.pages, length);
        }
    }

    fn begin_looking(&mut self) {
        let nothing_comes = !self.requests.is_in_flight() && !self.commits.has_outcomes();
        if self.settlement.begin(self.now, &self.flow) == Begun::NothingToProbe && nothing_comes {
            // Nothing is open that could be looked for: the next request tells.
            self.flow.looked();
        }
    }

    /// Takes in an answer, and those that have come meanwhile.
    fn answered(&mut self, ready: Ready, answer: RequestOutcome) -> Result<(), JournalError> {
        let mut next = Some((ready, answer));
        for left in (0..ANSWERS_AT_ONCE).rev() {
            let Some((Ready { item, leases, .. }, answer)) = next.take() else { break };
            let meaning = self.flow.answered(&answer, item.life);
            self.settlement.answered(item.item, &answer);
            let step = steps::answered(self.context, &item, answer, meaning, self.flow.ending())?;
            self.commits.add(step, leases);
            next = if left > 0 { self.requests.next_now() } else { None };
        }
        Ok(())
    }

    fn decided(&mut self, page: Result<Page, Halt>) {
        let decided = match page {
            Ok(page) => page.decided,
            Err(Halt::Server(trouble)) => return self.flow.trouble(&trouble),
            Err(Halt::Journal(error)) => return self.commits.fail(error),
        };
        if decided.is_empty() {
            return;
        }
        self.flow.looked_up();
        self.progress.expect(self.context.session.expected(None));
        if decided.ahead().to_send == 0 {
            self.requests.unused();
        }
        self.commits.decide(decided);
    }

    fn durable(&mut self, news: Durable) {
        let Durable { ready, unsettled, done, put_back, left_undone, recounted } = news;
        if put_back {
            self.pending.put_back();
        }
        if left_undone.is_some() {
            self.pending.close();
        }
        for (item, kept) in unsettled {
            self.settlement.watch(item, kept);
        }
        self.requests.add(ready);
        self.progress.add(&done, left_undone.as_ref(), recounted);
    }

    fn looked(&mut self, looked: Result<Looked, JournalError>) -> Result<(), JournalError> {
        match looked {
            Ok(looked) => {
                for (step, leases) in self.settlement.looked(looked, &mut self.flow)? {
                    self.commits.add(step, leases);
                }
            }
            Err(error) => self.commits.fail(error),
        }
        Ok(())
    }

    /// Drains the drive while the program stops: nothing new is begun, and the known outcomes are written down at once where
    /// that had to wait.
    fn drain(&mut self) {
        if !self.flow.is_draining() {
            self.flow.drain();
            self.commits.drain(self.now);
        }
    }

    /// Returns the end of the drive, where it has come to one.
    fn end(&mut self, steering: &Steering) -> Result<Option<Driven>, JournalError> {
        if !self.is_idle() {
            return Ok(None);
        }
        if let Some(error) = self.commits.give_up(steering.on_trouble) {
            return Err(error);
        }
        if self.flow.is_draining() {
            return Ok(Some(Driven::Suspended));
        }
        let is_over = self.commits.is_certain()
            && self.pending.is_over()
            && self.settlement.len() == 0
            && (self.commits.stop_is_durable() || self.flow.ending().is_none());
        Ok(is_over.then_some(Driven::Over))
    }

    /// Tells whether nothing is under way, and nothing can be done but wait.
    fn is_idle(&self) -> bool {
        let is_at_work = self.requests.is_in_flight()
            || self.pending.is_deciding()
            || self.commits.is_at_work()
            || self.settlement.is_looking();
        let has_work = self.commits.has_waiting() || self.requests.has_ready();
        !is_at_work && (self.commits.trouble().is_some() || !has_work)
    }

    /// Returns the time at which something can be begun, where only time has to pass. An operation that waits for another is
    /// begun when that has ended.
    fn next_wake(&self) -> Instant {
        let [trouble, outcomes] = self.commits.due();
        let due = [self.flow.due(self.now), trouble, outcomes, self.settlement.due(), self.pending.due()];
        due.into_iter().flatten().filter(|at| *at > self.now).min().unwrap_or(self.now + LONGEST_SLEEP)
    }

    /// Publishes the run's progress to its watchers.
    fn tell(&mut self) {
        let waits = match self.commits.trouble() {
            Some((until, error)) => Some((until, error.to_string())),
            None => self.flow.paused(self.now).map(|(until, why)| (until, why.to_owned())),
        };
        self.progress.tell(self.now, waits, self.settlement.len() as u64, self.flow.ending().is_some());
    }
}
