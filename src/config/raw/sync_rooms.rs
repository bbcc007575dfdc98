//! What a `[sync_rooms.NAME]` takes besides what every job takes, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::RawRooms;

/// A job that holds permanent rooms to a policy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SyncRooms")]
pub(in crate::config) struct RawSyncRooms {
    /// Which rooms: one of the keys list, users, rooms and own.
    pub(in crate::config) rooms: Option<RawRooms>,
    /// What every room is to be; a column of the list goes before it.
    pub(in crate::config) set: Option<RawSet>,
}

/// What a room is to be. What is left out is left alone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Set")]
pub(in crate::config) struct RawSet {
    /// The room's name, 3 to 50 characters.
    pub(in crate::config) room_name: Option<String>,
    /// The description.
    pub(in crate::config) desc: Option<String>,
    /// Seats for moderators, at least 1.
    #[schemars(extend("minimum" = 1))]
    pub(in crate::config) moderators: Option<i64>,
    /// Seats for participants.
    #[schemars(extend("minimum" = 0))]
    pub(in crate::config) participants: Option<i64>,
    /// Whether participants wait for a moderator.
    pub(in crate::config) wait_for_moderator: Option<bool>,
    /// Whether participants are let in one by one.
    pub(in crate::config) knock: Option<bool>,
    /// Whether meetings are recorded by themselves.
    pub(in crate::config) auto_recording: Option<bool>,
}
