//! Describes a meeting as the server tells it, and what is sent to make or change one.

use serde::{Deserialize, Serialize};

use super::kept::is_told_id;
use super::{AppType, MeetingId, Numbers, Part, Pins, RoomId, UserId};
use crate::clock::Timestamp;

/// The stage of a meeting in time (reference: Get List of Meetings, `stage`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not begun.
    Upcoming,
    /// Under way.
    Current,
    /// Over.
    Past,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 3] = [Self::Upcoming, Self::Current, Self::Past];

    /// Returns the API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Current => "current",
            Self::Past => "past",
        }
    }

    /// Reads the API's word, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// A meeting as a reply tells it. What the reply left out, or wrote so that it cannot be read, is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The server's id.
    pub meeting_id: MeetingId,
    /// The room made for it.
    pub room_id: Option<RoomId>,
    /// Whose meeting it is.
    pub user_id: Option<UserId>,
    /// The title.
    pub room_name: String,
    /// Video conference or webinar.
    pub app_type: Option<AppType>,
    /// The description.
    pub desc: Option<String>,
    /// The time at which it begins.
    pub start: Option<Timestamp>,
    /// The zone it is shown in.
    pub timezone: Option<MeetingZone>,
    /// Its planned length, in minutes.
    pub duration_min: Option<u32>,
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
    /// The PINs.
    pub pins: Pins,
    /// The link that opens it.
    pub direct_url: Option<String>,
    /// Its stage; told by the list alone.
    pub stage: Option<Stage>,
    /// The parts of it that came as numbers, so that zeros in front may be missing.
    pub numbers: Numbers,
    /// The people invited; told by Get Meeting Information alone.
    pub invitees: Option<Invitees>,
}

impl Meeting {
    /// Returns the planned end: start plus duration.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        Some(self.start?.plus_minutes(self.duration_min?))
    }
}

/// The zone block of a reply: only what is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingZone {
    /// The server's id of the zone.
    pub timezone_id: Option<String>,
    /// The zone's name.
    pub zone_name: Option<String>,
}

/// One line of `GET /timezones`. A zone may have several, one for each clock change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneEntry {
    /// The server's id, which scheduling requires.
    pub timezone_id: String,
    /// The zone's IANA name.
    pub zone_name: String,
    /// From when on it holds; `None` where the server does not say.
    pub time_start: Option<Timestamp>,
    /// Minutes east of Greenwich.
    pub gmt_offset_min: Option<i32>,
}

/// The people who get the invitation mail (reference: Schedule Meeting, `invitees`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Invitees {
    /// Ids of the server's address book.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contact_ids: Vec<String>,
    /// Ids of its groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<String>,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
}

impl Invitees {
    /// Tells whether the list of invitees is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contact_ids.is_empty() && self.group_ids.is_empty() && self.emails.is_empty()
    }

    /// Tells whether a server that keeps `kept` may have been sent these; `numbers` names the ids that it told as numbers.
    #[must_use]
    pub fn is_kept_as(&self, kept: &Self, numbers: Numbers) -> bool {
        let are_same = |sent: &[String], kept: &[String], part| {
            let number = numbers.has(part);
            sent.len() == kept.len() && sent.iter().zip(kept).all(|(sent, kept)| is_told_id(sent, kept, number))
        };
        are_same(&self.contact_ids, &kept.contact_ids, Part::Contacts)
            && are_same(&self.group_ids, &kept.group_ids, Part::Groups)
            && self.emails == kept.emails
    }
}

/// The changes that Edit Meeting is asked for; `None` leaves a field alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MeetingChange {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// The time at which it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// The server's id of the zone it is shown in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone_id: Option<String>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_min: Option<u32>,
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
    /// True when the server mails the invitees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_mail: Option<bool>,
    /// Whom it mails; replaces the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitees: Option<Invitees>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_contacts_may_come_back_as_numbers() {
        let invited = |contact: &str, email: &str| Invitees {
            contact_ids: vec![contact.to_owned()],
            emails: vec![email.to_owned()],
            ..Invitees::default()
        };
        let sent = invited("0042", "a@example.org");
        let numbers = Numbers::of([(Part::Contacts, true)]);
        assert!(sent.is_kept_as(&invited("42", "a@example.org"), numbers));
        assert!(!sent.is_kept_as(&invited("42", "a@example.org"), Numbers::of([(Part::Groups, true)])));
        assert!(!sent.is_kept_as(&invited("43", "a@example.org"), numbers));
        assert!(!sent.is_kept_as(&invited("42", "b@example.org"), numbers));
        assert!(!sent.is_kept_as(&Invitees::default(), numbers));
    }
}
