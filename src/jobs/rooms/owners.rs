//! Recalls the owners of rooms that are known by their ids alone, as earlier runs found them out: a room whose
//! owner is known is read, and no request need be sent to find it.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use tokio::sync::OnceCell;

use super::item::{RoomAddress, lease_of};
use crate::engine::{Recall, RecordError, Scratch};
use crate::model::{HistoryFilter, ItemFilter, ItemNo, ItemView, ItemsPage, JobName, RoomId, RunKey, UserId};

/// The number of runs that are looked at: one that repeats another knows but a few rooms.
const RUNS: u32 = 5;

/// The owners of rooms, as the job's runs before this one know them.
pub(in crate::jobs) struct Owners {
    recall: Recall,
    job: JobName,
    this: Option<RunKey>,
    known: OnceCell<Option<OwnersItems>>,
}

/// The items of a run, by their rooms.
struct OwnersItems {
    run: RunKey,
    items: Mutex<Scratch>,
}

/// The part of an item's payload that is read here.
#[derive(Deserialize)]
struct Whose {
    place: Option<RoomAddress>,
}

impl Owners {
    pub(in crate::jobs) fn new(recall: Recall, job: JobName, this: Option<RunKey>) -> Self {
        Self { recall, job, this, known: OnceCell::new() }
    }

    /// Returns the owner of a room, where an earlier run found one.
    pub(super) async fn of(&self, room: &RoomId) -> Option<UserId> {
        let found = self.look_up(room).await;
        found.unwrap_or_else(|error| {
            tracing::debug!(%error, "the journal could not tell whose room it is; the server is asked");
            None
        })
    }

    async fn look_up(&self, room: &RoomId) -> Result<Option<UserId>, RecordError> {
        let Some(known) = self.known.get_or_try_init(|| self.load()).await? else { return Ok(None) };
        let line = known.items.lock().unwrap_or_else(PoisonError::into_inner).line_of(&lease_of(room))?;
        let Some(before) = line.and_then(|item| item.checked_sub(1)) else { return Ok(None) };
        let page = ItemsPage { run: known.run, filter: ItemFilter::All, after: ItemNo(before), most: 1 };
        let item = self.recall.page(page).await?.pop();
        let whose = item.and_then(|item| serde_json::from_str::<Whose>(item.payload.text()).ok());
        Ok(whose.and_then(|whose| whose.place).filter(|place| place.room == *room).and_then(|place| place.user))
    }

    /// Returns the rooms of the run that had most of them.
    async fn load(&self) -> Result<Option<OwnersItems>, RecordError> {
        let items = Scratch::new();
        let filter = HistoryFilter { job: Some(self.job.clone()), limit: RUNS, ..HistoryFilter::default() };
        let earlier = self.recall.history(filter).await?.into_iter().filter(|run| Some(run.key) != self.this);
        let Some(run) = earlier.max_by_key(|run| (run.counts.total(), run.started)) else { return Ok(None) };
        let note = |item: ItemView| match &item.identity {
            Some(identity) => items.first_line(identity, item.item.0).map(drop),
            None => Ok(()),
        };
        self.recall.each_item(run.key, ItemFilter::All, note).await?;
        Ok(Some(OwnersItems { run: run.key, items: Mutex::new(items) }))
    }
}
