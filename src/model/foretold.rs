//! Lets a plan foretell how an item ends: items that end alike are then ended many at a time, without a look at what each is about.

use std::fmt;

use super::{Digest, Status};

/// What is foretold of an item. As long as nothing else was done to the item than to end it so, the journal keeps it where a request would
/// keep what stood on the server before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foretold {
    content: Digest,
    revision: u32,
}

/// Digits of the content's fingerprint in the text of what is foretold. Those of the revision follow.
pub(crate) const CONTENT_DIGITS: usize = 32;

impl Foretold {
    /// Returns what is foretold of the thing of that identity: the fingerprint of its content, and the number of the revision that this
    /// is. `None` where JSON writes the identity otherwise than it is: no text is made of such a one without a closer look.
    #[must_use]
    pub fn of(identity: &str, content: Digest, revision: u32) -> Option<Self> {
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        let is_whole = !identity.is_empty() && identity.trim() == identity;
        (is_whole && identity.bytes().all(is_plain)).then_some(Self { content, revision })
    }
}

impl fmt::Display for Foretold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.content, self.revision)
    }
}

/// The end that items come to alike. Nothing else is to be told of it, and no PIN comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommonEnd {
    /// The status.
    pub status: Status,
    /// The result to tell, as JSON: the texts before the identity, between it and the revision, and behind that.
    pub result: [&'static str; 3],
    /// The facts that the job remembers with the content, of the thing that has the identity for its id: the texts before the revision
    /// and behind it. `None` where nothing is remembered.
    pub facts: Option<[&'static str; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_comes_first_and_the_revision_behind_it() {
        let content = Digest::of(b"Biology");
        for revision in [1, u32::MAX] {
            let text = Foretold::of("m1", content, revision).unwrap().to_string();
            assert_eq!(text.split_at(CONTENT_DIGITS), (content.to_string().as_str(), revision.to_string().as_str()));
        }
    }

    #[test]
    fn nothing_is_foretold_of_an_identity_that_is_written_otherwise_in_json() {
        let content = Digest::of(b"");
        for identity in ["", "m\"1", "m\\1", "m\n1", "m\u{0}", " m1", "m1\u{a0}"] {
            assert_eq!(Foretold::of(identity, content, 1), None, "{identity:?}");
        }
        for identity in ["m1", "m 1/ä", "\u{7f}"] {
            assert!(Foretold::of(identity, content, 1).is_some());
            assert_eq!(serde_json::to_string(identity).unwrap(), format!("\"{identity}\""));
        }
    }
}
