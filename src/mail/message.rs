//! Holds a mail as it waits in the outbox: its bytes, and the addresses that they are for.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;

/// The sender and the receivers, as SMTP is told; the `From:` and `To:` of the mail itself are in its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The sender's address, where bounces go.
    pub from: String,
    /// The recipients' addresses, each once.
    pub to: Vec<String>,
}

/// A finished mail. Every attempt to send it sends the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox's id of it, from which its Message-ID is made.
    pub id: Uuid,
    /// The time at which it was composed; its `Date:`.
    pub at: Timestamp,
    /// The sender and the receivers.
    pub envelope: Envelope,
    /// The whole mail as RFC 5322 has it, in ASCII, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Message {
    /// Leaves out the bytes: an owner's mail has PINs in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("envelope", &self.envelope)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
