//! Makes answers: each with the headers that keep a browser from running, framing, sniffing, remembering or telling on anything.

use std::convert::Infallible;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Response, StatusCode};

/// An answer's body.
pub(super) type Body = BoxBody<Bytes, Infallible>;
/// An answer.
pub(super) type Answer = Response<Body>;

/// Nothing runs, nothing comes from elsewhere, and no other page shows this one.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const CSS: &str = "text/css; charset=utf-8";

/// Makes an answer of these bytes.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    of_body(status, kind, Full::new(body.into()).boxed())
}

/// Makes an answer whose pieces come one after the other.
pub(super) fn stream(
    kind: &'static str,
    pieces: impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + Sync + 'static,
) -> Answer {
    of_body(StatusCode::OK, kind, BodyExt::boxed(StreamBody::new(pieces)))
}

/// Leads to another page of this site.
pub(super) fn lead_to(place: &str) -> Answer {
    let mut answer = answer(StatusCode::SEE_OTHER, TEXT, "");
    // Paths of this site are made of signs that a header may hold.
    if let Ok(place) = HeaderValue::from_str(place) {
        answer.headers_mut().insert(hyper::header::LOCATION, place);
    }
    answer
}

fn of_body(status: StatusCode, kind: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers: [(HeaderName, &'static str); 8] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
