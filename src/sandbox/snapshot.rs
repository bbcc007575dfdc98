//! Shows everything the server knows at one moment, for tests in the process and, as JSON, outside it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::world::{Lobby, World};

/// Everything the server knows at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Every meeting ever made, in order; cancelled ones too.
    pub meetings: Vec<MeetingState>,
    /// Every permanent room.
    pub rooms: Vec<RoomState>,
    /// The number of requests, by method and route.
    pub requests: BTreeMap<String, u64>,
}

/// A meeting.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "a meeting has so many switches")]
pub struct MeetingState {
    /// `meeting_id`.
    pub meeting_id: String,
    /// `room_id`.
    pub room_id: String,
    /// Whose it is.
    pub user_id: String,
    /// `vc` or `wb`.
    pub app_type: &'static str,
    /// Its title.
    pub room_name: String,
    /// Its description.
    pub desc: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS` in UTC.
    pub start_time: String,
    /// Its time zone's name.
    pub zone_name: Option<&'static str>,
    /// Minutes.
    pub duration: u32,
    /// The number of moderators.
    pub moderators: u32,
    /// The number of participants.
    pub participants: u32,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: bool,
    /// True when participants must knock.
    pub knock: bool,
    /// True when it records itself.
    pub auto_recording: bool,
    /// The mail addresses of those invited.
    pub invited: Vec<String>,
    /// The moderators' PIN.
    pub mpin: String,
    /// The participants' PIN.
    pub ppin: String,
    /// True when it was cancelled.
    pub cancelled: bool,
    /// Its lobby.
    pub lobby: Option<Lobby>,
}

/// A permanent room.
#[derive(Debug, Clone, Serialize)]
pub struct RoomState {
    /// `room_id`.
    pub room_id: String,
    /// Whose it is.
    pub user_id: String,
    /// Its name.
    pub room_name: String,
    /// Its description.
    pub desc: Option<String>,
    /// The moderators' PIN.
    pub mpin: String,
    /// The participants' PIN.
    pub ppin: String,
    /// The number of moderators.
    pub moderators: u32,
    /// The number of participants.
    pub participants: u32,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: bool,
    /// True when participants must knock.
    pub knock: bool,
    /// True when it records itself.
    pub auto_recording: bool,
}

impl Snapshot {
    /// Returns a picture of `world`.
    pub(super) fn of(world: &World, requests: BTreeMap<String, u64>) -> Self {
        let meetings = world.meetings().iter().map(|meeting| {
            let details = meeting.details.clone();
            MeetingState {
                meeting_id: meeting.id.clone(),
                room_id: meeting.room_id.clone(),
                user_id: world.user(meeting.user).id.clone(),
                app_type: meeting.app.as_str(),
                room_name: details.room_name,
                desc: details.desc,
                start_time: details.start.to_string(),
                zone_name: world.zones.entry(details.zone).map(|zone| zone.name),
                duration: details.duration,
                moderators: details.moderators,
                participants: details.participants,
                wait_for_moderator: details.wait_for_moderator,
                knock: details.knock,
                auto_recording: details.auto_recording,
                invited: details.invitees.emails.clone(),
                mpin: meeting.mpin.clone(),
                ppin: meeting.ppin.clone(),
                cancelled: meeting.cancelled,
                lobby: meeting.lobby.clone(),
            }
        });
        let rooms = world.users().iter().map(|user| {
            let room = user.room.clone();
            RoomState {
                room_id: room.id,
                user_id: user.id.clone(),
                room_name: room.name,
                desc: room.desc,
                mpin: room.mpin,
                ppin: room.ppin,
                moderators: room.moderators,
                participants: room.participants,
                wait_for_moderator: room.wait_for_moderator,
                knock: room.knock,
                auto_recording: room.auto_recording,
            }
        });
        Self { meetings: meetings.collect(), rooms: rooms.collect(), requests }
    }
}
