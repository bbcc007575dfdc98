//! Writes decisions and outcomes to the journal: while one commit is under way, the next ones gather and go into the next
//! commit together, so that the drive waits for a slow disk as seldom as can be. Where the journal cannot be written, keeps
//! what is to be written, and tries again ever more seldom.

use std::sync::Arc;

use futures_util::future::{self, BoxFuture, FutureExt, OptionFuture};
use tokio::time::Instant;

use super::context::Context;
use super::outcomes::{Batch, Kept, Outcomes};
use super::page::{self, Ahead, Committed, Decided};
use super::requests::Ready;
use crate::engine::leases::Lease;
use crate::engine::start_eagerly::start_eagerly;
use crate::engine::steering::OnTrouble;
use crate::engine::waits::Waits;
use crate::journal::{JournalError, Step};
use crate::model::{Counts, Event, ItemNo, Life, Limits, State, Status, Stop};

/// While so many outcomes wait for the disk, no new items are taken.
const OUTCOMES_MOST: usize = 1024;

/// The intents and outcomes of one run that wait for the journal, and those that are being written.
pub(super) struct Commits<'a> {
    context: Context<'a>,
    /// Decisions that wait for the commit that is under way.
    decided: Decided,
    /// Outcomes that wait for it, and the items whose outcomes are to come.
    outcomes: Outcomes,
    /// The commit under way, with decisions and outcomes together.
    writing: Option<BoxFuture<'a, CommitResult>>,
    /// The share of the decisions that is in `writing`.
    being_written: Ahead,
    /// The work under way beside which nothing else is written.
    chore: Option<BoxFuture<'a, Result<Chore, JournalError>>>,
    trouble: Option<DiskTrouble>,
    waits: Waits,
    /// A commit that failed may have been carried out all the same, so that there may be intents unknown to this drive.
    uncertain: bool,
    /// The journal knows that the run ends early.
    stop_is_durable: bool,
}

/// The journal could not be written.
struct DiskTrouble {
    error: JournalError,
    until: Instant,
}

/// The result of a commit.
struct CommitResult {
    decided: Option<Result<Committed, JournalError>>,
    answered: Option<(Batch, Result<(), JournalError>)>,
}

/// Work in the journal beside which nothing else is written.
enum Chore {
    /// These pending items were left undone.
    LeftUndone(Counts),
    /// These items are `sending` in the journal, and the run's finished items add up to this.
    Sending(Vec<(ItemNo, Life)>, Counts),
}

/// The news of work that the journal has ended, for the other parts of the drive.
#[derive(Default)]
pub(super) struct Durable {
    /// Items that may be sent.
    pub(super) ready: Vec<Ready>,
    /// Items that are to be settled from now on.
    pub(super) unsettled: Vec<(ItemNo, Kept)>,
    /// The statuses of items that are over.
    pub(super) done: Vec<Status>,
    /// Items are pending again.
    pub(super) put_back: bool,
    /// All pending items were left undone: so many of each status.
    pub(super) left_undone: Option<Counts>,
    /// The items that are over, counted anew.
    pub(super) recounted: Option<Counts>,
}

impl<'a> Commits<'a> {
    /// Begins with nothing to write.
    pub(super) fn new(context: Context<'a>) -> Self {
        Self {
            context,
            decided: Decided::default(),
            outcomes: Outcomes::default(),
            writing: None,
            being_written: Ahead::default(),
            chore: None,
            trouble: None,
            waits: Waits::default(),
            uncertain: false,
            stop_is_durable: false,
        }
    }

    /// Takes in decisions.
    pub(super) fn decide(&mut self, decided: Decided) {
        self.decided.append(decided);
    }

    /// Lets go of the decisions that are not being written: their items are pending, and are decided anew when their time comes.
    /// Tells whether there were any.
    pub(super) fn undecide(&mut self) -> bool {
        !std::mem::take(&mut self.decided).is_empty()
    }

    /// Takes in what became of an item.
    pub(super) fn add(&mut self, step: Step, leases: Vec<Lease>) {
        self.outcomes.add(step, leases);
    }

