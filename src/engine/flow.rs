//! Holds a run up or ends it: pauses, unanswered requests in a row, and requests to stop.

use std::time::Duration;

use tokio::time::Instant;

use super::decision::{Trouble, TroubleKind};
use super::waits::Waits;
use crate::journal::Stop;

/// The state that says whether a run may send now.
#[derive(Debug, Default)]
pub(super) struct Flow {
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

impl Flow {
    /// Takes in an answered request: the server is there.
    pub(super) fn answered(&mut self) {
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
    pub(super) fn unanswered(&mut self, words: &str, abort_after: u32) {
        self.unanswered += 1;
        if self.unanswered >= abort_after {
            self.end(Stop::Aborted, in_a_row(abort_after, words));
        }
    }

    /// Takes in an answer that says that the server cannot be used now. Before anything else is sent, a look tells
    /// whether that is so of everything. Requests that were under way together count as one: the server may be back
    /// when it is looked at.
    pub(super) fn doubt(&mut self, words: &str) {
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
    pub(super) fn looked(&mut self, abort_after: u32) {
        let Some(words) = self.doubted.take() else { return };
        self.probing = true;
        if self.unanswered >= abort_after {
            self.end(Stop::Aborted, in_a_row(abort_after, &words));
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
    pub(super) fn wait(&mut self, why: &str) {
        if self.pause.as_ref().is_none_or(|pause| pause.until <= Instant::now()) {
            let wait = self.backoff.next();
            self.wait_for(wait, why);
        }
    }

    /// Waits as long as the server asked for.
    pub(super) fn wait_for(&mut self, wait: Duration, why: &str) {
        let until = Instant::now() + wait;
        if self.pause.as_ref().is_none_or(|pause| pause.until < until) {
            self.pause = Some(Pause { until, why: why.to_owned() });
        }
    }

    /// Takes in trouble with a look-up: the run waits, or ends.
    pub(super) fn trouble(&mut self, trouble: &Trouble, abort_after: u32) {
        let words = &trouble.words;
        match trouble.kind {
            TroubleKind::Stopping => {}
            TroubleKind::Unreachable | TroubleKind::PutOff(None) => self.wait(words),
            TroubleKind::PutOff(Some(after)) => self.wait_for(after, words),
            TroubleKind::Unwell => {
                self.unwell += 1;
                if self.unwell >= abort_after {
                    self.end(Stop::Aborted, in_a_row(abort_after, words));
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
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_that_fail_together_begin_one_wait_and_an_answer_ends_the_growth() {
        let mut flow = Flow::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            flow.wait("away");
            flow.wait("away");
            let (until, _) = flow.paused(Instant::now()).unwrap();
            waits.push((until - Instant::now()).as_secs());
            tokio::time::advance(until - Instant::now()).await;
            assert!(flow.paused(Instant::now()).is_none());
        }
        assert_eq!(waits, [1, 2, 4, 8]);
        assert!(flow.is_probing());
        flow.answered();
        assert!(!flow.is_probing());
    }

    #[test]
    fn unanswered_requests_count_only_in_a_row() {
        let mut flow = Flow::default();
        flow.unanswered("a portal", 2);
        flow.answered();
        flow.unanswered("a portal", 2);
        // A look-up that needed no request must not hide a portal that answers every request with nonsense.
        flow.looked_up();
        assert_eq!(flow.ending(), None);
        flow.unanswered("a portal", 2);
        assert_eq!(flow.ending().unwrap().0, Stop::Aborted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_cannot_be_used_is_waited_for_where_looks_say_so_too_and_counts_where_they_do_not() {
        let mut flow = Flow::default();
        for _ in 0..5 {
            flow.doubt("HTTP 503");
            flow.doubt("HTTP 503");
            assert!(flow.is_doubted());
            flow.unavailable("HTTP 503");
            assert!(flow.paused(Instant::now()).is_some());
            tokio::time::advance(Duration::from_mins(6)).await;
        }
        assert_eq!(flow.away(), Some("HTTP 503"));
        flow.looked(2);
        assert!(flow.ending().is_none() && !flow.is_doubted());
        // Those that were under way together say no more than one of them.
        flow.doubt("HTTP 503");
        flow.doubt("HTTP 503");
        flow.looked(2);
        assert!(flow.ending().is_none() && flow.is_probing());
        flow.doubt("HTTP 503");
        flow.looked(2);
        assert_eq!(flow.ending().unwrap().0, Stop::Aborted);
    }

    #[test]
    fn look_ups_that_fail_now_and_then_do_not_end_a_run() {
        let unwell = Trouble { kind: TroubleKind::Unwell, words: "502".to_owned() };
        let mut flow = Flow::default();
        for _ in 0..10 {
            flow.trouble(&unwell, 2);
            flow.looked_up();
        }
        assert_eq!(flow.ending(), None);
        flow.trouble(&unwell, 2);
        flow.trouble(&unwell, 2);
        assert!(flow.ending().is_some());
    }

    #[test]
    fn the_first_reason_to_end_stays_and_ends_every_wait() {
        let mut flow = Flow::default();
        flow.wait("away");
        assert!(flow.paused(Instant::now()).is_some());
        flow.end(Stop::Cancelled, "a person".to_owned());
        flow.end(Stop::TimedOut, "late".to_owned());
        assert_eq!(flow.ending().unwrap().0, Stop::Cancelled);
        assert!(flow.paused(Instant::now()).is_none());
    }
}
