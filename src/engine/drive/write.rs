//! Writes decisions and outcomes to the journal: while one commit is under way, the next ones gather and go into
//! the next commit together, so that the drive waits for a slow disk as seldom as can be.

use std::sync::Arc;

use futures_util::future::{self, FutureExt};
use tokio::time::Instant;

use super::super::outcomes::Batch;
use super::super::page::{self, Ahead, Committed, Halt, Page};
use super::super::start_eagerly::start_eagerly;
use super::{Drive, Stuck};
use crate::journal::JournalError;
use crate::model::State;

/// The result of a commit.
pub(super) struct Written {
    decided: Option<Result<Committed, JournalError>>,
    answered: Option<(Batch, Result<(), JournalError>)>,
}

impl Drive<'_> {
    pub(super) fn decided(&mut self, page: Result<Page, Halt>) {
        self.deciding = None;
        let page = match page {
            Ok(page) => page,
            Err(Halt::Server(trouble)) => return self.flow.trouble(&trouble, self.context.policy.abort_after),
            Err(Halt::Journal(error)) => return self.stuck(error),
        };
        let took = !page.decided.is_empty();
        match page.last {
            Some(last) => self.scan.read(last, took, page.is_full),
            None => self.scan.read_to_end(page.next),
        }
        if !took {
            return;
        }
        self.flow.looked_up();
        if page.decided.ahead().to_send == 0 {
            self.window.unused();
        }
        self.decided.append(page.decided);
    }

    /// Lets go of what was decided: its items are pending, and are decided anew when their time comes.
    pub(super) fn undecide(&mut self) {
        if !self.decided.is_empty() {
            drop(std::mem::take(&mut self.decided));
            self.scan.put_back();
        }
    }

    /// Returns the amount that was decided and is not durable yet.
    pub(super) fn ahead(&self) -> Ahead {
        let waiting = self.decided.ahead();
        Ahead { pages: waiting.pages + self.being_written.pages, to_send: waiting.to_send + self.being_written.to_send }
    }

    pub(super) fn begin_writing(&mut self) {
        if self.writing.is_some() || self.chore.is_some() {
            return;
        }
        let is_quiet = self.in_flight.is_empty() && self.deciding.is_none();
        let is_due = match &self.stuck {
            Some(stuck) => stuck.until <= self.now,
            // If there is a commit anyway, no outcome waits for others.
            None => is_quiet || !self.decided.is_empty() || self.outcomes.is_due(self.now),
        };
        if !is_due || (self.outcomes.is_empty() && self.decided.is_empty()) {
            return;
        }
        let context = self.context;
        let decided = std::mem::take(&mut self.decided);
        self.being_written = decided.ahead();
        let committing = (!decided.is_empty()).then(|| page::commit(context, decided));
        let recording = (!self.outcomes.is_empty()).then(|| {
            let batch = self.outcomes.take();
            async move {
                let steps = Arc::clone(&batch.steps);
                let result = context.journal.record(context.run, steps, context.policy.limits).await;
                (batch, result)
            }
        });
        let writing = async move {
            // Queued together, they share a transaction.
            let both = future::join(future::OptionFuture::from(committing), future::OptionFuture::from(recording));
            let (decided, answered) = both.await;
            Written { decided, answered }
        };
        self.writing = Some(start_eagerly(writing.boxed()));
    }

    pub(super) fn written(&mut self, written: Written) {
        self.writing = None;
        self.being_written = Ahead::default();
        if let Some((batch, result)) = written.answered {
            self.recorded(batch, result);
        }
        if let Some(committed) = written.decided {
            self.committed(committed);
        }
    }

    fn committed(&mut self, committed: Result<Committed, JournalError>) {
        let committed = match committed {
            Ok(committed) => committed,
            Err(error) => {
                // Its items are looked for again, from the first one on.
                self.scan.put_back();
                return self.stuck(error);
            }
        };
        self.disk.reset();
        if !committed.done.is_empty() {
            self.progress.send_modify(|progress| committed.done.iter().for_each(|status| progress.done(*status)));
        }
        for ready in committed.ready {
            self.outcomes.intended(ready.item.item);
            self.ready.push_back(ready);
        }
    }

    fn recorded(&mut self, batch: Batch, result: Result<(), JournalError>) {
        if let Err(error) = result {
            // The outcomes are kept, and handed in again when there is room.
            self.outcomes.put_back(batch);
            return self.stuck(error);
        }
        self.stuck = None;
        self.disk.reset();
        self.outcomes.committed(&batch.steps);
        let mut done = Vec::with_capacity(batch.steps.len());
        for (step, kept) in batch.steps.iter().zip(batch.kept) {
            match step.life.step(step.event, self.context.policy.limits).map(|after| after.state) {
                Ok(State::Done(status)) => done.push(status),
                Ok(State::Pending) => self.scan.put_back(),
                Ok(State::Settling { .. }) => self.settling.watch(step.item, kept.since, kept.leases),
                // No event leads to `sending` but an intent, and no illegal step was committed.
                Ok(State::Sending) | Err(_) => {}
            }
        }
        if !done.is_empty() {
            self.progress.send_modify(|progress| done.into_iter().for_each(|status| progress.done(status)));
        }
    }

    /// Takes in a failure of the journal: nothing new is sent until it can be written again.
    pub(super) fn stuck(&mut self, error: JournalError) {
        if self.stuck.is_none() {
            tracing::warn!(%error, "the journal cannot be written; nothing new is sent until it can");
        }
        self.stuck = Some(Stuck { error, until: Instant::now() + self.disk.next() });
        self.uncertain = true;
    }
}
