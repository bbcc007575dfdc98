//! Makes the replies that are not the API's own: pages, plain refusals, and what a fault makes of a reply.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use thiserror::Error;

use crate::sandbox::api::{Refusal, Turn};
use crate::sandbox::clock::Second;
use crate::sandbox::faults::{How, RetryAfter};

/// A reply.
pub type HttpReply = Response<ReplyBody>;

/// Returns a JSON reply.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> HttpReply {
    with_type(status, "application/json", body)
}

/// Returns a refusal of the reference's table.
pub fn refusal(refusal: Refusal, turn: Turn) -> HttpReply {
    json(refusal.status, refusal.body(turn))
}

/// Returns a plain text.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> HttpReply {
    with_type(status, "text/plain; charset=utf-8", body)
}

/// Returns an uploaded file.
pub fn file(content: Bytes) -> HttpReply {
    with_type(StatusCode::OK, "application/octet-stream", content)
}

/// Returns a page for people, as a web server or a proxy makes it: no result in it.
pub fn page(status: StatusCode) -> HttpReply {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    with_type(status, "text/html", body)
}

/// Returns the framework's own words for an error: JSON, but without a result.
pub fn message(status: StatusCode, message: &str) -> HttpReply {
    json(status, format!("{{\"message\":\"{message}\"}}"))
}

/// Returns a page that leads elsewhere.
pub fn redirect(to: &'static str) -> HttpReply {
    let mut reply = page(StatusCode::FOUND);
    reply.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    reply
}

/// Returns a 429 or 503 with the `Retry-After` that the script says.
pub fn later(status: StatusCode, how: How, default: Option<RetryAfter>, now: Second) -> HttpReply {
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

fn with_type(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> HttpReply {
    let mut reply = Response::new(ReplyBody::whole(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// The body of a reply.
#[derive(Debug)]
pub struct ReplyBody {
    next: Option<Bytes>,
    /// The value of `Content-Length`.
    length: u64,
    ending: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Whole,
    /// One more turn of the connection, in which what was given goes out; then the break.
    Flush,
    Break,
}

/// The body broke off, as the fault script wanted it.
#[derive(Debug, Error)]
#[error("the reply broke off, as scripted")]
pub struct BrokenOff;

impl ReplyBody {
    /// Returns all of it.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { length: bytes.len() as u64, next: Some(bytes).filter(|bytes| !bytes.is_empty()), ending: Ending::Whole }
    }

    /// Returns its first half, under the length of the whole.
    pub fn cut(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { length: bytes.len() as u64, next: Some(bytes.slice(..bytes.len() / 2)), ending: Ending::Flush }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(bytes) = self.next.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.ending {
            Ending::Whole => Poll::Ready(None),
            Ending::Flush => {
                self.ending = Ending::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Ending::Break => Poll::Ready(Some(Err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && matches!(self.ending, Ending::Whole)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
