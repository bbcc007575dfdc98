//! Holds a scheduled meeting, as the server keeps it.

use super::{Lobby, UserNo};
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
