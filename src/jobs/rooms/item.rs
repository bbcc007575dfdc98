//! Defines the journal's record of a room: the change that is wanted, and its result.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::row::RoomRow;
use crate::config::RoomSource;
use crate::model::kept::as_meant;
use crate::model::{OpenItem, Room, RoomId, UserId};
use crate::table::{Recoded, Sheet, Unused};

/// A room's address: the user by whom it is read, and the id by which it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::jobs) struct RoomAddress {
    /// The owner; the credentials' own user when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) user: Option<UserId>,
    /// The room.
    pub(in crate::jobs) room: RoomId,
}

/// The payload of a room's item. `W` is the job kind's change of the room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::jobs) struct RoomPayload<W> {
    /// The version of this form.
    pub(in crate::jobs) v: u32,
    /// The row of the list.
    pub(in crate::jobs) row: RoomRow,
    /// The room's address; absent where there is none.
    pub(in crate::jobs) place: Option<RoomAddress>,
    /// The change; absent where nothing can be done.
    #[serde(rename = "wish")]
    pub(in crate::jobs) change: Option<W>,
}

/// Reads an item's payload; `None` for a payload of a version that this program does not know.
pub(in crate::jobs) fn payload<W>(item: &OpenItem) -> Option<Arc<RoomPayload<W>>>
where
    W: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    item.payload.read::<RoomPayload<W>>().filter(|payload| payload.v == 1)
}

/// Returns the lease that one item holds while it is under way: one write at a time for each room, over all jobs.
pub(in crate::jobs) fn lease_of(room: &RoomId) -> String {
    format!("room:{room}")
}

/// The result for a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::jobs) struct RoomResult {
    /// The room's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) user_id: Option<String>,
    /// The room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) room_id: Option<String>,
    /// Its name, as people meant it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) room_name: Option<String>,
    /// The link that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) direct_url: Option<String>,
    /// Field, what it was, what it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::jobs) changes: BTreeMap<String, [Option<String>; 2]>,
    /// True when the server has no such room.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::jobs) gone: bool,
}

impl RoomResult {
    /// Takes a room's own fields; no PINs.
    pub(in crate::jobs) fn of(place: &RoomAddress, room: &Room) -> Self {
        let user = room.user_id.as_ref().or(place.user.as_ref());
        Self {
            user_id: user.map(UserId::to_string),
            room_id: Some(room.room_id.to_string()),
            room_name: Some(as_meant(&room.room_name).into_owned()),
            direct_url: room.direct_url.clone(),
            ..Self::default()
        }
    }

    /// Makes the result of a room that is not there.
    pub(in crate::jobs) fn gone() -> Self {
        Self { gone: true, ..Self::default() }
    }

    /// Reads the journal's form; what is missing in it is blank.
    pub(in crate::jobs) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Returns the form for the journal.
    pub(in crate::jobs) fn write(&self) -> String {
        json(self)
    }
}

/// The input of a run, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::jobs) struct Input {
    /// The version of this form.
    pub(in crate::jobs) v: u32,
    /// The list that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) list: Option<PathBuf>,
    /// The way in which the list was read, where it was not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) recoded: Option<Recoded>,
    /// The headings of the list that nothing was read from.
    #[serde(default)]
    pub(in crate::jobs) unused: Unused,
    /// The sheet that was read, where the list is a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) sheet: Option<Sheet>,
}

impl Input {
    /// Returns the input of a run whose rooms come from there.
    pub(in crate::jobs) fn of(
        source: &RoomSource,
        recoded: Option<Recoded>,
        unused: Unused,
        sheet: Option<Sheet>,
    ) -> Self {
        let list = match source {
            RoomSource::List(list) => Some(list.path.clone()),
            RoomSource::Users(_) | RoomSource::Rooms(_) | RoomSource::Own => None,
        };
        Self { v: 1, list, recoded, unused, sheet }
    }

    /// Reads the journal's form; of a run that is not planned yet there is none.
    pub(in crate::jobs) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the form for the journal.
    pub(in crate::jobs) fn write(&self) -> String {
        json(self)
    }
}

/// Texts, numbers and switches only: this cannot fail.
pub(in crate::jobs) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
