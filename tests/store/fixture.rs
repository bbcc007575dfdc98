//! A store in a place of its own, and the few things every test puts into it.

use std::ops::Deref;
use std::sync::Arc;

pub(crate) use crate::rows::{intent, item, new_run};
use roomkeeper::clock::{Clock, Timestamp};
use roomkeeper::journal::{
    AttemptView, Ending, ItemFilter, ItemView, ItemsPage, JobKey, Known, Machine, NewIntents, NewLetter, OpenItem,
    PendingAsked, PendingPage, RunKey, Store,
};
use roomkeeper::model::{Counts, ItemNo, JobKind, Life, Limits};

/// An open store.
pub(crate) type Opened = Box<dyn Deref<Target = dyn Store> + Send + Sync>;

/// A place that holds a store, which can be opened again once it was closed.
pub(crate) trait Place: Send + Sync {
    /// Opens the store here and now.
    fn open(&self) -> Opened;
    /// Opens it on that machine, by that clock.
    fn open_on(&self, machine: Machine, clock: Arc<dyn Clock>) -> Opened;
}

/// Makes an empty place.
pub(crate) type Make = fn() -> Box<dyn Place>;

/// The time in every test.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000)
}

/// The end of a run with these counts and mails.
pub(crate) fn ending(counts: Counts, letters: Vec<NewLetter>) -> Ending {
    Ending { outcome: counts.outcome(), error: None, counts, at: now(), remarks: Vec::new(), letters }
}

pub(crate) struct Fixture {
    place: Box<dyn Place>,
    pub(crate) store: Opened,
    pub(crate) job: JobKey,
}

impl Fixture {
    pub(crate) async fn new(make: Make) -> Self {
        let place = make();
        let store = place.open();
        let job = job(&**store, "timetable").await;
        Self { place, store, job }
    }

    /// A run of the job with `n` pending items, past its planning.
    pub(crate) async fn run_of(&self, n: u32) -> RunKey {
        let run = self.store.begin(new_run(self.job)).await.unwrap();
        self.store.plan(self.job, run, (1..=n).map(item).collect()).await.unwrap();
        self.store.planned(run, String::new()).await.unwrap();
        run
    }

    /// Makes items of the run `sending`.
    pub(crate) async fn intend(&self, run: RunKey, items: &[u32]) -> Vec<Life> {
        let intents = items.iter().map(|n| intent(*n, Life::default())).collect();
        self.store.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap()
    }

    /// Closes the store and opens it again, as the next start of the program does.
    pub(crate) async fn restart(self) -> Self {
        let Self { place, store, job } = self;
        store.close().await;
        drop(store);
        let store = place.open();
        Self { place, store, job }
    }

    pub(crate) async fn items(&self, run: RunKey, filter: ItemFilter, after: ItemNo, most: u32) -> Vec<ItemView> {
        self.store.items(ItemsPage { run, filter, after, most }).await.unwrap()
    }

    async fn page(&self, run: RunKey, after: ItemNo, now: Timestamp, most: u32) -> PendingPage {
        self.store.pending(PendingAsked { run, after, now, most }).await.unwrap()
    }

    pub(crate) async fn pending(&self, run: RunKey, after: ItemNo, now: Timestamp, most: u32) -> Vec<OpenItem> {
        self.page(run, after, now, most).await.items
    }

    /// Returns when the first pending item may be sent of a run that has none to send now.
    pub(crate) async fn next_pending(&self, run: RunKey) -> Option<Timestamp> {
        self.page(run, ItemNo(u32::MAX), now(), 1).await.next
    }

    pub(crate) async fn attempts(&self, run: RunKey, item: ItemNo) -> Vec<AttemptView> {
        self.store.attempts(run, vec![item]).await.unwrap().remove(0)
    }

    pub(crate) async fn known(&self, job: JobKey, identities: &[&str]) -> Vec<Option<Known>> {
        self.store.known(job, identities.iter().copied().map(str::to_owned).collect()).await.unwrap()
    }
}

pub(crate) async fn job(store: &dyn Store, name: &str) -> JobKey {
    store.job(&name.parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap()
}
