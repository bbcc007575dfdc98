//! Holds the body of a reply: whole, or breaking off in the middle.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use thiserror::Error;

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
