//! Which rooms a job is about, as it is written: the key `rooms` of `[rotate_pins.NAME]` and `[sync_rooms.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::OneOrMany;

/// Where a job's rooms come from: one of the four.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rooms")]
pub(in crate::config) struct RawRooms {
    /// The permanent rooms of these users, by their ids.
    pub(in crate::config) users: Option<OneOrMany>,
    /// These permanent rooms, by their ids.
    pub(in crate::config) rooms: Option<OneOrMany>,
    /// A CSV file with a row a room: `user_id` or `room_id`, and what else the job kind reads.
    pub(in crate::config) list: Option<String>,
    /// The encoding of a list without a byte order mark, such as "windows-1250"; it is found out if not said.
    pub(in crate::config) encoding: Option<String>,
    /// The permanent room of the credentials' own user.
    pub(in crate::config) own: Option<bool>,
}
