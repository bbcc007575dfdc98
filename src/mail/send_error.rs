//! Why a letter did not go out, in words that the one who keeps the mail server understands.

use std::error::Error;

use super::Envelope;

/// A letter that nobody received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct SendError {
    /// Whether this letter will never be taken. Otherwise it waits: a server that is down, or does not let us in, can be put
    /// right by a person meanwhile.
    pub permanent: bool,
    /// What happened, where, and what to do. No secrets.
    pub words: String,
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
    /// Whether it never will.
    pub permanent: bool,
    /// The server's answer.
    pub words: String,
}

impl Sent {
    /// The envelope for the recipients that may be taken later; `None` when nothing is owed to anybody.
    #[must_use]
    pub fn still_owed(&self, envelope: &Envelope) -> Option<Envelope> {
        let to: Vec<_> = self.left_out.iter().filter(|out| !out.permanent).map(|out| out.address.clone()).collect();
        (!to.is_empty()).then(|| Envelope { from: envelope.from.clone(), to })
    }
}

impl SendError {
    /// A failure that may pass.
    pub(super) fn passing(words: String) -> Self {
        Self { permanent: false, words }
    }

    /// A failure that will not pass.
    pub(super) fn lasting(words: String) -> Self {
        Self { permanent: true, words }
    }
}

/// What the server said, or what the machine said of the connection: on one line, not too long.
pub(super) fn cause(error: &lettre::transport::smtp::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let said: Vec<_> = innermost.to_string().split_whitespace().map(str::to_owned).collect();
    let said: String = said.join(" ").chars().filter(|c| !c.is_control()).take(300).collect();
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
        let out = |address: &str, permanent| LeftOut { address: address.to_owned(), permanent, words: String::new() };
        assert_eq!(Sent::default().still_owed(&envelope), None);
        assert_eq!(Sent { left_out: vec![out("a@x.org", true)] }.still_owed(&envelope), None);
        let owed = Sent { left_out: vec![out("a@x.org", true), out("b@x.org", false)] }.still_owed(&envelope);
        assert_eq!(owed.map(|owed| owed.to), Some(vec!["b@x.org".to_owned()]));
    }
}
