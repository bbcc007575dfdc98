//! Finds the rooms that have a meeting under way: one list of the current meetings serves all rooms, for a while.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::{Client, ListQuery};
use crate::engine::{Scratch, Trouble, TroubleKind};
use crate::jobs::failure::trouble;
use crate::model::{ItemNo, OpenItem, RoomId, Stage};

/// The time for which a list is good.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// The use of a room, which says if it can be dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is empty.
    Free,
    /// It is in use; it comes again at the end.
    Busy,
    /// It was in use before, and still is.
    StillBusy,
}

/// The rooms with a meeting under way.
#[derive(Default)]
pub(super) struct InUse(Mutex<RoomsInUse>);

#[derive(Default)]
struct RoomsInUse {
    list: Option<List>,
    /// Rooms that were in use, each with the list that said so.
    put_off: HashMap<ItemNo, u32>,
}

struct List {
    number: u32,
    read: Instant,
    /// On disk: there may be as many as the company has users.
    rooms: Scratch,
}

impl InUse {
    /// Tells whether the item's room is in use. The second time a list is asked for that is newer than the one that put it off.
    pub(super) async fn of(&self, client: &Client, item: &OpenItem, room: &RoomId) -> Result<Use, Trouble> {
        let mut state = self.0.lock().await;
        let put_off_by = state.put_off.get(&item.item).copied();
        let is_good = |list: &List| list.read.elapsed() < GOOD_FOR && Some(list.number) != put_off_by;
        if !state.list.as_ref().is_some_and(is_good) {
            let number = state.list.as_ref().map_or(0, |list| list.number + 1);
            state.list = Some(List::read(client, number).await?);
        }
        let Some(list) = &state.list else { return Ok(Use::Free) };
        let (number, in_use) = (list.number, list.rooms.line_of(room.as_str()).map_err(scratch)?.is_some());
        Ok(match (in_use, put_off_by) {
            (false, _) => Use::Free,
            (true, Some(_)) => Use::StillBusy,
            (true, None) => {
                state.put_off.insert(item.item, number);
                Use::Busy
            }
        })
    }
}

impl List {
    async fn read(client: &Client, number: u32) -> Result<Self, Trouble> {
        let (read, rooms) = (Instant::now(), Scratch::new());
        let mut pages = client.meetings(ListQuery { stage: Some(Stage::Current), ..ListQuery::default() });
        while let Some(page) =
            pages.next().await.map_err(|failure| trouble(&failure, "the list of the meetings under way"))?
        {
            for room in page.into_iter().filter_map(|meeting| meeting.room_id) {
                rooms.first_line(room.as_str(), 0).map_err(scratch)?;
            }
        }
        Ok(Self { number, read, rooms })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn scratch(error: crate::engine::RecordError) -> Trouble {
    Trouble { kind: TroubleKind::Unwell, words: format!("the temporary folder cannot be used: {error}") }
}
