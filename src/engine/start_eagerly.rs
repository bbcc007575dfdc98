//! Futures do nothing before they are polled.

use futures_util::future::{self, BoxFuture, FutureExt};

/// Polls a future once, so that its work begins now and not at the caller's first `await`.
pub(super) fn start_eagerly<T: Send + 'static>(mut future: BoxFuture<'_, T>) -> BoxFuture<'_, T> {
    match (&mut future).now_or_never() {
        Some(ready) => future::ready(ready).boxed(),
        None => future,
    }
}
