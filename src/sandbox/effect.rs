//! Describes one change that the server made, as the ledger tells it.

use serde::Serialize;

use super::world::Lobby;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A meeting was scheduled.
    MeetingCreated,
    /// A meeting was edited.
    MeetingEdited,
    /// A meeting was cancelled.
    MeetingCancelled,
    /// A permanent room was updated.
    RoomUpdated,
    /// One or both PINs of a permanent room were reset.
    PinsReset,
    /// A meeting got a lobby; also when it had one before.
    LobbyAdded,
    /// A meeting's lobby was replaced.
    LobbyUpdated,
    /// A meeting lost its lobby.
    LobbyRemoved,
}

/// One change. The fields that do not apply are `None`, and absent from the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// Its kind.
    pub kind: EffectKind,
    /// The time of the change, RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// The number of the request that made it, counted from 1 since the start.
    pub request: u64,
    /// The meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<String>,
    /// The meeting's room, or the permanent room.
    pub room_id: String,
    /// Whose it is.
    pub user_id: String,
    /// The title afterwards.
    pub room_name: String,
    /// The meeting's start afterwards, `YYYY-MM-DD HH:MM:SS` in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Minutes, afterwards.
    pub duration: u32,
    /// True when mail went out to the invitees; of a meeting that was scheduled or edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_mail: Option<bool>,
    /// The new moderators' PIN, where it was reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpin: Option<String>,
    /// The new participants' PIN, where it was reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ppin: Option<String>,
    /// The lobby afterwards, where one was added or updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lobby: Option<Lobby>,
}
