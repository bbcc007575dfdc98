//! Reads and checks the table `[sync_rooms.NAME]`: its raw form, its checked form, and its checks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::RoomSource;
use super::check::Table;
use super::problem::Complaint;
use super::rooms::{self, RawRooms};
use super::surroundings::Surroundings;
use super::value::{count, desc, title};
use crate::model::RoomChange;

/// A job that holds permanent rooms to a policy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SyncRooms")]
pub(super) struct RawSyncRooms {
    /// The rooms: one of the keys list, users, rooms and own.
    pub(super) rooms: Option<RawRooms>,
    /// The settings that every room is to have; a column of the list goes before them.
    pub(super) set: Option<RawSet>,
}

/// The settings that a room is to have. One that is left out is left alone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Set")]
pub(super) struct RawSet {
    /// The room's name, 3 to 50 characters.
    pub(super) room_name: Option<String>,
    /// The description.
    pub(super) desc: Option<String>,
    /// Seats for moderators, at least 1.
    #[schemars(extend("minimum" = 1))]
    pub(super) moderators: Option<i64>,
    /// Seats for participants.
    #[schemars(extend("minimum" = 0))]
    pub(super) participants: Option<i64>,
    /// True lets participants wait for a moderator.
    pub(super) wait_for_moderator: Option<bool>,
    /// True lets participants in one by one.
    pub(super) knock: Option<bool>,
    /// True records meetings by themselves.
    pub(super) auto_recording: Option<bool>,
}

/// The state that rooms are held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRooms {
    /// The rooms.
    pub rooms: RoomSource,
    /// The state that each is to have; a column of the list goes before it. May be empty if the rooms come from a list.
    pub set: RoomChange,
}

/// Checks the keys of this kind.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: RawSyncRooms, around: &Surroundings<'_>) -> SyncRooms {
    let source = rooms::validate(table, raw.rooms, around);
    let remedy = "Say what the rooms are to be: set = { knock = true, participants = 50 }.";
    let set = match raw.set {
        Some(raw) => {
            let says_nothing = table.table("set").is_blank();
            if says_nothing && !matches!(source, Some(RoomSource::List(_))) {
                table.problem("set", Complaint::new("nothing is set", remedy));
            }
            set(&mut table.table("set"), &raw)
        }
        None => {
            // A list can say it all in its columns.
            if !matches!(source, Some(RoomSource::List(_)) | None) {
                table.require("set", remedy);
            }
            RoomChange::default()
        }
    };
    // A missing source was noted, and no caller gets to see this configuration.
    SyncRooms { rooms: source.unwrap_or(RoomSource::Own), set }
}

/// Says why a property that a room has, and that cannot be changed, is no key of `set`.
pub(super) fn unchangeable(table: &str, key: &str) -> Option<Complaint> {
    let parts: Vec<_> = table.split('.').collect();
    if !matches!(parts.as_slice(), ["sync_rooms", _, "set"]) {
        return None;
    }
    let remedy = match key {
        "mpin" | "ppin" => "Take it out. A job of the kind rotate_pins makes new PINs; nobody can choose them.",
        "app_type" => "Take it out, or write it beside set, where it says which product the job is for.",
        "duration" | "direct_url" | "room_id" | "user_id" => "Take it out.",
        _ => return None,
    };
    Some(Complaint::new(format!("the API cannot change a room's {key}"), remedy))
}

fn set(table: &mut Table<'_, '_>, raw: &RawSet) -> RoomChange {
    RoomChange {
        room_name: table.read("room_name", raw.room_name.as_deref(), title),
        desc: table.read("desc", raw.desc.as_deref(), desc),
        moderators: table.read("moderators", raw.moderators, count(1..=u32::MAX)),
        participants: table.read("participants", raw.participants, count(0..=u32::MAX)),
        wait_for_moderator: raw.wait_for_moderator,
        knock: raw.knock,
        auto_recording: raw.auto_recording,
    }
}
