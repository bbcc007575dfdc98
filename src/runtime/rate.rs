//! Shares the rate of requests with the other processes that have the journal, through the journal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::api::{Budget, Slice};
use crate::journal::Journal;

/// The pause before a journal is asked again that could not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// Returns the budget that the journal keeps, for all processes that have it. While the journal cannot be asked, nothing is sent.
#[must_use]
pub fn budget(journal: &Arc<Journal>) -> Arc<dyn Budget> {
    Arc::new(InJournal(Arc::clone(journal)))
}

#[derive(Debug)]
struct InJournal(Arc<Journal>);

impl Budget for InJournal {
    fn reserve(&self, server: &str, from: Duration, length: Duration) -> BoxFuture<'static, Slice> {
        let (journal, server) = (Arc::clone(&self.0), server.to_owned());
        async move {
            let mut told = false;
            loop {
                match journal.reserve(server.clone(), from, length).await {
                    Ok(reserved) => {
                        let begins = Instant::from_std(reserved.begins);
                        return Slice { begins, unsure: reserved.unsure };
                    }
                    Err(error) if !std::mem::replace(&mut told, true) => {
                        tracing::warn!(%error, "requests wait, for their rate is shared through the journal");
                    }
                    Err(error) => tracing::debug!(%error, "requests still wait for the journal"),
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
        .boxed()
    }

    fn may_send(&self) -> bool {
        self.0.may_send()
    }
}
