//! Holds a run up or ends it: pauses, unanswered requests in a row, requests to stop, the deadline. Says what an answer
//! means for its item, since that hangs on whether the run goes on.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::decision::{OutcomeKind, RequestOutcome, Trouble, TroubleKind};
use crate::engine::job::Policy;
use crate::engine::waits::Waits;
use crate::model::{Event, Life, Stop};

/// However long the server asks to wait, it is asked again after this.
const LONGEST_PUT_OFF: Duration = Duration::from_hours(1);
/// In a longer pause nothing stays decided: what was seen on the server before it may be true no more after it.
const LONG_PAUSE: Duration = Duration::from_secs(10);

/// The state that says whether a run may send now.
#[derive(Debug)]
pub(super) struct RunFlow {
    deadline: Instant,
    abort_after: u32,
    /// The program stops: what is in flight is answered, and nothing new is begun.
    draining: bool,
    pause: Option<Pause>,
    backoff: Waits,
    unanswered: u32,
    unwell: u32,
    /// A request was answered by saying that the server cannot be used: whether that is so of everything, a look tells.
    doubted: Option<String>,
    /// A look found the server there after a doubt: one request at a time, until one is answered.
    probing: bool,
    ending: Option<(Stop, String)>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    why: String,
}

/// The meaning of an answer for its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ItemEvent {
    /// The event in the item's life.
    pub(super) event: Event,
    /// The time for which it is not to be sent again.
    pub(super) put_off: Option<Duration>,
}

impl RunFlow {
    /// Begins with a run that may send until `deadline`, unless so many requests in a row are not answered.
    pub(super) fn new(deadline: Instant, abort_after: u32) -> Self {
        Self {
            deadline,
            abort_after,
            draining: false,
            pause: None,
            backoff: Waits::default(),
            unanswered: 0,
            unwell: 0,
            doubted: None,
            probing: false,
            ending: None,
        }
    }

    /// Takes in the answer to the request of an item that had this life.
    pub(super) fn answered(&mut self, answer: &RequestOutcome, life: Life) -> ItemEvent {
        let words = answer.error.as_deref().unwrap_or("no reason was given");
        let mut put_off = None;
        let event = match answer.kind {
            OutcomeKind::Done(status) => Event::Confirmed(status),
            OutcomeKind::Refused => Event::Refused,
            OutcomeKind::Continued => Event::Continued,
            OutcomeKind::Fatal => {
                self.end(Stop::Aborted, words.to_owned());
                Event::Refused
            }
            OutcomeKind::PutOff(after) => {
                let unasked = Duration::from_secs(1 << life.attempts.saturating_sub(1).min(8));
                let after = after.unwrap_or(unasked).min(LONGEST_PUT_OFF);
                self.wait_for(after, words);
                put_off = Some(after);
                Event::PutOff
            }
            OutcomeKind::Unreachable => {
                self.wait(words);
                Event::Unsent
            }
            OutcomeKind::Withdrawn if self.ending.is_some() => Event::Withdrawn,
            OutcomeKind::Withdrawn => Event::Unsent,
            OutcomeKind::Unanswered => {
                self.unanswered(words);
                Event::Unanswered
            }
            OutcomeKind::Unavailable => {
                self.doubt(words);
                Event::Unanswered
            }
        };
        if answer.kind.is_answered() {
            self.is_there();
        }
        ItemEvent { event, put_off }
    }

    /// Takes in that the server is there, and answers requests.
    fn is_there(&mut self) {
        self.backoff.reset();
        self.unanswered = 0;
        self.unwell = 0;
        self.probing = false;
    }

    /// Takes in a look-up that came to its end. It says nothing about requests: a look-up may need none.
    pub(super) fn looked_up(&mut self) {
        self.unwell = 0;
    }

    /// Takes in a request that was not answered. So many in a row end the run.
    fn unanswered(&mut self, words: &str) {
        self.unanswered += 1;
        if self.unanswered >= self.abort_after {
            self.end(Stop::Aborted, in_a_row(self.abort_after, words));
        }
    }

    /// Takes in an answer that says that the server cannot be used now. Before anything else is sent, a look tells
    /// whether that is so of everything. Requests that were under way together count as one: the server may be back
    /// when it is looked at.
    fn doubt(&mut self, words: &str) {
        if self.doubted.is_none() {
            self.unanswered += 1;
        }
        self.doubted = Some(words.to_owned());
    }

    /// Tells whether the server is in doubt, so that a look is to find out if it can be used.
    pub(super) fn is_doubted(&self) -> bool {
        self.doubted.is_some() && self.ending.is_none()
    }

    /// Takes in an answered look: the server is there, and the requests that it did not carry out count.
    pub(super) fn looked(&mut self) {
        let Some(words) = self.doubted.take() else { return };
        self.probing = true;
        if self.unanswered >= self.abort_after {
            self.end(Stop::Aborted, in_a_row(self.abort_after, &words));
        }
    }

