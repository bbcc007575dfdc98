//! Writes replies: the reference's response examples, key by key, with its slips in turn.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::slips::{Count, Flag, ResultCode, Turn};
use crate::sandbox::{
    clock::Second,
    world::{AppType, Image, Lobby, Meeting, Room, Show, ZoneEntry},
};

/// Which reply a meeting is written into; each has other keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Schedule Meeting.
    Scheduled,
    /// Edit Meeting Information.
    Edited,
    /// Get Meeting Information.
    Got,
    /// Get List of Meetings, at this moment.
    Listed(Second),
}

/// A meeting.
pub struct MeetingView<'a> {
    /// The meeting.
    pub meeting: &'a Meeting,
    /// Its user's id.
    pub user_id: &'a str,
    /// Its time zone.
    pub zone: Option<&'a ZoneEntry>,
    /// The reply it is for.
    pub shape: Shape,
    /// The slips.
    pub turn: Turn,
}

impl Serialize for MeetingView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { meeting, turn, .. } = *self;
        let details = &meeting.details;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("meeting_id", &meeting.id)?;
        map.serialize_entry("room_id", &meeting.room_id)?;
        map.serialize_entry("user_id", self.user_id)?;
        map.serialize_entry("room_name", &details.room_name)?;
        map.serialize_entry("app_type", meeting.app.as_str())?;
        map.serialize_entry("desc", &details.desc)?;
        if turn.start_ends_in_a_blank() {
            map.serialize_entry("start_time ", &format_args!("{} ", details.start))?;
        } else {
            map.serialize_entry("start_time", &format_args!("{}", details.start))?;
        }
        if matches!(self.shape, Shape::Edited | Shape::Listed(_)) {
            map.serialize_entry("timezone", &self.zone.map(ZoneView))?;
        }
        if self.shape != Shape::Got {
            map.serialize_entry("mpin", &meeting.mpin)?;
            map.serialize_entry("ppin", &meeting.ppin)?;
            map.serialize_entry("direct_url", &meeting.direct_url())?;
        }
        map.serialize_entry("moderators", &Count(details.moderators, turn))?;
        map.serialize_entry("participants", &Count(details.participants, turn))?;
        map.serialize_entry("duration", &Count(details.duration, turn.entry(4)))?;
        map.serialize_entry("wait_for_moderator", &Flag(details.wait_for_moderator, turn))?;
        map.serialize_entry("knock", &Flag(details.knock, turn))?;
        map.serialize_entry("auto_recording", &Flag(details.auto_recording, turn))?;
        match self.shape {
            Shape::Got => map.serialize_entry("invitees", &InviteesView(meeting))?,
            Shape::Listed(now) => map.serialize_entry("stage", meeting.stage(now).as_str())?,
            Shape::Scheduled | Shape::Edited => {}
        }
        map.end()
    }
}

struct InviteesView<'a>(&'a Meeting);

impl Serialize for InviteesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let invitees = &self.0.details.invitees;
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("contact_ids", &invitees.contact_ids)?;
        map.serialize_entry("group_ids", &invitees.group_ids)?;
        map.serialize_entry("emails", &invitees.emails)?;
        map.end()
    }
}

/// A time zone's entry.
pub struct ZoneView<'a>(pub &'a ZoneEntry);

impl Serialize for ZoneView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zone = self.0;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("timezone_id", &zone.id)?;
        map.serialize_entry("zone_name", zone.name)?;
        map.serialize_entry("zone_abbr", &zone.abbreviation)?;
        map.serialize_entry("time_start", &format_args!("{}", zone.since))?;
        map.serialize_entry("gmt_offset", &zone.offset)?;
        map.serialize_entry("is_dst", &zone.dst)?;
        map.end()
    }
}

/// A permanent room.
pub struct RoomView<'a> {
    /// The room.
    pub room: &'a Room,
    /// Its user's id.
    pub user_id: &'a str,
    /// Only the reply to a reset tells it.
    pub app: Option<AppType>,
    /// The slips.
    pub turn: Turn,
}

