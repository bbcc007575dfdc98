//! What holds a run up, and what ends it: pauses, unanswered requests in a row, and the wish to stop.

use std::time::Duration;

use tokio::time::Instant;

use super::job::TroubleKind;
use crate::journal::Stop;

/// The first wait for a server or disk that is away.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Whether a run may send now.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pause: Option<Pause>,
    waits: u32,
    unanswered: u32,
    ending: Option<(Stop, String)>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    why: String,
}

impl Flow {
    /// A request was answered: the server is there.
    pub(super) fn answered(&mut self) {
        self.waits = 0;
        self.unanswered = 0;
    }

    /// A request was not answered. Tells whether that were so many in a row that the run is to stop.
    pub(super) fn unanswered(&mut self, abort_after: u32) -> bool {
        self.unanswered += 1;
        self.unanswered >= abort_after
    }

    /// Waits for a server that is away, longer each time.
    pub(super) fn wait(&mut self, why: &str) {
        let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.waits.min(10))).min(LONGEST_WAIT);
        if self.pause.is_none() {
            self.waits += 1;
        }
        self.wait_for(wait, why);
    }

    /// Waits as long as the server asked for.
    pub(super) fn wait_for(&mut self, wait: Duration, why: &str) {
        let until = Instant::now() + wait;
        if self.pause.as_ref().is_none_or(|pause| pause.until < until) {
            self.pause = Some(Pause { until, why: why.to_owned() });
        }
    }

    /// What trouble with a look-up means.
    pub(super) fn trouble(&mut self, kind: TroubleKind, words: &str, abort_after: u32) {
        match kind {
            TroubleKind::Stopping => {}
            TroubleKind::Unreachable => self.wait(words),
            TroubleKind::PutOff(after) => match after {
                Some(after) => self.wait_for(after, words),
                None => self.wait(words),
            },
            TroubleKind::Unwell => {
                if self.unanswered(abort_after) {
                    self.end(
                        Stop::Aborted,
                        format!(
                            "{abort_after} requests in a row were not answered as they should be. The last: {words}"
                        ),
                    );
                } else {
                    self.wait(words);
                }
            }
            TroubleKind::Fatal => self.end(Stop::Aborted, words.to_owned()),
        }
    }

    /// Nothing new is to be sent: the run ends when what is open is found out. The first reason stays.
    pub(super) fn end(&mut self, stop: Stop, why: String) {
        if self.ending.is_none() {
            self.ending = Some((stop, why));
        }
    }

    /// Why the run ends early.
    pub(super) fn ending(&self) -> Option<&(Stop, String)> {
        self.ending.as_ref()
    }

    /// Ends a pause whose time has come; tells until when, and why, one still lasts.
    pub(super) fn paused(&mut self) -> Option<(Instant, &str)> {
        if self.pause.as_ref().is_some_and(|pause| pause.until <= Instant::now()) {
            self.pause = None;
        }
        self.pause.as_ref().map(|pause| (pause.until, pause.why.as_str()))
    }

    /// Whether the server was away a moment ago, so that one request is to find out whether it is back.
    pub(super) fn is_probing(&self) -> bool {
        self.waits > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_wait_is_longer_up_to_five_minutes_and_an_answer_ends_the_growth() {
        let mut flow = Flow::default();
        let mut waits = Vec::new();
        for _ in 0..11 {
            flow.wait("away");
            // All requests that were under way fail together, and count as one.
            flow.wait("away");
            let (until, _) = flow.paused().unwrap();
            waits.push((until - Instant::now()).as_secs());
            tokio::time::advance(until - Instant::now()).await;
            assert!(flow.paused().is_none());
        }
        assert_eq!(waits[..4], [1, 2, 4, 8]);
        assert_eq!(waits[10], 300);
        flow.answered();
        assert!(!flow.is_probing());
    }

    #[test]
    fn unanswered_requests_count_only_in_a_row() {
        let mut flow = Flow::default();
        assert!(!flow.unanswered(2));
        flow.answered();
        assert!(!flow.unanswered(2));
        assert!(flow.unanswered(2));
    }

    #[test]
    fn the_first_reason_to_end_stays() {
        let mut flow = Flow::default();
        flow.end(Stop::Cancelled, "a person".to_owned());
        flow.end(Stop::TimedOut, "late".to_owned());
        assert_eq!(flow.ending().unwrap().0, Stop::Cancelled);
    }
}
