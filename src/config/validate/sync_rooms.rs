//! Checks what a `[sync_rooms.NAME]` takes besides what every job takes.

use super::check::Table;
use super::{Surroundings, rooms};
use crate::config::problem::Complaint;
use crate::config::raw::{RawSet, RawSyncRooms};
use crate::config::value::{count, desc, title};
use crate::config::{RoomSource, SyncRooms};
use crate::model::RoomChange;

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
    // Where the source is missing, that is noted, and nobody gets to see this configuration.
    SyncRooms { rooms: source.unwrap_or(RoomSource::Own), set }
}

/// Why what a room has, and nobody can change, is no key of `set`.
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
