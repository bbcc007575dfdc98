//! Says why a letter did not go out, in words that the person who keeps the mail server understands.

use std::error::Error;

use super::Envelope;
use crate::model::line;

/// The one at fault for a refusal, which decides whether the mail waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server is not there, or takes nothing now: no mail would go.
    ServerAway,
    /// The server lets us do nothing until a person has put something right, here or there: no mail would go.
    ServerRefuses,
    /// This letter, or this receiver, is to come again later.
    NotYet,
    /// This letter, or this receiver, is refused by a rule that a person can change; the letter waits for that.
    Refused,
    /// The server passes no mail on to this receiver's domain for us, until a person lets it.
    NoRelay,
    /// It will never be taken.
    Final,
    /// The mail is larger than the server takes.
    TooLarge,
    /// There is no fault: the program stops, and the server does not have the letter.
    Stopped,
}

impl Fault {
    /// Tells whether any other mail would fare the same.
    #[must_use]
    pub fn is_of_server(self) -> bool {
        matches!(self, Self::ServerAway | Self::ServerRefuses)
    }

    /// Tells whether it stays until a person does something.
    #[must_use]
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::ServerRefuses | Self::Refused | Self::NoRelay | Self::Final | Self::TooLarge)
    }

    /// Tells whether it will never be taken.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Final | Self::TooLarge)
    }
}

/// A letter that no receiver got.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct SendError {
    /// Whose fault it is.
    pub fault: Fault,
    /// The words that say what happened, where, and what to do. No secrets.
    pub words: String,
    /// The receivers that were refused by name.
    pub left_out: Vec<LeftOut>,
}

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// Recipients that the server did not take, while it took others.
    pub left_out: Vec<LeftOut>,
}

/// One recipient that the server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Whose address it is.
    pub address: String,
    /// The fault, which says whether it may be taken later.
    pub fault: Fault,
    /// The server's answer.
    pub words: String,
}

impl Sent {
    /// Returns the envelope for the recipients that may be taken later; `None` when nothing is owed to any of them.
    #[must_use]
    pub fn still_owed(&self, envelope: &Envelope) -> Option<Envelope> {
        let to: Vec<_> =
            self.left_out.iter().filter(|out| !out.fault.is_final()).map(|out| out.address.clone()).collect();
        (!to.is_empty()).then(|| Envelope { from: envelope.from.clone(), to })
    }
}

impl SendError {
    /// Returns a failure that any other mail would meet, and that may pass.
    pub(super) fn away(words: String) -> Self {
        Self::of(Fault::ServerAway, words)
    }

    /// Returns a failure that any other mail would meet, until a person puts something right.
    pub(super) fn refuses(words: String) -> Self {
        Self::of(Fault::ServerRefuses, words)
    }

    /// Returns a failure that will not pass.
    pub(super) fn lasting(words: String) -> Self {
        Self::of(Fault::Final, words)
    }

    pub(super) fn of(fault: Fault, words: String) -> Self {
        Self { fault, words, left_out: Vec::new() }
    }
}

/// Returns what the server said, or what the machine said of the connection: on one line, not too long.
pub(super) fn cause(error: &lettre::transport::smtp::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let said: String = line::plain_line(&innermost.to_string()).chars().take(300).collect();
    match error.status() {
        Some(code) if said.is_empty() => code.to_string(),
        Some(code) => format!("{code} {said}"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_may_be_taken_later_are_still_owed() {
        let envelope = Envelope { from: "f@x.org".to_owned(), to: vec!["a@x.org".to_owned(), "b@x.org".to_owned()] };
        let out = |address: &str, fault| LeftOut { address: address.to_owned(), fault, words: String::new() };
        assert_eq!(Sent::default().still_owed(&envelope), None);
        assert_eq!(Sent { left_out: vec![out("a@x.org", Fault::Final)] }.still_owed(&envelope), None);
        let sent = Sent { left_out: vec![out("a@x.org", Fault::Final), out("b@x.org", Fault::NotYet)] };
        assert_eq!(sent.still_owed(&envelope).map(|owed| owed.to), Some(vec!["b@x.org".to_owned()]));
    }
}
