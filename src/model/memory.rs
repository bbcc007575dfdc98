//! Describes what is remembered beyond a run: what each job made, and what a server was seen to do in a way of its own.

use super::{Digest, MeetingId};
use crate::clock::Timestamp;

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

impl Remember {
    /// Returns the identity under which it is kept, where it is kept under one.
    pub(crate) fn identity(&self) -> Option<&str> {
        match self {
            Self::Made { identity, .. } | Self::Taken { identity, .. } => Some(identity),
            Self::Gone(_) => None,
        }
    }
}

/// The memory of a job under an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The server's id of the thing.
    pub resource: MeetingId,
    /// A fingerprint of what it said when it was made or last changed.
    pub content: Digest,
    /// The job kind's own payload of it.
    pub facts: String,
    /// True when we have taken it away since.
    pub gone: bool,
}

/// A habit that a server was seen to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// The server's address.
    pub server: String,
    /// Its subject, in a job kind's own words.
    pub habit: &'static str,
    /// The observation, in the same words.
    pub value: &'static str,
    /// The time.
    pub at: Timestamp,
}
