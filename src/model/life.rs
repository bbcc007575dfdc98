//! Models an item's life as one total function: every (state, event) pair is answered here, and the journal stores nothing else.

use serde::{Deserialize, Serialize};

use super::Status;

/// The state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is on its way.
    Pending,
    /// The intent is durable; the request may be on its way.
    Sending,
    /// A request may have been carried out; the server is asked.
    Settling {
        /// Found `sending` when the process started: neither the program nor the server chose that, so a return to `pending` does
        /// not count.
        at_start: bool,
    },
    /// Over.
    Done(Status),
}

impl State {
    /// Tells whether the item is over.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// An event in the life of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// It was decided without sending anything (also: an effect that needs no request, such as an exported line).
    Decided(Status),
    /// The next attempt is about to be sent.
    Intent,
    /// The reply says it was carried out.
    Confirmed(Status),
    /// The reply says it was not, and never will be.
    Refused,
    /// The server says it did nothing for now: 429, or 503 with `Retry-After`.
    PutOff,
    /// Nothing left this machine: no connection, or taken back before sending. No attempt is counted.
    Unsent,
    /// The same, and the run is ending.
    Withdrawn,
    /// The reply settles the request, and the item needs another one: a step on the way, such as taking away what is to be made
    /// anew.
    Continued,
    /// Sent, and no answer that can be relied on.
    Unanswered,
    /// Found `sending` when the process started.
    FoundAtStart,
    /// The server shows that it was carried out.
    Found(Status),
    /// The server shows that it was carried out, and the item needs another request.
    FoundMidway,
    /// The server shows that it was not carried out.
    Absent,
    /// The same, and the run is ending: it was sent, so what became of it stays open.
    AbsentAtEnd,
    /// The server could not be asked, or its answer leaves it open.
    Untold,
}

/// The limits on how often an item may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attempts in all, without those that were steps on the way.
    pub attempts: u32,
    /// Returns from settling to pending by our own choice.
    pub returns: u32,
    /// Steps on the way to what is wanted.
    pub steps: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempts: 5, returns: 2, steps: 6 }
    }
}

/// An item's state with what it took so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Life {
    /// The item's state.
    pub state: State,
    /// Attempts that were, or may have been, sent.
    pub attempts: u32,
    /// Returns from settling to pending by our own choice.
    pub returns: u32,
    /// Of the attempts, those that were settled and needed another one behind them.
    pub steps: u32,
}

/// A step that no item takes: a fault of the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an item that is {state:?} cannot take the event {event:?}")]
pub struct IllegalStep {
    /// The item's state at that time.
    pub state: State,
    /// The event that was reported.
    pub event: Event,
}

impl Default for Life {
    fn default() -> Self {
        Self { state: State::Pending, attempts: 0, returns: 0, steps: 0 }
    }
}

impl Life {
    /// Returns the status of an item that a run leaves undone: `not_run` only if it was never sent. An item that was sent once
    /// may be on the server in a form that no look knows.
    #[must_use]
    pub fn undone(self) -> Status {
        if self.attempts == 0 { Status::NotRun } else { Status::Unknown }
    }

    /// Tells whether nothing more may be sent. A step on the way does not count: it brought the item further.
    #[must_use]
    pub fn is_used_up(self, limits: Limits) -> bool {
        self.attempts.saturating_sub(self.steps) >= limits.attempts
    }

