//! Names the columns of a timetable as the reference names the same fields.

use std::fmt;

/// A column of a CSV file of meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the column it is named after")]
pub enum Column {
    Action,
    Ref,
    MeetingId,
    UserId,
    RoomName,
    Desc,
    StartTime,
    Timezone,
    TimezoneId,
    EndTime,
    Duration,
    Moderators,
    Participants,
    WaitForModerator,
    Knock,
    AutoRecording,
    SendMail,
    InviteeEmails,
    InviteeContactIds,
    InviteeGroupIds,
}

impl Column {
    /// Every column, in the order of the reference's Schedule table; an end stands where the length does that it tells.
    pub const ALL: [Self; 20] = [
        Self::Action,
        Self::Ref,
        Self::MeetingId,
        Self::UserId,
        Self::RoomName,
        Self::Desc,
        Self::StartTime,
        Self::Timezone,
        Self::TimezoneId,
        Self::EndTime,
        Self::Duration,
        Self::Moderators,
        Self::Participants,
        Self::WaitForModerator,
        Self::Knock,
        Self::AutoRecording,
        Self::SendMail,
        Self::InviteeEmails,
        Self::InviteeContactIds,
        Self::InviteeGroupIds,
    ];

    /// Returns the heading.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Ref => "ref",
            Self::MeetingId => "meeting_id",
            Self::UserId => "user_id",
            Self::RoomName => "room_name",
            Self::Desc => "desc",
            Self::StartTime => "start_time",
            Self::Timezone => "timezone",
            Self::TimezoneId => "timezone_id",
            Self::EndTime => "end_time",
            Self::Duration => "duration",
            Self::Moderators => "moderators",
            Self::Participants => "participants",
            Self::WaitForModerator => "wait_for_moderator",
            Self::Knock => "knock",
            Self::AutoRecording => "auto_recording",
            Self::SendMail => "send_mail",
            Self::InviteeEmails => "invitee_emails",
            Self::InviteeContactIds => "invitee_contact_ids",
            Self::InviteeGroupIds => "invitee_group_ids",
        }
    }

    /// Reads a heading in any case, with blanks, dashes or underscores between its words.
    #[must_use]
    pub fn from_heading(heading: &str) -> Option<Self> {
        let name = Self::normalized(heading);
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }

    /// Returns a heading as it is compared: without anything unseen at its ends, lower case, words joined by one underscore. An unseen
    /// character within a word stays, and makes it another one.
    #[must_use]
    pub fn normalized(heading: &str) -> String {
        super::fold::normal(heading)
            .split(|c: char| c.is_whitespace() || c == '_' || c == '-')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
            .join("_")
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_read_in_any_case_with_blanks_or_underscores() {
        for heading in ["start_time", "Start Time", " START  TIME ", "start-time"] {
            assert_eq!(Column::from_heading(heading), Some(Column::StartTime), "{heading}");
        }
        assert_eq!(Column::from_heading("\u{feff}start\u{a0}time\u{200b}"), Some(Column::StartTime));
        assert_eq!(Column::from_heading("sta\u{200b}rt_time"), None);
        assert_eq!(Column::from_heading("begin"), None);
    }
}