    /// Begins whatever can be written at `now`: the next commit, or work that needs the journal to itself.
    pub(super) fn begin(&mut self, now: Instant, is_quiet: bool) {
        if self.writing.is_some() || self.chore.is_some() {
            return;
        }
        let is_due = match &self.trouble {
            Some(trouble) => trouble.until <= now,
            // If there is a commit anyway, no outcome waits for others.
            None => is_quiet || !self.decided.is_empty() || self.outcomes.is_due(now),
        };
        if !is_due || !self.has_waiting() {
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
            let (decided, answered) = future::join(OptionFuture::from(committing), OptionFuture::from(recording)).await;
            CommitResult { decided, answered }
        };
        self.writing = Some(start_eagerly(writing.boxed()));
    }

    /// Asks the journal which intents it has, where a commit failed and that is not certain.
    pub(super) fn begin_asking(&mut self) {
        if !self.uncertain || !self.has_journal_to_itself() {
            return;
        }
        let Context { run, journal, .. } = self.context;
        let asking = async move {
            let sending = journal.sending(run).await?;
            Ok(Chore::Sending(sending, journal.counts(run).await?))
        };
        self.chore = Some(asking.boxed());
    }

    /// Leaves all pending items undone, for the run ends early.
    pub(super) fn begin_leaving(&mut self, stop: Stop, why: &str) {
        if self.uncertain || !self.outcomes.is_empty() || !self.has_journal_to_itself() {
            return;
        }
        let (Context { run, journal, .. }, why) = (self.context, why.to_owned());
        let leaving = async move {
            journal.stop(run, stop, why.clone()).await?;
            Ok(Chore::LeftUndone(journal.leave_undone(run, &why).await?))
        };
        self.chore = Some(leaving.boxed());
    }

    /// Tells whether nothing is being written, and nothing can be but a chore.
    fn has_journal_to_itself(&self) -> bool {
        self.trouble.is_none() && self.chore.is_none() && self.writing.is_none() && self.decided.is_empty()
    }

    /// Waits for the work that is under way.
    pub(super) async fn next(&mut self) -> Durable {
        if let Some(writing) = &mut self.writing {
            let written = writing.await;
            self.writing = None;
            self.written(written)
        } else if let Some(chore) = &mut self.chore {
            let chore = chore.await;
            self.chore = None;
            self.chore_done(chore)
        } else {
            future::pending().await
        }
    }

    fn written(&mut self, written: CommitResult) -> Durable {
        self.being_written = Ahead::default();
        let mut news = Durable::default();
        match written.answered {
            Some((batch, Ok(()))) => {
                self.trouble = None;
                self.waits.reset();
                self.outcomes.committed(&batch.steps);
                news.add(batch, self.context.policy.limits);
            }
            Some((batch, Err(error))) => {
                // The outcomes are kept, and handed in again when there is room.
                self.outcomes.put_back(batch);
                self.fail(error);
            }
            None => {}
        }
        match written.decided {
            Some(Ok(mut committed)) => {
                self.waits.reset();
                news.done.append(&mut committed.done);
                committed.ready.iter().for_each(|ready| self.outcomes.intended(ready.item.item));
                news.ready = committed.ready;
            }
            Some(Err(error)) => {
                // Its items are looked for again, from the first one on.
                news.put_back = true;
                self.fail(error);
            }
            None => {}
        }
        news
    }

    fn chore_done(&mut self, chore: Result<Chore, JournalError>) -> Durable {
        let mut news = Durable::default();
        match chore {
            Ok(Chore::LeftUndone(left)) => {
                self.stop_is_durable = true;
                self.waits.reset();
                news.left_undone = Some(left);
            }
            Ok(Chore::Sending(sending, counts)) => {
                self.uncertain = false;
                news.recounted = Some(counts);
                for (item, life) in sending {
                    if !self.outcomes.is_under_way(item) {
                        // Its intent was committed and not reported to any sender, so nothing was sent.
                        self.outcomes.intended(item);
                        self.outcomes.add(Step::new(item, life, Event::Unsent), Vec::new());
                    }
                }
            }
            Err(error) => self.fail(error),
        }
        news
    }

