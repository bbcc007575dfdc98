//! Asks what commands ask, in this process.

use crate::control::{self, Event, Query, QueryReply, Refusal, Sources};

/// Returns the first reply to a question, as `read` reads it.
pub(super) async fn ask<T>(
    sources: Sources,
    query: Query,
    read: impl FnOnce(QueryReply) -> Option<T>,
) -> Result<T, Refusal> {
    match control::ask(sources, query).recv().await {
        Some(Event::Reply(reply)) => read(reply).ok_or_else(broken_off),
        Some(Event::Failed(refusal)) => Err(refusal),
        _ => Err(broken_off()),
    }
}

fn broken_off() -> Refusal {
    Refusal::failed("the answer broke off")
}
