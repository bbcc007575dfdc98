//! Reads and checks the key `rooms` of `[rotate_pins.NAME]` and `[sync_rooms.NAME]`, which says which rooms a job is about.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::Table;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{encoding, id, not_blank, room_id};
use crate::model::{RoomId, UserId};

/// The source of a job's rooms: one of the four.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rooms")]
pub(super) struct RawRooms {
    /// The permanent rooms of these users, by their ids.
    pub(super) users: Option<OneOrMany>,
    /// These permanent rooms, by their ids.
    pub(super) rooms: Option<OneOrMany>,
    /// A CSV file or a workbook with a row a room: `user_id` or `room_id`, and what else the job kind reads.
    pub(super) list: Option<String>,
    /// The encoding of a list without a byte order mark, such as "windows-1250"; it is found out if not said.
    pub(super) encoding: Option<String>,
    /// The sheet of a list that is a workbook; without one, the first visible sheet with the headings.
    pub(super) sheet: Option<String>,
    /// The permanent room of the credentials' own user.
    pub(super) own: Option<bool>,
}

/// The source of a job's rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomSource {
    /// The permanent rooms of these users.
    Users(Vec<UserId>),
    /// These rooms.
    Rooms(Vec<RoomId>),
    /// The rows of a CSV file.
    List(RoomList),
    /// The permanent room of the credentials' own user.
    Own,
}

/// A CSV file with a row a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomList {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its encoding, where it begins with no byte order mark; `None`: it is found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The sheet of a workbook that is read; `None`: the first visible one with the headings.
    pub sheet: Option<String>,
}

const REMEDY: &str =
    "Say which rooms: rooms = { list = \"rooms.csv\" }, { users = [\"…\"] }, { rooms = [\"…\"] } or { own = true }.";

/// Checks the key `rooms`, which must name one source. `None` where it does not: that is noted.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    raw: Option<RawRooms>,
    around: &Surroundings<'_>,
) -> Option<RoomSource> {
    let Some(RawRooms { users, rooms, list, encoding: written, sheet: sheet_written, own }) = raw else {
        table.require("rooms", REMEDY);
        return None;
    };
    let named = [users.is_some(), rooms.is_some(), list.is_some(), own.is_some()];
    match named.iter().filter(|is_named| **is_named).count() {
        1 => {}
        0 => {
            // A table that has content, but wrong content, was noted.
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
    if sheet_written.is_some() && list.is_none() {
        table.problem("sheet", Complaint::new("a sheet is said, and no list", "Take it out: only a list has sheets."));
    }
    let sheet = table.read("sheet", sheet_written.as_deref(), not_blank);
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
            Some(RoomSource::List(RoomList { path, encoding, sheet }))
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
