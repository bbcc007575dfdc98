//! Asks at the last moment whether a request may leave. A machine may stand still for an hour between the decision to send and the sending,
//! and another may have done its work by then: so the question is put once more where the bytes are handed to the network.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::budget::Budget;

/// What a request carries, behind that question. One that carries nothing is asked about, too: instead of its end, it has an error to tell.
pub(super) struct Fenced {
    carried: reqwest::Body,
    budget: Arc<dyn Budget>,
}

/// The request does not leave.
#[derive(Debug)]
pub(super) struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("withheld, because another process may do this work by now")
    }
}

impl std::error::Error for Withheld {}

impl Fenced {
    pub(super) fn around(carried: reqwest::Body, budget: Arc<dyn Budget>) -> reqwest::Body {
        reqwest::Body::wrap(Self { carried, budget })
    }
}

impl Body for Fenced {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.budget.may_send() {
            return Poll::Ready(Some(Err(Withheld.into())));
        }
        Pin::new(&mut self.carried).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.carried.is_end_stream() && self.budget.may_send()
    }

    fn size_hint(&self) -> SizeHint {
        // With a length of nothing, nobody would ask for what there is to tell; nor, of an old server, without a length.
        if self.carried.is_end_stream() { SizeHint::with_exact(1) } else { self.carried.size_hint() }
    }
}
