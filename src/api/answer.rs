//! Holds what came back from the server, before it is judged.

use reqwest::StatusCode;

use super::retry_after::RetryAfter;

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: RetryAfter,
    /// The target of a redirect, without its query.
    pub(super) location: Option<String>,
    /// The path that was asked; blank for a success, which needs no words.
    pub(super) path: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// It broke off, or is larger than any answer should be; the words say which.
    Broken(String),
}

/// No answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// Certainly nothing was sent.
    Unsent(String),
    /// It was sent, or may have been.
    Unanswered(String),
}