    /// Returns the life after `event`. Total: each pair has its answer here, and those that make no sense are refused.
    #[expect(clippy::match_same_arms, reason = "one line a step: merged arms would hide which steps there are")]
    pub fn step(self, event: Event, limits: Limits) -> Result<Self, IllegalStep> {
        use Event as E;
        use State as S;
        let at = |state| Ok(Self { state, ..self });
        match (self.state, event) {
            (S::Pending, E::Decided(Status::NotRun)) => at(S::Done(self.undone())),
            (S::Pending, E::Decided(status)) => at(S::Done(status)),
            (S::Pending, E::Intent) if self.is_used_up(limits) => at(S::Done(Status::Failed)),
            (S::Pending, E::Intent) => Ok(Self { state: S::Sending, attempts: self.attempts + 1, ..self }),

            (S::Sending, E::Confirmed(status)) => at(S::Done(status)),
            (S::Sending, E::Refused) => at(S::Done(Status::Failed)),
            (S::Sending, E::PutOff) if self.is_used_up(limits) => at(S::Done(Status::Failed)),
            (S::Sending, E::PutOff) => at(S::Pending),
            (S::Sending, E::Unsent) => {
                Ok(Self { state: S::Pending, attempts: self.attempts.saturating_sub(1), ..self })
            }
            (S::Sending, E::Withdrawn) => {
                let before = Self { attempts: self.attempts.saturating_sub(1), ..self };
                Ok(Self { state: S::Done(before.undone()), ..before })
            }
            (S::Sending, E::Continued) | (S::Settling { .. }, E::FoundMidway) if self.steps >= limits.steps => {
                at(S::Done(Status::Failed))
            }
            (S::Sending, E::Continued) | (S::Settling { .. }, E::FoundMidway) => {
                Ok(Self { state: S::Pending, steps: self.steps + 1, ..self })
            }
            (S::Sending, E::Unanswered) => at(S::Settling { at_start: false }),
            (S::Sending, E::FoundAtStart) => at(S::Settling { at_start: true }),

            (S::Settling { .. }, E::Found(status)) => at(S::Done(status)),
            (S::Settling { .. }, E::Absent) if self.is_used_up(limits) => at(S::Done(Status::Failed)),
            (S::Settling { at_start: true }, E::Absent) => at(S::Pending),
            (S::Settling { at_start: false }, E::Absent) if self.returns >= limits.returns => {
                at(S::Done(Status::Failed))
            }
            (S::Settling { at_start: false }, E::Absent) => {
                Ok(Self { state: S::Pending, returns: self.returns + 1, ..self })
            }
            (S::Settling { .. }, E::AbsentAtEnd) => at(S::Done(Status::Unknown)),
            (S::Settling { .. }, E::Untold) => at(S::Done(Status::Unknown)),

            (
                S::Pending,
                E::Confirmed(_)
                | E::Refused
                | E::PutOff
                | E::Unsent
                | E::Withdrawn
                | E::Continued
                | E::Unanswered
                | E::FoundAtStart
                | E::Found(_)
                | E::FoundMidway
                | E::Absent
                | E::AbsentAtEnd
                | E::Untold,
            )
            | (
                S::Sending,
                E::Decided(_) | E::Intent | E::Found(_) | E::FoundMidway | E::Absent | E::AbsentAtEnd | E::Untold,
            )
            | (
                S::Settling { .. },
                E::Decided(_)
                | E::Intent
                | E::Confirmed(_)
                | E::Refused
                | E::PutOff
                | E::Unsent
                | E::Withdrawn
                | E::Continued
                | E::Unanswered
                | E::FoundAtStart,
            )
            | (S::Done(_), _) => Err(IllegalStep { state: self.state, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events() -> impl Strategy<Value = Event> {
        use Event as E;
        let status = proptest::sample::select(Status::ALL.to_vec());
        prop_oneof![
            status.clone().prop_map(E::Decided),
            status.clone().prop_map(E::Confirmed),
            status.prop_map(E::Found),
            proptest::sample::select(vec![
                E::Intent,
                E::Refused,
                E::PutOff,
                E::Unsent,
                E::Withdrawn,
                E::Continued,
                E::Unanswered,
                E::FoundAtStart,
                E::FoundMidway,
                E::Absent,
                E::AbsentAtEnd,
                E::Untold,
            ]),
        ]
    }

    proptest! {
        #[test]
        fn no_story_sends_more_often_than_allowed(story in proptest::collection::vec(events(), 0..60)) {
            let limits = Limits { attempts: 3, returns: 2, steps: 2 };
            let mut life = Life::default();
            for event in story {
                let before = life;
                match life.step(event, limits) {
                    Ok(after) => {
                        prop_assert!(!before.state.is_done(), "a done item moved");
                        life = after;
                    }
                    Err(refusal) => prop_assert_eq!(refusal.state, before.state),
                }
                prop_assert!(life.attempts <= limits.attempts + life.steps);
                prop_assert!(life.steps <= limits.steps && life.steps <= life.attempts);
                prop_assert!(life.returns <= limits.returns);
            }
        }

        #[test]
        fn what_was_sent_once_is_never_told_as_not_run(story in proptest::collection::vec(events(), 0..60)) {
            let limits = Limits { attempts: 50, returns: 50, steps: 50 };
            let mut life = Life::default();
            let mut sent = false;
            for event in story {
                let Ok(after) = life.step(event, limits) else { continue };
                sent |= matches!(event, Event::PutOff | Event::Continued | Event::Unanswered | Event::FoundAtStart);
                let says_so = matches!(event, Event::Confirmed(_) | Event::Found(_));
                prop_assert!(!sent || says_so || after.state != State::Done(Status::NotRun));
                life = after;
            }
        }

        #[test]
        fn what_may_be_on_the_server_is_never_sent_again_without_a_look(story in proptest::collection::vec(events(), 0..60)) {
            let limits = Limits { attempts: 50, returns: 50, steps: 50 };
            let mut life = Life::default();
            let mut open = false;
            for event in story {
                let Ok(after) = life.step(event, limits) else { continue };
                match event {
                    Event::Unanswered | Event::FoundAtStart => open = true,
                    Event::Found(_) | Event::FoundMidway | Event::Absent | Event::AbsentAtEnd | Event::Untold => {
                        open = false;
                    }
                    Event::Intent => prop_assert!(!open, "sent while an earlier attempt was open"),
                    _ => {}
                }
                life = after;
            }
        }
    }

    #[test]
    fn a_request_that_never_left_counts_no_attempt() {
        let limits = Limits::default();
        let life = Life::default().step(Event::Intent, limits).unwrap().step(Event::Unsent, limits).unwrap();
        assert_eq!(life, Life::default());
    }

    #[test]
    fn steps_on_the_way_count_apart_and_have_a_bound_of_their_own() {
        let limits = Limits { attempts: 1, returns: 2, steps: 2 };
        let sent = |life: Life| life.step(Event::Intent, limits).unwrap();
        let mut life = sent(Life::default()).step(Event::Continued, limits).unwrap();
        assert_eq!((life.state, life.attempts, life.steps, life.undone()), (State::Pending, 1, 1, Status::Unknown));
        let lost = sent(life).step(Event::Unanswered, limits).unwrap();
        life = lost.step(Event::FoundMidway, limits).unwrap();
        assert_eq!((life.state, life.attempts, life.steps), (State::Pending, 2, 2));
        assert_eq!(sent(life).step(Event::Continued, limits).unwrap().state, State::Done(Status::Failed));
        assert_eq!(sent(life).step(Event::PutOff, limits).unwrap().state, State::Done(Status::Failed));
        assert_eq!(sent(life).step(Event::Confirmed(Status::Updated), limits).unwrap().attempts, 3);
    }

    #[test]
    fn two_returns_by_choice_are_the_most_and_one_found_at_start_does_not_count() {
        let limits = Limits::default();
        let sent = |life: Life| life.step(Event::Intent, limits).unwrap();
        let mut life = sent(Life::default()).step(Event::FoundAtStart, limits).unwrap();
        life = life.step(Event::Absent, limits).unwrap();
        assert_eq!(life.returns, 0);
        for returns in 1..=2 {
            life = sent(life).step(Event::Unanswered, limits).unwrap().step(Event::Absent, limits).unwrap();
            assert_eq!((life.state, life.returns), (State::Pending, returns));
        }
        life = sent(life).step(Event::Unanswered, limits).unwrap().step(Event::Absent, limits).unwrap();
        assert_eq!(life.state, State::Done(Status::Failed));
    }
}