    /// Takes in a look that found that the server cannot be used now: it is waited for, like one that cannot be
    /// reached.
    pub(super) fn unavailable(&mut self, words: &str) {
        self.unanswered = 0;
        self.unwell = 0;
        self.wait(words);
    }

    /// Waits for a server that is away, longer each time. Requests that were under way together fail together: the first of
    /// them begins the wait.
    fn wait(&mut self, why: &str) {
        if self.pause.as_ref().is_none_or(|pause| pause.until <= Instant::now()) {
            let wait = self.backoff.next();
            self.wait_for(wait, why);
        }
    }

    /// Waits as long as the server asked for.
    fn wait_for(&mut self, wait: Duration, why: &str) {
        let until = Instant::now() + wait;
        if self.pause.as_ref().is_none_or(|pause| pause.until < until) {
            self.pause = Some(Pause { until, why: why.to_owned() });
        }
    }

    /// Takes in trouble with a look-up: the run waits, or ends.
    pub(super) fn trouble(&mut self, trouble: &Trouble) {
        let words = &trouble.words;
        match trouble.kind {
            TroubleKind::Stopping => {}
            TroubleKind::Unreachable | TroubleKind::PutOff(None) => self.wait(words),
            TroubleKind::PutOff(Some(after)) => self.wait_for(after, words),
            TroubleKind::Unwell => {
                self.unwell += 1;
                if self.unwell >= self.abort_after {
                    self.end(Stop::Aborted, in_a_row(self.abort_after, words));
                } else {
                    self.wait(words);
                }
            }
            TroubleKind::Fatal => self.end(Stop::Aborted, words.clone()),
        }
    }

    /// Ends the run: nothing new is to be sent, and it ends when the outcome of every open item is found out. The
    /// first reason stays.
    pub(super) fn end(&mut self, stop: Stop, why: String) {
        self.ending.get_or_insert((stop, why));
    }

    /// Returns the reason why the run ends early.
    pub(super) fn ending(&self) -> Option<&(Stop, String)> {
        self.ending.as_ref()
    }

    /// Ends the run if its time is up at `now`.
    pub(super) fn expire(&mut self, now: Instant, policy: &Policy) {
        if self.ending.is_none() && self.is_late(now) {
            let out = policy.out_of_time();
            let why = self.away().map_or_else(|| out.clone(), |words| format!("{out}; it waited: {words}"));
            self.end(Stop::TimedOut, why);
        }
    }

    /// Tells whether the run's time is up at `now`.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        now >= self.deadline
    }

    /// Begins nothing more, for the program stops.
    pub(super) fn drain(&mut self) {
        self.draining = true;
    }

    /// Tells whether the program stops.
    pub(super) fn is_draining(&self) -> bool {
        self.draining
    }

    /// Tells whether nothing may be sent any more by this process.
    pub(super) fn is_stopping(&self) -> bool {
        self.draining || self.ending.is_some()
    }

    /// Tells whether the server may be asked at `now`.
    pub(super) fn may_look(&self, now: Instant) -> bool {
        !self.draining && self.paused(now).is_none()
    }

    /// Tells whether the server may be sent something at `now`.
    pub(super) fn may_send(&self, now: Instant) -> bool {
        self.may_look(now) && self.ending.is_none() && self.doubted.is_none()
    }

    /// Tells whether nothing is sent for so long from `now` on that decisions may be outdated after it.
    pub(super) fn is_paused_for_long(&self, now: Instant) -> bool {
        self.paused(now).is_some_and(|(until, _)| until >= now + LONG_PAUSE)
    }

    /// Returns the time at which a pause or the run's time is over, if that is after `now`.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let paused = self.paused(now).map(|(until, _)| until);
        [Some(self.deadline), paused].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Returns until when, and why, nothing is sent or asked at `now`. A run that ends early has nothing to wait for.
    pub(super) fn paused(&self, now: Instant) -> Option<(Instant, &str)> {
        let pause = self.pause.as_ref().filter(|pause| self.ending.is_none() && pause.until > now);
        pause.map(|pause| (pause.until, pause.why.as_str()))
    }

    /// Returns the reason why the server was away a moment ago, where it was.
    pub(super) fn away(&self) -> Option<&str> {
        let waited = self.pause.as_ref().filter(|_| self.backoff.has_waited()).map(|pause| pause.why.as_str());
        waited.or(self.doubted.as_deref())
    }

    /// Tells whether the server was away a moment ago, so that one request is to find out that it is back.
    pub(super) fn is_probing(&self) -> bool {
        self.backoff.has_waited() || self.probing
    }
}

fn in_a_row(n: u32, words: &str) -> String {
    format!("{n} requests in a row were not answered as they should be. The last: {words}")
}

#[cfg(test)]
mod tests;
