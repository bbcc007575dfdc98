//! Puts what became of an item into a step of its life: with the reason in words, the result, the sealed PINs, and the mail
//! to a person outside. A mail that holds PINs is made as soon as they are certain, and sealed before it comes near the journal.

use super::context::Context;
use super::flow::ItemEvent;
use crate::engine::decision::RequestOutcome;
use crate::journal::{JournalError, NewLetter, PrivateLetter, Step};
use crate::model::{Event, Life, OpenItem, Pins, Remember, SettlingItem, Status, Stop};

/// The reason why the run ends early, where it does.
pub(super) type Ending<'a> = Option<&'a (Stop, String)>;

/// Builds the step of an answered request.
pub(super) fn answered(
    context: Context<'_>,
    item: &OpenItem,
    answer: RequestOutcome,
    meaning: ItemEvent,
    ending: Ending<'_>,
) -> Result<Step, JournalError> {
    let mut step = Step::new(item.item, item.life, meaning.event);
    step.code = answer.code;
    step.error = match (meaning.event, ending) {
        (Event::Withdrawn, Some((_, why))) => Some(undone(item.life, why)),
        _ => answer.error,
    };
    step.not_before = meaning.put_off.map(|after| context.clock.now().plus(after));
    step.attempt = answer.attempt;
    step.sealed = context.seal.seal(&answer.pins)?;
    if let Event::Confirmed(status) = meaning.event {
        step.letter = private_letter(context, item, status, answer.result.as_deref(), &answer.pins)?;
    }
    step.result = answer.result;
    step.remember = answer.remember;
    step.habit = answer.habit;
    Ok(step)
}

/// Builds the step of a request that is taken back before it was sent.
pub(super) fn taken_back(item: &OpenItem, ending: Ending<'_>) -> Step {
    let event = if ending.is_some() { Event::Withdrawn } else { Event::Unsent };
    let mut step = Step::new(item.item, item.life, event);
    step.error = ending.map(|(_, why)| undone(item.life, why));
    step
}

/// A request that a look found carried out.
pub(super) struct CarriedOut {
    /// The item's final status.
    pub(super) status: Status,
    /// The details for the results, as JSON.
    pub(super) result: Option<String>,
    /// The PINs.
    pub(super) pins: Pins,
    /// The fact to be remembered.
    pub(super) remember: Option<Remember>,
}

/// Builds the step of a request that was found carried out.
pub(super) fn found(context: Context<'_>, settling: &SettlingItem, found: CarriedOut) -> Result<Step, JournalError> {
    let CarriedOut { status, result, pins, remember } = found;
    let mut step = Step::new(settling.item.item, settling.item.life, Event::Found(status));
    step.letter = private_letter(context, &settling.item, status, result.as_deref(), &pins)?;
    step.result = result;
    step.sealed = context.seal.seal(&pins)?;
    step.remember = remember;
    Ok(step)
}

/// Says why an item whose attempt of this number was taken back is left undone.
fn undone(life: Life, why: &str) -> String {
    match life {
        Life { steps: 1.., .. } => format!("begun, and not finished: {why}"),
        Life { attempts: 2.., .. } => format!("sent before, and not seen to be carried out; not sent again: {why}"),
        Life { .. } => why.to_owned(),
    }
}

/// Makes the mail to a person outside about an item that has come to this end, to be committed with it.
pub(super) fn private_letter(
    context: Context<'_>,
    item: &OpenItem,
    status: Status,
    result: Option<&str>,
    pins: &Pins,
) -> Result<Option<PrivateLetter>, JournalError> {
    let Some(notice) = context.session.requests().notice(item, status, result, pins) else { return Ok(None) };
    let Some(letter) = context.render.notice(&notice) else { return Ok(None) };
    let message = context.seal.seal_bytes(&letter.message)?;
    Ok(Some(PrivateLetter {
        letter: NewLetter { message, ..letter },
        topic: notice.topic(),
        supersedes: notice.supersedes(),
        at: notice.at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::drive::bench::ready;

    #[test]
    fn an_item_that_is_taken_back_says_what_was_sent_of_it_before() {
        let ending = (Stop::Cancelled, "a person stopped it".to_owned());
        let told = |attempts, steps, ending: Ending<'_>| {
            let mut item = ready(1).item;
            item.life = Life { attempts, steps, ..item.life };
            let step = taken_back(&item, ending);
            (step.event, step.error.unwrap_or_default())
        };
        assert_eq!(told(1, 0, Some(&ending)), (Event::Withdrawn, "a person stopped it".to_owned()));
        assert!(told(2, 0, Some(&ending)).1.starts_with("sent before, and not seen to be carried out"));
        assert!(told(1, 1, Some(&ending)).1.starts_with("begun, and not finished"));
        assert_eq!(told(2, 1, None), (Event::Unsent, String::new()));
    }
}
