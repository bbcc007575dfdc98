//! Says why a letter's delivery over a connection was cut short, and what follows from that: another connection, each receiver alone,
//! or nothing more.

use super::LeftOut;
use super::send_error::{Fault, SendError};

/// The reason why a letter's delivery was cut short.
pub(super) enum Broken {
    /// On a connection that had served before, without a word, and before anything of this letter was said.
    Silently(SendError),
    /// After the letter, over one of several receivers, whom the server does not name; these were left out before.
    OverOne(Vec<LeftOut>),
    Said(SendError),
}

impl Broken {
    pub(super) fn into_error(self) -> SendError {
        match self {
            Self::Silently(why) | Self::Said(why) => why,
            Self::OverOne(left_out) => nobody(left_out),
        }
    }
}

impl From<SendError> for Broken {
    fn from(why: SendError) -> Self {
        Self::Said(why)
    }
}

/// Final only when it is so for each of them. What is refused for what we are would be so for any other mail.
pub(super) fn nobody(left_out: Vec<LeftOut>) -> SendError {
    let of = |fault| left_out.iter().any(|out| out.fault == fault).then_some(fault);
    let fault = [Fault::ServerRefuses, Fault::ServerAway, Fault::NotYet, Fault::Refused, Fault::NoRelay]
        .into_iter()
        .find_map(of);
    let words = left_out.iter().map(|out| out.words.clone()).collect::<Vec<_>>().join("; ");
    SendError { fault: fault.unwrap_or(Fault::Final), words, left_out }
}
