//! Says how a call ends: a reply, or a failure that says what may be done next, so that no other module reads HTTP statuses.

use std::time::Duration;

use crate::model::Code;

/// The record of one sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt {
    /// The HTTP status; `None` where no answer came.
    pub http: Option<u16>,
    /// The result code; `None` where the body had none that can be read.
    pub code: Option<Code>,
    /// Milliseconds from sending to the last byte of the answer, or to giving up; waiting for a turn is not in it.
    pub millis: u64,
}

/// The value that the server confirmed, and the sending that it confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    /// The value that the server told.
    pub value: T,
    /// The last sending.
    pub attempt: Attempt,
}

impl<T> Reply<T> {
    /// Returns the same reply with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Reply<U> {
        Reply { value: with(self.value), attempt: self.attempt }
    }
}

/// The actions allowed after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Taken back before it was sent (or, of a read, while it was asked), because the client was told to stop.
    Withdrawn,
    /// Certainly nothing was sent: connection refused, name not found, TLS not agreed.
    Unreachable,
    /// The server says that it did nothing for now: 429, or 503 with `Retry-After`.
    PutOff {
        /// The time it asks to wait, an hour at most; `None` if it does not say so in a readable form.
        after: Option<Duration>,
    },
    /// Sent, and no answer that can be relied on: it may have been carried out.
    Ambiguous,
    /// The same, and the answer says that the server, or what stands behind it, cannot be used now: 502, 503 and 504 without
    /// anything of the application's own.
    Unavailable,
    /// Refused, and it would be refused again.
    Final,
    /// The route itself is not there, or leads elsewhere: no request to this address can succeed.
    RouteMissing,
    /// The credentials or the subscription: every other request would fail alike.
    Fatal,
}

/// The reason why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Failure {
    /// The actions allowed next.
    pub disposition: Disposition,
    /// The last sending; all blank where nothing was sent.
    pub attempt: Attempt,
    /// The event, for a person; the server's words are in it, shortened and without control characters.
    pub words: String,
}

impl Failure {
    /// Tells whether the server has no such meeting, room or lobby: a 404 with a result code in its body.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        self.disposition == Disposition::Final && self.attempt.http == Some(404)
    }

    pub(super) fn withdrawn() -> Self {
        Self::unsent(Disposition::Withdrawn, "not sent, because the work is being stopped".to_owned())
    }

    /// Returns a request that cannot even be written.
    pub(super) fn unsendable(words: String) -> Self {
        Self::unsent(Disposition::Final, words)
    }

    fn unsent(disposition: Disposition, words: String) -> Self {
        Self { disposition, attempt: Attempt::default(), words }
    }
}
