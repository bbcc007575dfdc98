//! Checks which rooms a job is about.

use super::Surroundings;
use super::check::Table;
use crate::config::problem::Complaint;
use crate::config::raw::{OneOrMany, RawRooms};
use crate::config::value::{encoding, id, room_id};
use crate::config::{RoomList, RoomSource};

const REMEDY: &str =
    "Say which rooms: rooms = { list = \"rooms.csv\" }, { users = [\"…\"] }, { rooms = [\"…\"] } or { own = true }.";

/// Checks the key `rooms`, which must name one source. `None` where it does not: that is noted.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    raw: Option<RawRooms>,
    around: &Surroundings<'_>,
) -> Option<RoomSource> {
    let Some(RawRooms { users, rooms, list, encoding: written, own }) = raw else {
        table.require("rooms", REMEDY);
        return None;
    };
    let named = [users.is_some(), rooms.is_some(), list.is_some(), own.is_some()];
    match named.iter().filter(|is_named| **is_named).count() {
        1 => {}
        0 => {
            // Where something is said, and wrong, that is noted.
            if table.table("rooms").is_blank() {
                table.problem("rooms", Complaint::new("no rooms are named", REMEDY));
            }
            return None;
        }
        _ => {
            let remedy = "Keep one of users, rooms, list and own; a second job can do the other rooms.";
            table.problem("rooms", Complaint::new("the rooms are named in more than one way", remedy));
            return None;
        }
    }
    let mut table = table.table("rooms");
    if written.is_some() && list.is_none() {
        let remedy = "Take it out: only a list is a file that has one.";
        table.problem("encoding", Complaint::new("an encoding is said, and no list", remedy));
    }
    let encoding = table.read("encoding", written.as_deref(), encoding);
    if let Some(OneOrMany(users)) = users {
        let users = several(&mut table, "users", &users, id)?;
        return Some(RoomSource::Users(users));
    }
    if let Some(OneOrMany(rooms)) = rooms {
        let rooms = several(&mut table, "rooms", &rooms, room_id)?;
        return Some(RoomSource::Rooms(rooms));
    }
    if own == Some(false) {
        table.problem("own", Complaint::new("no rooms are named", REMEDY));
        return None;
    }
    match list {
        Some(list) => {
            let path = table.read("list", Some(list.as_str()), |path| around.base.path(path))?;
            Some(RoomSource::List(RoomList { path, encoding }))
        }
        None => Some(RoomSource::Own),
    }
}

/// Ids, each of them once.
fn several<T: PartialEq>(
    table: &mut Table<'_, '_>,
    key: &str,
    texts: &[String],
    reader: impl Fn(&str) -> Result<T, Complaint>,
) -> Option<Vec<T>> {
    if texts.is_empty() {
        table.problem(key, Complaint::new("the list is empty", "Name at least one."));
        return None;
    }
    let ids = table.read_each(key, texts, reader);
    for (at, text) in texts.iter().enumerate() {
        if texts[..at].iter().any(|before| before.trim() == text.trim()) {
            table.problem(&format!("{key}[{at}]"), Complaint::new(format!("{text:?} is named twice"), "Take it out."));
        }
    }
    Some(ids)
}
