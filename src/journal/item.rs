//! Describes items as they are written: a plan's, the intent to send one, and what became of it.

use super::{Habit, PrivateLetter};
use crate::clock::Timestamp;
use crate::model::{Code, Digest, Event, ItemNo, JobPayload, Life, MeetingId, Status};

/// An item as a plan makes it.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Its number in the run.
    pub item: ItemNo,
    /// What names the same item again within the job.
    pub identity: Option<String>,
    /// For people: a title, a room's name.
    pub label: String,
    /// The row of the file it came from.
    pub line: Option<u32>,
    /// What is to be done.
    pub payload: JobPayload,
    /// The row's own cells.
    pub source: Option<String>,
    /// Where it begins.
    pub start: Start,
}

/// Where a planned item begins its life.
#[derive(Debug, Clone)]
pub enum Start {
    /// To be done.
    Pending,
    /// The same, and its PINs wait, sealed, for the file of the run.
    PendingWithPins(Vec<u8>),
    /// Decided by the plan already.
    Decided {
        /// What became of it.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// What there is to tell, as JSON.
        result: Option<String>,
    },
    /// Sent by an earlier run, which could not find out what became of it: look again first.
    Settling {
        /// The earlier run's account of what stood there before.
        before: Option<String>,
    },
}

/// What is durable before a request goes out.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Which item.
    pub item: ItemNo,
    /// Where it stood.
    pub life: Life,
    /// A fingerprint of the request.
    pub body: Digest,
    /// What stood on the server before, in the job kind's own words.
    pub before: Option<String>,
    /// What the request changes, where the item alone does not tell it: after a crash it is held again until the outcome is
    /// known.
    pub target: Option<String>,
}

/// One step of an item's life, with what there is to tell about it.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which item.
    pub item: ItemNo,
    /// Where it stood.
    pub life: Life,
    /// What happened.
    pub event: Event,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Not to be sent again before this.
    pub not_before: Option<Timestamp>,
    /// The sending that this step answers.
    pub attempt: Option<AttemptRecord>,
    /// What there is to tell, as JSON; never a PIN.
    pub result: Option<String>,
    /// Sealed PINs.
    pub sealed: Option<Vec<u8>>,
    /// What the job is to remember under the item's identity.
    pub remember: Option<Remember>,
    /// What it has shown of the server.
    pub habit: Option<Habit>,
    /// A mail about it, which enters the outbox in the same transaction.
    pub letter: Option<PrivateLetter>,
}

/// One sending, as it is recorded.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// When it went out.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// What a job remembers of what it made.
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
        /// What the job kind wants to know of it later, in its own words.
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
        /// What the job kind wants to know of it later, in its own words.
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
