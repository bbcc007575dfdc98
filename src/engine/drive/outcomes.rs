//! Queues the outcomes of items for a moment until they are committed, so that many outcomes share a transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::leases::Lease;
use crate::journal::Step;
use crate::model::{ItemNo, State};

/// Outcomes wait this long for others to be committed with them.
const BATCH_TIME: Duration = Duration::from_millis(5);
/// With so many, none waits.
const BATCH: usize = 256;

/// The outcomes that wait, and the items under way.
#[derive(Default)]
pub(super) struct Outcomes {
    waiting: Vec<Waiting>,
    oldest: Option<Instant>,
    /// The number of an item's intents whose outcome is not committed: one, or two for a moment, when an item that
    /// was put back is sent again before the commit that put it back has reported.
    under_way: HashMap<ItemNo, u32>,
}

/// An outcome that waits.
struct Waiting {
    step: Step,
    kept: Kept,
}

/// The things that an item keeps until its outcome is committed, and longer where it is to be settled.
pub(super) struct Kept {
    /// The item's leases.
    pub(super) leases: Vec<Lease>,
    /// The time at which its outcome was known.
    pub(super) since: Instant,
}

/// Outcomes that are committed together.
pub(super) struct Batch {
    /// The steps.
    pub(super) steps: Arc<[Step]>,
    /// The things that their items keep, in the same order.
    pub(super) kept: Vec<Kept>,
}

impl Outcomes {
    /// Records that the intent of an item is durable.
    pub(super) fn intended(&mut self, item: ItemNo) {
        *self.under_way.entry(item).or_default() += 1;
    }

    /// Tells whether an intent of the item is known here.
    pub(super) fn is_under_way(&self, item: ItemNo) -> bool {
        self.under_way.contains_key(&item)
    }

    /// Queues what became of an item.
    pub(super) fn add(&mut self, step: Step, leases: Vec<Lease>) {
        let since = Instant::now();
        self.oldest.get_or_insert(since);
        self.waiting.push(Waiting { step, kept: Kept { leases, since } });
    }

    /// Returns the number of waiting outcomes.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Tells whether no outcome waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tells whether the waiting outcomes have waited long enough at `now`, or are enough.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.waiting.len() >= BATCH || self.due().is_some_and(|due| due <= now)
    }

    /// Returns the time at which the first waiting outcome has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.oldest.map(|oldest| oldest + BATCH_TIME)
    }

    /// Takes all that wait.
    pub(super) fn take(&mut self) -> Batch {
        self.oldest = None;
        let (steps, kept): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).map(|waiting| (waiting.step, waiting.kept)).unzip();
        Batch { steps: steps.into(), kept }
    }

    /// Takes back a batch that could not be committed: it is handed in again, before the outcomes that came after
    /// it.
    pub(super) fn put_back(&mut self, batch: Batch) {
        let steps = batch.steps.iter().cloned();
        let again = steps.zip(batch.kept).map(|(step, kept)| Waiting { step, kept });
        self.waiting.splice(0..0, again);
        self.oldest.get_or_insert_with(Instant::now);
    }

    /// Records that a batch was committed.
    pub(super) fn committed(&mut self, steps: &[Step]) {
        for step in steps.iter().filter(|step| step.life.state == State::Sending) {
            if let Some(intents) = self.under_way.get_mut(&step.item) {
                *intents -= 1;
                if *intents == 0 {
                    self.under_way.remove(&step.item);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Life};

    fn unsent(item: u32) -> Step {
        Step::new(ItemNo(item), Life { state: State::Sending, attempts: 1, returns: 0, steps: 0 }, Event::Unsent)
    }

    #[tokio::test(start_paused = true)]
    async fn outcomes_wait_five_milliseconds_for_others_or_until_there_are_many() {
        let mut outcomes = Outcomes::default();
        outcomes.add(unsent(1), Vec::new());
        assert!(!outcomes.is_due(Instant::now()));
        tokio::time::advance(BATCH_TIME).await;
        assert!(outcomes.is_due(Instant::now()));
        assert_eq!(outcomes.take().steps.len(), 1);
        assert!(!outcomes.is_due(Instant::now()));
        for n in 0..256 {
            outcomes.add(unsent(n), Vec::new());
        }
        assert!(outcomes.is_due(Instant::now()));
    }

    #[test]
    fn what_could_not_be_committed_is_said_again_before_what_came_after_it() {
        let mut outcomes = Outcomes::default();
        outcomes.add(unsent(1), Vec::new());
        let batch = outcomes.take();
        outcomes.add(unsent(2), Vec::new());
        outcomes.put_back(batch);
        assert_eq!(outcomes.take().steps.iter().map(|step| step.item.0).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_item_sent_again_before_the_commit_that_put_it_back_has_reported_stays_under_way() {
        let mut outcomes = Outcomes::default();
        outcomes.intended(ItemNo(1));
        outcomes.intended(ItemNo(1));
        outcomes.committed(&[unsent(1)]);
        assert!(outcomes.is_under_way(ItemNo(1)), "it would be taken for one that was never sent");
        outcomes.committed(&[unsent(1)]);
        assert!(!outcomes.is_under_way(ItemNo(1)));
    }
}