    /// Takes in a failure of the journal: nothing new is sent until it can be written again.
    pub(super) fn fail(&mut self, error: JournalError) {
        if self.trouble.is_none() {
            tracing::warn!(%error, "the journal cannot be written; nothing new is sent until it can");
        }
        self.trouble = Some(DiskTrouble { error, until: Instant::now() + self.waits.next() });
        self.uncertain = true;
    }

    /// Lets go of trouble that is over at `now` where nothing waits to be written: the next thing to be written shows whether it
    /// can be.
    pub(super) fn try_again(&mut self, now: Instant) {
        let is_due = self.trouble.as_ref().is_some_and(|trouble| trouble.until <= now);
        if is_due && self.outcomes.is_empty() && self.writing.is_none() {
            self.trouble = None;
        }
    }

    /// Writes the known outcomes down at once where that had to wait, for the program stops at `now`.
    pub(super) fn drain(&mut self, now: Instant) {
        if let Some(trouble) = &mut self.trouble {
            trouble.until = now;
        }
    }

    /// Returns the trouble that is not waited out.
    pub(super) fn give_up(&mut self, on_trouble: OnTrouble) -> Option<JournalError> {
        let is_over = |trouble: &mut DiskTrouble| on_trouble == OnTrouble::GiveUp || !trouble.error.may_pass();
        self.trouble.take_if(is_over).map(|trouble| trouble.error)
    }

    /// Returns until when, and why, the journal is not tried again.
    pub(super) fn trouble(&self) -> Option<(Instant, &JournalError)> {
        self.trouble.as_ref().map(|trouble| (trouble.until, &trouble.error))
    }

    /// Returns the amount that was decided and is not durable yet.
    pub(super) fn ahead(&self) -> Ahead {
        let waiting = self.decided.ahead();
        Ahead { pages: waiting.pages + self.being_written.pages, to_send: waiting.to_send + self.being_written.to_send }
    }

    /// Tells whether new items may be decided: the journal's state is certain, and not too much waits for the disk.
    pub(super) fn may_decide(&self) -> bool {
        self.chore.is_none() && !self.uncertain && self.outcomes.len() < OUTCOMES_MOST
    }

    /// Tells whether something is being written, or read before anything is.
    pub(super) fn is_at_work(&self) -> bool {
        self.writing.is_some() || self.chore.is_some()
    }

    /// Tells whether something waits to be written.
    pub(super) fn has_waiting(&self) -> bool {
        !self.decided.is_empty() || !self.outcomes.is_empty()
    }

    /// Tells whether an outcome waits to be written, or is being written.
    pub(super) fn has_outcomes(&self) -> bool {
        self.writing.is_some() || !self.outcomes.is_empty()
    }

    /// Tells whether the journal's state is certain, and no trouble stands.
    pub(super) fn is_certain(&self) -> bool {
        self.trouble.is_none() && !self.uncertain
    }

    /// Tells whether the journal knows that the run ends early.
    pub(super) fn stop_is_durable(&self) -> bool {
        self.stop_is_durable
    }

    /// Returns the time at which something is to be written, where only time has to pass.
    pub(super) fn due(&self) -> [Option<Instant>; 2] {
        [self.trouble.as_ref().map(|trouble| trouble.until), self.outcomes.due()]
    }
}

impl Durable {
    fn add(&mut self, batch: Batch, limits: Limits) {
        for (step, kept) in batch.steps.iter().zip(batch.kept) {
            match step.life.step(step.event, limits).map(|after| after.state) {
                Ok(State::Done(status)) => self.done.push(status),
                Ok(State::Pending) => self.put_back = true,
                Ok(State::Settling { .. }) => self.unsettled.push((step.item, kept)),
                // No event leads to `sending` but an intent, and no illegal step was committed.
                Ok(State::Sending) | Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
