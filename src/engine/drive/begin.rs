//! Starts every operation that is allowed now: commits, decisions, sends, looks. Called once a turn of the
//! loop.

use std::time::Duration;

use futures_util::future::FutureExt;
use tokio::time::Instant;

use super::super::page;
use super::{Chore, Context, Drive, Looked};
use crate::journal::{Step, Stop};
use crate::model::{Event, Life};

/// While so many items are being settled, no new ones are taken.
const SETTLING_MOST: usize = 1000;
/// While so many outcomes wait for the disk, no new items are taken.
const OUTCOMES_MOST: usize = 1024;
/// Items that are decided together.
const PAGE_MOST: usize = 128;
/// Pages that are decided and not durable: the disk may be slower than the decisions.
const PAGES_AHEAD: usize = 8;
/// Items that one look is for.
const LOOK_MOST: usize = 200;
/// In a longer pause nothing stays decided: what was seen on the server before it may be true no more after it.
const LONG_PAUSE: Duration = Duration::from_secs(10);

/// Says why an item whose attempt of this number was taken back is left undone.
pub(super) fn undone(life: Life, why: &str) -> String {
    match life {
        Life { steps: 1.., .. } => format!("begun, and not finished: {why}"),
        Life { attempts: 2.., .. } => format!("sent before, and not seen to be carried out; not sent again: {why}"),
        Life { .. } => why.to_owned(),
    }
}

impl Drive<'_> {
    /// Begins every operation that can begin now.
    pub(super) fn advance(&mut self) {
        if self.flow.ending().is_none() && self.is_late() {
            let out = super::super::run::out_of_time(self.context.policy);
            let why = self.flow.away().map_or_else(|| out.clone(), |words| format!("{out}; it waited: {words}"));
            self.flow.end(Stop::TimedOut, why);
        }
        if self.stuck.as_ref().is_some_and(|stuck| stuck.until <= self.now)
            && self.outcomes.is_empty()
            && self.writing.is_none()
        {
            // Nothing waits to be written, so the next thing to be written shows whether it can be.
            self.stuck = None;
        }
        self.tell();
        self.withdraw();
        self.begin_chore();
        self.begin_writing();
        if self.stuck.is_some() || self.draining || self.flow.paused(self.now).is_some() {
            return;
        }
        if self.flow.ending().is_none() && !self.flow.is_doubted() && !self.settling.goes_first() {
            self.begin_sending();
            self.begin_deciding();
        }
        self.begin_looking();
    }

    /// Takes back what was to be sent, where it is not to be sent any more, or not soon.
    fn withdraw(&mut self) {
        let ending = self.flow.ending().map(|(_, why)| why.clone());
        if ending.is_some() || self.draining {
            self.context.sending.cancel();
        } else if self.stuck.is_none()
            && self.flow.paused(self.now).is_none_or(|(until, _)| until < self.now + LONG_PAUSE)
        {
            return;
        }
        self.undecide();
        while let Some(ready) = self.ready.pop_front() {
            let event = if ending.is_some() { Event::Withdrawn } else { Event::Unsent };
            let mut step = Step::new(ready.item.item, ready.item.life, event);
            step.error = ending.as_deref().map(|why| undone(ready.item.life, why));
            self.queue(step, ready.leases);
        }
    }

    fn begin_sending(&mut self) {
        let most = if self.flow.is_probing() { 1 } else { self.context.policy.in_flight.max(1) };
        let session = self.context.session;
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

    fn begin_deciding(&mut self) {
        let (window, most) = if self.flow.is_probing() { (1, 1) } else { (self.window.size(), 2 * self.window.size()) };
        let length = window.min(PAGE_MOST);
        let ahead = self.ahead();
        // A window is made ready while the one before it is sent, so that a slow disk does not hold up the network.
        let has_room = self.ready.len() + ahead.to_send + length <= most
            && self.settling.len() < SETTLING_MOST
            && self.outcomes.len() < OUTCOMES_MOST;
        // Items that are not durable yet make no difference to it.
        let is_apart = ahead.pages == 0 || (ahead.pages < PAGES_AHEAD && self.scan.is_midway());
        let may_begin = self.deciding.is_none() && is_apart && self.chore.is_none() && !self.uncertain;
        if has_room && may_begin && self.scan.is_due(self.now) {
            let after = self.scan.begin();
            self.deciding = Some(page::decide(self.context, after, length).boxed());
        }
    }

    /// Begins the work that needs the journal to itself: nothing is being written, and nothing will be until it is
    /// done.
    fn begin_chore(&mut self) {
        let is_writing = self.deciding.is_some() || !self.decided.is_empty() || self.writing.is_some();
        if self.stuck.is_some() || self.chore.is_some() || is_writing {
            return;
        }
        let Context { run, journal, .. } = self.context;
        if self.uncertain {
            let reading = async move {
                let sending = journal.sending(run).await?;
                Ok(Chore::Sending(sending, journal.counts(run).await?))
            };
            self.chore = Some(reading.boxed());
        } else if let Some((stop, why)) = self.flow.ending()
            && self.outcomes.is_empty()
            && !(self.scan.is_over() && self.stop_is_durable)
        {
            let (stop, why) = (*stop, why.clone());
            let leaving = async move {
                journal.stop(run, stop, why.clone()).await?;
                Ok(Chore::LeftUndone(journal.leave_undone(run, &why).await?))
            };
            self.chore = Some(leaving.boxed());
        }
    }

    fn begin_looking(&mut self) {
        if self.looking.is_some() {
            return;
        }
        let Context { run, journal, session, leases, .. } = self.context;
        let last = self.is_late();
        let asked = if last { self.settling.all() } else { self.settling.due(self.now, LOOK_MOST, leases) };
        let is_probe = asked.is_empty() && self.flow.is_doubted();
        let asked = if is_probe { self.settling.first(self.now, leases).into_iter().collect() } else { asked };
        if asked.is_empty() {
            let nothing_comes = self.in_flight.is_empty() && self.writing.is_none() && self.outcomes.is_empty();
            if is_probe && nothing_comes {
                // Nothing is open that could be looked for: the next request tells.
                self.flow.looked(self.context.policy.abort_after);
            }
            return;
        }
        let looking = async move {
            let items = match journal.settling_of(run, asked.clone()).await {
                Ok(items) => items,
                Err(error) => return Looked { at: Instant::now(), last, is_probe, asked, found: Err(error) },
            };
            let at = Instant::now();
            let looks = session.requests().look(&items).await;
            Looked { at, last, is_probe, asked, found: Ok(items.into_iter().zip(looks).collect()) }
        };
        self.looking = Some(looking.boxed());
    }
}
