//! What a `[sync_rooms.NAME]` has, checked.

use super::RoomSource;
use crate::model::RoomChange;

/// What rooms are held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRooms {
    /// Which rooms.
    pub rooms: RoomSource,
    /// What each is to be; a column of the list goes before it. May be empty where the rooms come from a list.
    pub set: RoomChange,
}
