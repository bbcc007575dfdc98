//! Holds a scheduled meeting, as the server keeps it.

use std::collections::HashMap;

use hyper::body::Bytes;
use serde::Serialize;

use super::UserNo;
use crate::sandbox::clock::Second;

/// The place of a meeting in the order of creation; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeetingNo(pub usize);

/// `X-App-Type`: what a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppType {
    /// A video conference.
    Vc,
    /// A webinar.
    Wb,
}

impl AppType {
    /// Returns it as the header and the replies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vc => "vc",
            Self::Wb => "wb",
        }
    }
}

/// The stage of a meeting by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has not begun.
    Upcoming,
    /// It is under way.
    Current,
    /// Its time is over.
    Past,
}

impl Stage {
    /// Returns it as queries and replies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Current => "current",
            Self::Past => "past",
        }
    }
}

/// Whom a meeting's mail goes to.
#[derive(Debug, Clone, Default)]
pub struct Invitees {
    /// Ids of contacts.
    pub contact_ids: Vec<String>,
    /// Ids of groups.
    pub group_ids: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
}

/// Everything about a meeting that its organiser says.
#[derive(Debug, Clone)]
pub struct Details {
    /// The title.
    pub room_name: String,
    /// The description, where there is one.
    pub desc: Option<String>,
    /// The time at which it begins.
    pub start: Second,
    /// The number of its time zone's entry.
    pub zone: u32,
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
    /// Whom its mail goes to.
    pub invitees: Invitees,
}

/// A meeting.
#[derive(Debug)]
pub struct Meeting {
    /// `meeting_id`.
    pub id: String,
    /// `room_id`.
    pub room_id: String,
    /// Whose it is.
    pub user: UserNo,
    /// Its type.
    pub app: AppType,
    /// The moderators' PIN.
    pub mpin: String,
    /// The participants' PIN.
    pub ppin: String,
    /// Its organiser's description of it.
    pub details: Details,
    /// True when it was cancelled; the server then denies that it was ever there.
    pub cancelled: bool,
    /// The lobby that is shown before it begins.
    pub lobby: Option<Lobby>,
}

impl Meeting {
    /// Returns its stage at `now`.
    pub fn stage(&self, now: Second) -> Stage {
        if self.details.start > now {
            Stage::Upcoming
        } else if self.details.start.plus_minutes(self.details.duration) > now {
            Stage::Current
        } else {
            Stage::Past
        }
    }

    /// Returns the address a person joins by.
    pub fn direct_url(&self) -> String {
        format!("https://meet.sandbox.invalid/{}", self.room_id)
    }
}

/// The one option that a lobby has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// Text messages, one after another.
    Messages,
    /// Images, one after another.
    Images,
    /// Only sound.
    Audio,
    /// A video.
    Video,
}

/// An image and what is written under it.
#[derive(Debug, Clone, Serialize)]
pub struct Image {
    /// Its address; empty if the server did not keep the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The text under it; may be empty.
    pub caption: String,
}

/// A lobby. Only what its option needs is filled, and `audio` where there is background music.
#[derive(Debug, Clone, Serialize)]
pub struct Lobby {
    /// Its option.
    pub show: Show,
    /// The texts.
    pub messages: Vec<String>,
    /// The images.
    pub images: Vec<Image>,
    /// The video's address.
    pub video: Option<String>,
    /// The sound's address.
    pub audio: Option<String>,
}

/// The uploaded files, by the name that their content's hash gives them.
#[derive(Debug, Default)]
pub struct Files(HashMap<String, Bytes>);

impl Files {
    /// Keeps `content` and returns its name; the same content under the same extension has the same name.
    pub fn keep(&mut self, content: Bytes, extension: &str) -> String {
        let name = format!("{}.{extension}", blake3::hash(&content).to_hex());
        self.0.entry(name.clone()).or_insert(content);
        name
    }

    /// Returns the content of the file of this name.
    pub fn get(&self, name: &str) -> Option<Bytes> {
        self.0.get(name).cloned()
    }
}
