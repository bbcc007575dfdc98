//! Describes mails to and from the outbox: each stays until a server has taken it, or has refused it for three days.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{JobKey, RunKey};
use crate::clock::Timestamp;
use crate::model::RunId;

/// A finished mail, about to enter the outbox.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// Names it for ever; its Message-ID is made from it.
    pub id: Uuid,
    /// The address it comes from.
    pub sender: String,
    /// The addresses it goes to.
    pub receivers: Vec<String>,
    /// Its subject, for lists.
    pub subject: String,
    /// The whole message, as it will be sent.
    pub message: Vec<u8>,
}

/// A finished mail that holds PINs: it waits sealed, and not longer than it is true.
#[derive(Debug, Clone)]
pub struct PrivateLetter {
    /// The mail; its message is sealed ([`super::Seal::seal_bytes`]).
    pub letter: NewLetter,
    /// Its subject.
    pub topic: String,
    /// Unsent mails about these topics are not true any more, and go.
    pub supersedes: Vec<String>,
    /// The time when it was written.
    pub at: Timestamp,
}

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its name.
    pub id: Uuid,
    /// The address it comes from.
    pub sender: String,
    /// The addresses it goes to.
    pub receivers: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// The whole message.
    pub message: Vec<u8>,
    /// True when that is sealed.
    pub is_sealed: bool,
    /// The run it is about.
    pub run: Option<RunKey>,
    /// The time when it entered.
    pub created: Timestamp,
    /// The time when it was first tried, by lived time.
    pub tried: Timestamp,
    /// The number of times it was tried.
    pub attempts: u32,
}

/// The outcome of an attempt to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server has taken it.
    Sent,
    /// The server has taken it for some, and never will for the others.
    SentInPart {
        /// The receivers that it never will, and the reason, in words.
        why: String,
    },
    /// Not now.
    Again {
        /// The time of the next try.
        next: Timestamp,
        /// The reason, in words.
        why: String,
        /// The addresses it still has to go to, where others have it already.
        receivers: Option<Vec<String>>,
    },
    /// Never.
    Dead {
        /// The reason, in words.
        why: String,
    },
}

/// The outcome of an attempt to send a mail, about to be recorded.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The mail.
    pub id: Uuid,
    /// The outcome.
    pub delivery: Delivery,
    /// The message that is kept once it was sent, for the page of its run; never that of a mail with PINs.
    pub kept: Option<Vec<u8>>,
    /// Mails about that, which enter the outbox in the same transaction.
    pub about_it: Vec<NewLetter>,
    /// Now.
    pub now: Timestamp,
}

impl Delivered {
    /// An outcome about which there is no other mail.
    #[must_use]
    pub fn new(id: Uuid, delivery: Delivery, now: Timestamp) -> Self {
        Self { id, delivery, kept: None, about_it: Vec::new(), now }
    }
}

/// The state of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutboxState {
    /// Mails that wait.
    pub waiting: u64,
    /// Mails given up.
    pub dead: u64,
}

/// A mail about a file's run that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLetter {
    /// The mail.
    pub id: Uuid,
    /// The run that it is about.
    pub run: RunKey,
    /// The run's job.
    pub job: JobKey,
    /// The addresses that it goes to.
    pub receivers: Vec<String>,
    /// The time when it entered the outbox.
    pub created: Timestamp,
}

/// The state of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterState {
    /// It waits for its next attempt.
    Waiting,
    /// The server is taking it.
    Sending,
    /// The server has taken it, of some receivers perhaps not.
    Sent,
    /// It was given up.
    Dead,
}

/// A mail as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterView {
    /// Its name.
    pub id: Uuid,
    /// The run that it is about, if any.
    pub run: Option<RunId>,
    /// True when it has PINs in it.
    pub is_sealed: bool,
    /// The addresses it still has to go to, or went to.
    pub receivers: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its state.
    pub state: LetterState,
    /// The time when it entered.
    pub created: Timestamp,
    /// The number of times it was tried.
    pub attempts: u32,
    /// The error of the last attempt.
    pub why: Option<String>,
}

/// So much of a name's end is shown.
const SHORT: usize = 8;

impl LetterView {
    /// The end of its name: it tells mails apart, and a person who drops one need not type more.
    #[must_use]
    pub fn short(&self) -> String {
        let whole = self.id.hyphenated().to_string();
        whole[whole.len() - SHORT..].to_owned()
    }
}
