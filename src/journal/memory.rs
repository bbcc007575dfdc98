//! Describes what is remembered beyond a run: what each job made, and what a server was seen to do in a way of its own.

use crate::clock::Timestamp;
use crate::model::{Digest, MeetingId};

/// The memory of a job under an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The server's id of the thing.
    pub resource: MeetingId,
    /// A fingerprint of what it said when it was made or last changed.
    pub content: Digest,
    /// The job kind's own account of it.
    pub facts: String,
    /// True when we have taken it away since.
    pub gone: bool,
}

/// A habit that a server was seen to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// Which server: its address.
    pub server: String,
    /// Its subject, in a job kind's own words.
    pub habit: &'static str,
    /// The observation, in the same words.
    pub value: &'static str,
    /// The time.
    pub at: Timestamp,
}
