//! Applies the answer to a request, or a look at the server, to its item and to the run.

use std::time::Duration;

use futures_util::future::FutureExt;
use futures_util::stream::StreamExt;

use super::super::decision::{Answer, AnswerKind, Look};
use super::super::leases::Lease;
use super::super::page::Ready;
use super::super::private::private_letter;
use super::super::settle::Absence;
use super::begin::undone;
use super::{Drive, Looked};
use crate::failpoint;
use crate::journal::{JournalError, SettlingItem, Step, Stop};
use crate::model::Event;

/// However long the server asks to wait, it is asked again after this.
const LONGEST_PUT_OFF: Duration = Duration::from_hours(1);
/// Answers taken in before anything new is begun: with more, requests and answers would come in waves, and the network wait
/// between them.
const ANSWERS_AT_ONCE: usize = 8;
/// The HTTP status of a server that is closed. A 502 or 504 comes from a gateway, whose server may be at work.
const SERVICE_UNAVAILABLE: u16 = 503;

impl Drive<'_> {
    /// Takes in an answer, and those that have come meanwhile.
    pub(super) fn answered_all(&mut self, first: (Ready, Answer)) -> Result<(), JournalError> {
        self.answered(first.0, first.1)?;
        for _ in 1..ANSWERS_AT_ONCE {
            let Some(Some((ready, answer))) = self.in_flight.next().now_or_never() else { break };
            self.answered(ready, answer)?;
        }
        Ok(())
    }

    fn answered(&mut self, ready: Ready, answer: Answer) -> Result<(), JournalError> {
        let words = answer.error.as_deref().unwrap_or("no reason was given");
        let mut not_before = None;
        let event = match answer.kind {
            AnswerKind::Done(status) => Event::Confirmed(status),
            AnswerKind::Refused => Event::Refused,
            AnswerKind::Continued => Event::Continued,
            AnswerKind::Fatal => {
                self.flow.end(Stop::Aborted, words.to_owned());
                Event::Refused
            }
            AnswerKind::PutOff(after) => {
                let unasked = Duration::from_secs(1 << ready.item.life.attempts.saturating_sub(1).min(8));
                let after = after.unwrap_or(unasked).min(LONGEST_PUT_OFF);
                not_before = Some(self.context.clock.now().plus(after));
                self.flow.wait_for(after, words);
                Event::PutOff
            }
            AnswerKind::Unreachable => {
                self.flow.wait(words);
                Event::Unsent
            }
            AnswerKind::Withdrawn if self.flow.ending().is_some() => Event::Withdrawn,
            AnswerKind::Withdrawn => Event::Unsent,
            AnswerKind::Unanswered | AnswerKind::Unavailable if failpoint::is_on("settle.skip") => Event::Unsent,
            AnswerKind::Unanswered => {
                self.flow.unanswered(words, self.context.policy.abort_after);
                Event::Unanswered
            }
            AnswerKind::Unavailable => {
                self.flow.doubt(words);
                if answer.attempt.as_ref().is_some_and(|attempt| attempt.http == Some(SERVICE_UNAVAILABLE)) {
                    self.settling.turned_away(ready.item.item);
                }
                Event::Unanswered
            }
        };
        let is_answered = matches!(
            answer.kind,
            AnswerKind::Done(_) | AnswerKind::Refused | AnswerKind::Continued | AnswerKind::PutOff(_)
        );
        if is_answered {
            self.flow.answered();
            self.window.answered();
        }
        let mut step = Step::new(ready.item.item, ready.item.life, event);
        step.code = answer.code;
        step.error = match (event, self.flow.ending()) {
            (Event::Withdrawn, Some((_, why))) => Some(undone(ready.item.life, why)),
            _ => answer.error,
        };
        step.not_before = not_before;
        step.attempt = answer.attempt;
        step.sealed = self.context.journal.seal().seal(&answer.pins)?;
        if let AnswerKind::Done(status) = answer.kind {
            let result = answer.result.as_deref();
            step.letter = private_letter(self.context, &ready.item, status, result, &answer.pins)?;
        }
        step.result = answer.result;
        step.remember = answer.remember;
        step.habit = answer.habit;
        self.queue(step, ready.leases);
        Ok(())
    }

    pub(super) fn looked(&mut self, looked: Looked) -> Result<(), JournalError> {
        self.looking = None;
        let found = match looked.found {
            Ok(found) => found,
            Err(error) => {
                self.stuck(error);
                return Ok(());
            }
        };
        for item in looked.asked {
            if !found.iter().any(|(settling, _)| settling.item.item == item) {
                // No look told; it is asked for again, later.
                self.settling.untold(item, looked.at);
            }
        }
        for (settling, look) in found {
            let item = settling.item.item;
            match &look {
                Look::Unavailable(words) => {
                    self.flow.unavailable(words);
                    self.settling.away(looked.at);
                }
                _ => self.flow.looked(self.context.policy.abort_after),
            }
            let comes_again =
                matches!(look, Look::Absent | Look::Resembled(_) | Look::Untold(_) | Look::Unavailable(_));
            let is_early = looked.is_probe && comes_again;
            if is_early {
                // It comes again when it is due.
                continue;
            }
            if let Some(step) = self.weigh(&settling, look, looked.at, looked.last)? {
                let leases = self.settling.settled(item);
                self.queue(step, leases);
            }
        }
        Ok(())
    }

    /// Works out the meaning of a look for its item; `None` where the item is to be looked for again.
    fn weigh(
        &mut self,
        settling: &SettlingItem,
        look: Look,
        at: tokio::time::Instant,
        last: bool,
    ) -> Result<Option<Step>, JournalError> {
        let item = settling.item.item;
        let mut step = Step::new(item, settling.item.life, Event::Untold);
        match look {
            Look::Found { status, result, pins, remember } => {
                step.event = Event::Found(status);
                step.letter = private_letter(self.context, &settling.item, status, result.as_deref(), &pins)?;
                step.result = result;
                step.sealed = self.context.journal.seal().seal(&pins)?;
                step.remember = remember;
            }
            Look::Midway(words) => {
                step.event = Event::FoundMidway;
                step.error = Some(words);
            }
            Look::Absent | Look::Resembled(_) => {
                let needed = self.context.session.requests().absences(&settling.item);
                let absence = self.settling.absent(item, at, needed);
                match (absence, self.flow.ending()) {
                    (Absence::Proven, _) if let Look::Resembled(words) = look => step.error = Some(words),
                    (Absence::NotYet, _) if last => step.error = Some(NOT_KNOWN_IN_TIME.to_owned()),
                    (Absence::NotYet, _) => return Ok(None),
                    (Absence::Proven, Some((_, why))) => {
                        step.event = Event::AbsentAtEnd;
                        step.error = Some(format!("sent, and not found on the server; not sent again: {why}"));
                    }
                    (Absence::Proven, None) => {
                        step.event = Event::Absent;
                        step.error = Some("sent, and not carried out by the server".to_owned());
                    }
                }
            }
            Look::Unclear(words) => step.error = Some(words),
            Look::Untold(words) | Look::Unavailable(words) if last => step.error = Some(words),
            Look::Untold(_) => {
                self.settling.untold(item, at);
                return Ok(None);
            }
            Look::Unavailable(_) => {
                self.settling.unavailable(item, at);
                return Ok(None);
            }
        }
        Ok(Some(step))
    }

    /// Queues what became of an item.
    pub(super) fn queue(&mut self, step: Step, leases: Vec<Lease>) {
        self.outcomes.add(step, leases);
    }
}

const NOT_KNOWN_IN_TIME: &str = "sent, and what became of it could not be found out before the run's time was up";
