//! Describes items as they are written: a plan's, the intent to send one, and what became of it.

use super::{Habit, PrivateLetter};
use crate::clock::Timestamp;
use crate::model::{Code, Digest, Event, ItemNo, JobPayload, Life, MeetingId, Status};

/// An item as a plan makes it.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Its number in the run.
    pub item: ItemNo,
    /// The identity that names the same item again within the job.
    pub identity: Option<String>,
    /// For people: a title, a room's name.
    pub label: String,
    /// The row of the file it came from.
    pub line: Option<u32>,
    /// The payload: the work to do.
    pub payload: JobPayload,
    /// The row's own cells.
    pub source: Option<String>,
    /// Its first state.
    pub start: Start,
}

/// The first state of a planned item.
#[derive(Debug, Clone)]
pub enum Start {
    /// To be done.
    Pending,
    /// The same, and its PINs wait, sealed, for the file of the run.
    PendingWithPins(Vec<u8>),
    /// Decided by the plan already.
    Decided {
        /// Its status.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// The result to tell, as JSON.
        result: Option<String>,
    },
    /// Sent by an earlier run, which could not find out what became of it: look again first.
    Settling {
        /// The earlier run's account of what stood there before.
        before: Option<String>,
    },
}

/// The record that is durable before a request goes out.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Which item.
    pub item: ItemNo,
    /// Its state before.
    pub life: Life,
    /// A fingerprint of the request.
    pub body: Digest,
    /// The state of the server before, in the job kind's own words.
    pub before: Option<String>,
    /// The target of the request, where the item alone does not tell it: after a crash it is held again until the outcome is
    /// known.
    pub target: Option<String>,
}

/// One step of an item's life, with what there is to tell about it.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which item.
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

/// One sending, as it is recorded.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// The time it was sent.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// The time it took, in milliseconds.
    pub millis: u64,
    /// The error, in words.
    pub error: Option<String>,
}

/// A memory of a thing that a job made.
#[derive(Debug, Clone)]
pub enum Remember {
    /// The thing of that identity is this now.
    Made {
        /// The item's identity.
        identity: String,
        /// The server's id of the thing.
        resource: MeetingId,
        /// A fingerprint of what it says.
        content: Digest,
        /// Facts that the job kind wants to know later, in its own words.
        facts: String,
    },
    /// The thing was taken away by us.
    Gone(MeetingId),
    /// The same, by an item that may come again and has another identity than the one that made it.
    Taken {
        /// The item's identity.
        identity: String,
        /// The server's id of what was taken away.
        resource: MeetingId,
        /// A fingerprint of the item.
        content: Digest,
        /// Facts that the job kind wants to know later, in its own words.
        facts: String,
    },
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
