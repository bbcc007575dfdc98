//! Describes a permanent room as the server tells it, and what may be changed of it.

use serde::{Deserialize, Serialize};

use super::{Numbers, Pins, RoomId, UserId};

/// A permanent room as a reply tells it. What the reply left out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The server's id.
    pub room_id: RoomId,
    /// Whose room it is.
    pub user_id: Option<UserId>,
    /// The room's name.
    pub room_name: String,
    /// The description.
    pub desc: Option<String>,
    /// The PINs.
    pub pins: Pins,
    /// The link that opens it.
    pub direct_url: Option<String>,
    /// Seats for moderators.
    pub moderators: Option<u32>,
    /// Seats for participants.
    pub participants: Option<u32>,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: Option<bool>,
    /// True when participants are let in one by one.
    pub knock: Option<bool>,
    /// True when it is recorded by itself.
    pub auto_recording: Option<bool>,
    /// The parts of it that came as numbers, so that zeros in front may be missing.
    pub numbers: Numbers,
}

/// The changes that Update Permanent Room is asked for; `None` leaves a field alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomChange {
    /// The room's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// Seats for moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderators: Option<u32>,
    /// Seats for participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participants: Option<u32>,
    /// True when participants wait for a moderator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_for_moderator: Option<bool>,
    /// True when participants are let in one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knock: Option<bool>,
    /// True when it is recorded by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_recording: Option<bool>,
}