impl Serialize for RoomView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { room, turn, .. } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("room_id", &room.id)?;
        map.serialize_entry("user_id", self.user_id)?;
        map.serialize_entry("room_name", &room.name)?;
        if let Some(app) = self.app {
            map.serialize_entry("app_type", app.as_str())?;
        }
        map.serialize_entry("desc", &room.desc)?;
        map.serialize_entry("mpin", &room.mpin)?;
        map.serialize_entry("ppin", &room.ppin)?;
        map.serialize_entry("direct_url", &room.direct_url())?;
        map.serialize_entry("moderators", &Count(room.moderators, turn))?;
        map.serialize_entry("participants", &Count(room.participants, turn))?;
        map.serialize_entry("duration", &Count(room.duration, turn.entry(4)))?;
        map.serialize_entry("wait_for_moderator", &Flag(room.wait_for_moderator, turn))?;
        map.serialize_entry("knock", &Flag(room.knock, turn))?;
        map.serialize_entry("auto_recording", &Flag(room.auto_recording, turn))?;
        map.end()
    }
}

/// The meeting as lobby replies show it, and, without `app`, as the reply to a cancellation does.
#[derive(Serialize)]
pub struct MeetingBrief<'a> {
    meeting_id: &'a str,
    room_id: &'a str,
    user_id: &'a str,
    room_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_type: Option<&'static str>,
}

impl<'a> MeetingBrief<'a> {
    /// Returns the brief of `meeting`.
    pub fn new(meeting: &'a Meeting, user_id: &'a str, app: Option<AppType>) -> Self {
        Self {
            meeting_id: &meeting.id,
            room_id: &meeting.room_id,
            user_id,
            room_name: &meeting.details.room_name,
            app_type: app.map(AppType::as_str),
        }
    }
}

/// A lobby, or the empty options that stand for none.
pub struct LobbyView<'a>(pub Option<&'a Lobby>, pub Turn);

impl Serialize for LobbyView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(lobby, turn) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("options", &OptionsView(lobby, turn))?;
        let Some(lobby) = lobby else { return map.end() };
        match lobby.show {
            Show::Messages => {
                let texts: Vec<Text<'_>> = lobby.messages.iter().map(|text| Text { text }).collect();
                map.serialize_entry("message", &texts)?;
            }
            Show::Images => map.serialize_entry::<_, [Image]>("image", &lobby.images)?,
            Show::Video | Show::Audio => {}
        }
        if let Some(url) = &lobby.video {
            map.serialize_entry("video", &[Embedded::new(url, "video")])?;
        }
        if let Some(url) = &lobby.audio {
            map.serialize_entry("audio", &[Embedded::new(url, "audio")])?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Embedded<'a> {
    url: &'a str,
    embed: String,
}

impl<'a> Embedded<'a> {
    fn new(url: &'a str, element: &str) -> Self {
        Self { url, embed: format!("<{element} src=\"{url}\"></{element}>") }
    }
}

struct OptionsView<'a>(Option<&'a Lobby>, Turn);

impl Serialize for OptionsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(lobby, turn) = *self;
        let (messages, images) = if turn.options_in_singular() { ("message", "image") } else { ("messages", "images") };
        let mut map = serializer.serialize_map(Some(4))?;
        for (key, show) in
            [(messages, Show::Messages), (images, Show::Images), ("audio", Show::Audio), ("video", Show::Video)]
        {
            map.serialize_entry(key, &Flag(lobby.is_some_and(|lobby| lobby.show == show), turn))?;
        }
        map.end()
    }
}

/// `{"result": 1, "msg": …, KEY: …}`, the frame of most replies.
pub struct Framed<'a, T> {
    /// The slips.
    pub turn: Turn,
    /// `msg`, where the reply has one.
    pub msg: Option<&'a str>,
    /// The key of what is framed.
    pub key: &'static str,
    /// The value that is framed.
    pub value: T,
}

impl<T: Serialize> Serialize for Framed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("result", &ResultCode(1, self.turn))?;
        if let Some(msg) = self.msg {
            map.serialize_entry("msg", msg)?;
        }
        map.serialize_entry(self.key, &self.value)?;
        map.end()
    }
}
