//! Describes one row of a timetable after it was checked: its action, and the values for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::people::People;
use super::zones::ZoneBook;
use crate::clock::{Timestamp, Zone};
use crate::config::MeetingDefaults;
use crate::model::{Invitees, MeetingChange, MeetingDraft, MeetingId, UserId};
use crate::table::{Lengths, Starts};

/// The action that a row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// There is to be such a meeting.
    #[default]
    Schedule,
    /// A meeting that is there is to be changed.
    Update,
    /// A meeting is to be gone.
    Cancel,
}

/// The zone in which a meeting is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneChoice {
    /// By its IANA name, for which the server's id is still to be looked up.
    Name(String),
    /// By the server's id.
    Id(String),
}

/// A row: in a `schedule` with the defaults filled in, in an `update` only what it says. Of a row with faults, the fields
/// that are right.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimetableRow {
    /// The action that the row asks for.
    pub action: Action,
    /// The name that the file's author gives the meeting (`ref`).
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The server's id of the meeting. In a `schedule` it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<MeetingId>,
    /// The meeting's owner; the credentials' own user when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// The meeting's start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// The zone in which it is shown; in an `update` only when the row names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneChoice>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_min: Option<u32>,
    /// Seats for moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderators: Option<u32>,
    /// Seats for participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participants: Option<u32>,
    /// The setting that participants wait for a moderator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_for_moderator: Option<bool>,
    /// The setting that participants are let in one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knock: Option<bool>,
    /// The setting that the meeting is recorded by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_recording: Option<bool>,
    /// The setting that the server mails the invitees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_mail: Option<bool>,
    /// The invitees whom it mails.
    #[serde(skip_serializing_if = "Invitees::is_empty")]
    pub invitees: Invitees,
}

impl Action {
    /// Returns the word in the column `action`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Update => "update",
            Self::Cancel => "cancel",
        }
    }

    /// Reads the word, in any case; a blank is `schedule`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Schedule);
        }
        [Self::Schedule, Self::Update, Self::Cancel]
            .into_iter()
            .find(|action| action.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TimetableRow {
    /// Tells whether an `update` or `cancel` finds its meeting by user, title, start and duration, for want of a better name.
    #[must_use]
    pub fn is_found_by_its_start(&self) -> bool {
        self.action != Action::Schedule && self.reference.is_none() && self.meeting_id.is_none()
    }

    /// Returns the parameters of Schedule Meeting, in the zone with the server's id `timezone_id`; `None` unless
    /// this is a `schedule` row without faults.
    #[must_use]
    pub fn draft(self, timezone_id: &str) -> Option<MeetingDraft> {
        if self.action != Action::Schedule {
            return None;
        }
        Some(MeetingDraft {
            user_id: self.user_id,
            room_name: self.room_name?,
            desc: self.desc,
            start: self.start?,
            timezone_id: timezone_id.to_owned(),
            duration_min: self.duration_min?,
            moderators: self.moderators?,
            participants: self.participants?,
            wait_for_moderator: self.wait_for_moderator,
            knock: self.knock,
            auto_recording: self.auto_recording,
            send_mail: self.send_mail,
            invitees: self.invitees,
        })
    }

    /// Returns the parameters of Edit Meeting: every field that the row says, but for those by which the meeting is
    /// found. Without invitees in the row, the list is left alone.
    #[must_use]
    pub fn change(&self, timezone_id: Option<&str>) -> MeetingChange {
        let new = !self.is_found_by_its_start();
        MeetingChange {
            room_name: self.room_name.clone().filter(|_| new),
            desc: self.desc.clone(),
            start: self.start.filter(|_| new),
            timezone_id: timezone_id.map(str::to_owned),
            duration_min: self.duration_min.filter(|_| new),
            moderators: self.moderators,
            participants: self.participants,
            wait_for_moderator: self.wait_for_moderator,
            knock: self.knock,
            auto_recording: self.auto_recording,
            send_mail: self.send_mail,
            invitees: Some(self.invitees.clone()).filter(|invitees| !invitees.is_empty()),
        }
    }
}

/// The rules for the rows of one file.
#[derive(Debug, Clone, Copy)]
pub struct RowRules<'a> {
    /// For blank cells of rows that schedule; its zone is `zone` below.
    pub defaults: &'a MeetingDefaults,
    /// The job's zone: of times without an offset, in rows that name no zone.
    pub zone: &'a Zone,
    /// The rules by which times are read.
    pub starts: &'a Starts,
    /// The rules by which lengths are read.
    pub lengths: &'a Lengths,
    /// The lists of names.
    pub people: &'a People,
    /// The server's zones.
    pub zones: &'a dyn ZoneBook,
    /// The time against which "in the future" is held.
    pub now: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> TimetableRow {
        TimetableRow {
            room_name: Some("Algebra".to_owned()),
            start: Some(Timestamp::from_seconds(1_800_000_000)),
            duration_min: Some(60),
            moderators: Some(1),
            participants: Some(30),
            ..TimetableRow::default()
        }
    }

    #[test]
    fn a_draft_needs_all_that_scheduling_needs() {
        assert_eq!(row().draft("tz1").unwrap().timezone_id, "tz1");
        assert_eq!(TimetableRow { start: None, ..row() }.draft("tz1"), None);
        assert_eq!(TimetableRow { action: Action::Update, ..row() }.draft("tz1"), None);
    }

    #[test]
    fn what_a_meeting_is_found_by_is_not_changed() {
        let update = TimetableRow { action: Action::Update, ..row() };
        let change = update.change(None);
        assert_eq!(
            (change.room_name, change.start, change.duration_min, change.participants),
            (None, None, None, Some(30))
        );
        let named = TimetableRow { reference: Some("R1".to_owned()), ..update };
        assert_eq!(named.change(None).room_name.as_deref(), Some("Algebra"));
    }

    #[test]
    fn a_row_goes_through_json_and_back() {
        let row = TimetableRow {
            zone: Some(ZoneChoice::Name("Europe/Berlin".to_owned())),
            reference: Some("R".to_owned()),
            ..row()
        };
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<TimetableRow>(&text).unwrap(), row);
        assert!(text.contains(r#""ref":"R""#), "{text}");
    }
}
