//! Describes items as they are written: the intent to send one, and what became of it.

use super::PrivateLetter;
use crate::clock::Timestamp;
use crate::model::{AttemptRecord, Code, CommonEnd, Event, Habit, ItemNo, Life, Limits, Remember, RunKey};

/// The record that is durable before a request goes out.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The item.
    pub item: ItemNo,
    /// Its state before.
    pub life: Life,
    /// The state of the server before, in the job kind's own words.
    pub before: Option<String>,
    /// The target of the request, where the item alone does not tell it: after a crash it is held again until the outcome is
    /// known.
    pub target: Option<String>,
}

/// A window of intents: items that become `sending` together.
#[derive(Debug, Clone)]
pub struct NewIntents {
    /// Their run.
    pub run: RunKey,
    /// The intents, one for each item.
    pub intents: Vec<Intent>,
    /// The limits on an item's life.
    pub limits: Limits,
    /// Now.
    pub now: Timestamp,
}

/// Pending items that end alike.
#[derive(Debug, Clone, Copy)]
pub struct EndAlike {
    /// Their run.
    pub run: RunKey,
    /// The first of them.
    pub first: ItemNo,
    /// The last, at most.
    pub last: ItemNo,
    /// Their end.
    pub end: CommonEnd,
}

/// One step of an item's life, with what there is to tell about it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The item.
    pub item: ItemNo,
    /// Its state before.
    pub life: Life,
    /// The event.
    pub event: Event,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Not to be sent again before this.
    pub not_before: Option<Timestamp>,
    /// The sending that this step answers.
    pub attempt: Option<AttemptRecord>,
    /// The result to tell, as JSON; never a PIN.
    pub result: Option<String>,
    /// Sealed PINs.
    pub sealed: Option<Vec<u8>>,
    /// The memory to keep under the item's identity.
    pub remember: Option<Remember>,
    /// The habit that it has shown of the server.
    pub habit: Option<Habit>,
    /// A mail about it, which enters the outbox in the same transaction.
    pub letter: Option<PrivateLetter>,
}

impl Step {
    /// A step with nothing more to tell.
    #[must_use]
    pub fn new(item: ItemNo, life: Life, event: Event) -> Self {
        Self {
            item,
            life,
            event,
            code: None,
            error: None,
            not_before: None,
            attempt: None,
            result: None,
            sealed: None,
            remember: None,
            habit: None,
            letter: None,
        }
    }
}
