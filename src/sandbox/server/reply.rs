//! Makes the replies that are not the API's own: pages, plain refusals, and what a fault makes of a reply.

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER},
};

use super::body::ReplyBody;
use crate::sandbox::{
    api::{Refusal, Turn},
    clock::Second,
    faults::{How, RetryAfter},
};

/// A reply.
pub type Reply = Response<ReplyBody>;

/// Returns a JSON reply.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    with_type(status, "application/json", body)
}

/// Returns a refusal of the reference's table.
pub fn refusal(refusal: Refusal, turn: Turn) -> Reply {
    json(refusal.status, refusal.body(turn))
}

/// Returns a plain text.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    with_type(status, "text/plain; charset=utf-8", body)
}

/// Returns an uploaded file.
pub fn file(content: Bytes) -> Reply {
    with_type(StatusCode::OK, "application/octet-stream", content)
}

/// Returns a page for people, as a web server or a proxy makes it: no result in it.
pub fn page(status: StatusCode) -> Reply {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    with_type(status, "text/html", body)
}

/// Returns the framework's own words for an error: JSON, but without a result.
pub fn message(status: StatusCode, message: &str) -> Reply {
    json(status, format!("{{\"message\":\"{message}\"}}"))
}

/// Returns a page that leads elsewhere.
pub fn redirect(to: &'static str) -> Reply {
    let mut reply = page(StatusCode::FOUND);
    reply.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    reply
}

/// Returns a 429 or 503 with the `Retry-After` that the script says.
pub fn later(status: StatusCode, how: How, default: Option<RetryAfter>, now: Second) -> Reply {
    let mut reply = message(status, status.canonical_reason().unwrap_or_default());
    let value = how.retry_after.or(default).map(|after| match after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(seconds) => Second(now.0 + i64::from(seconds)).http_date(),
    });
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        reply.headers_mut().insert(RETRY_AFTER, value);
    }
    reply
}

fn with_type(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(ReplyBody::whole(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}
