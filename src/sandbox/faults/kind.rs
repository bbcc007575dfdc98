//! Lists what can go wrong with a request, on purpose.

use serde::{Deserialize, Serialize};

/// A kind of fault. *Before* means that the request has no effect, *after* that it has its effect and only the reply suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Without `for_ms`: a new connection is closed before anything of it is read. With `for_ms`: the request is answered,
    /// and then nothing listens for that long, so that connecting is refused.
    Refused,
    /// The request is read, then the connection is reset; no effect.
    ResetBefore,
    /// The effect, then the connection is reset.
    ResetAfter,
    /// HTTP 500, no effect.
    #[serde(rename = "http_500_before")]
    Http500Before,
    /// The effect, then HTTP 500.
    #[serde(rename = "http_500_after")]
    Http500After,
    /// HTTP 429 with `Retry-After` (`retry_after`, 1 s by default); no effect.
    #[serde(rename = "busy_429")]
    Busy429,
    /// The effect, then HTTP 429 all the same: the server denies what it did.
    #[serde(rename = "busy_429_after")]
    Busy429After,
    /// HTTP 503, with `Retry-After` only where `retry_after` is given; no effect.
    #[serde(rename = "unavailable_503")]
    Unavailable503,
    /// HTTP 302 to a page for people, no effect.
    #[serde(rename = "redirect_302")]
    Redirect302,
    /// No answer for `for_ms`, then the connection is reset; no effect.
    StallBefore,
    /// The effect at once, no answer for `for_ms`, then the connection is reset.
    StallAfter,
    /// The effect and its answer come `for_ms` late, the effect also when the client has stopped waiting for it.
    StallLate,
    /// The effect, then a reply that is whole HTTP but only half of its JSON.
    TruncatedJson,
    /// The effect, then a reply that breaks off in the middle of its body.
    CutReply,
    /// A proxy's page with HTTP 502, no effect.
    #[serde(rename = "html_502_before")]
    Html502Before,
    /// The effect, then a proxy's page with HTTP 502.
    #[serde(rename = "html_502_after")]
    Html502After,
    /// HTTP 200 and nothing but `{"result": 0}`, no effect.
    #[serde(rename = "empty_result_0_before")]
    EmptyResult0Before,
    /// The effect, then HTTP 200 and nothing but `{"result": 0}`.
    #[serde(rename = "empty_result_0_after")]
    EmptyResult0After,
    /// A refusal of the reference's error table: `code`, with `status` (406 by default); no effect.
    ErrorCode,
}

impl FaultKind {
    /// Tells whether it says how long it takes by `for_ms`.
    pub(super) fn stalls(self) -> bool {
        matches!(self, Self::StallBefore | Self::StallAfter | Self::StallLate)
    }

    /// Tells whether it may carry `Retry-After`.
    pub(super) fn may_retry_after(self) -> bool {
        matches!(self, Self::Busy429 | Self::Busy429After | Self::Unavailable503)
    }

    /// Tells whether the request has its effect.
    pub(in crate::sandbox) fn has_effect(self) -> bool {
        match self {
            Self::ResetAfter
            | Self::Http500After
            | Self::Busy429After
            | Self::StallAfter
            | Self::StallLate
            | Self::TruncatedJson
            | Self::CutReply
            | Self::Html502After
            | Self::EmptyResult0After
            | Self::Refused => true,
            Self::ResetBefore
            | Self::Http500Before
            | Self::Busy429
            | Self::Unavailable503
            | Self::Redirect302
            | Self::StallBefore
            | Self::Html502Before
            | Self::EmptyResult0Before
            | Self::ErrorCode => false,
        }
    }
}
