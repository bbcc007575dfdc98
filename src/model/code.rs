//! Lists the API's result codes (reference: Error Codes): one vocabulary for what the server refuses and for what is found before
//! sending.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Column;

/// A result code. Codes that the reference does not list can be held too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub i64);

impl Code {
    /// The code of success.
    pub const SUCCESS: Self = Self(1);
    /// An unspecified error.
    pub const UNSPECIFIED: Self = Self(0);
    /// Token is not valid.
    pub const TOKEN_NOT_VALID: Self = Self(1001);
    /// Meeting Date Time must be in future.
    pub const START_PAST: Self = Self(1601);
    /// Meeting Date Time: Format YYYY-MM-DD (In UTC).
    pub const START_FORMAT: Self = Self(1602);
    /// Meeting Date Time is required.
    pub const START_MISSING: Self = Self(1603);
    /// Meeting Title is required.
    pub const TITLE_MISSING: Self = Self(1611);
    /// Meeting Title: Minimum 3 Characters.
    pub const TITLE_SHORT: Self = Self(1612);
    /// Meeting Title: Maximum 50 Characters.
    pub const TITLE_LONG: Self = Self(1613);
    /// No active Meeting Subscription.
    pub const NO_MEETING_SUBSCRIPTION: Self = Self(1615);
    /// No active Webinar Subscription.
    pub const NO_WEBINAR_SUBSCRIPTION: Self = Self(1616);
    /// Not assigned with Meeting License.
    pub const NO_MEETING_LICENCE: Self = Self(1617);
    /// Not assigned with Webinar License.
    pub const NO_WEBINAR_LICENCE: Self = Self(1618);
    /// Meeting Duration is required.
    pub const DURATION_MISSING: Self = Self(1631);
    /// Meeting Duration: Minimum 10 Minutes.
    pub const DURATION_SHORT: Self = Self(1632);
    /// Meeting Duration: In number of minutes.
    pub const DURATION_FORMAT: Self = Self(1634);
    /// Moderator count is required.
    pub const MODERATORS_MISSING: Self = Self(1641);
    /// Moderator Count: Minimum 1.
    pub const MODERATORS_FEW: Self = Self(1642);
    /// Moderator Count: In Number.
    pub const MODERATORS_FORMAT: Self = Self(1644);
    /// Participant count is required.
    pub const PARTICIPANTS_MISSING: Self = Self(1651);
    /// Participant Count: Minimum 0.
    pub const PARTICIPANTS_FEW: Self = Self(1652);
    /// Participant Count: In Number.
    pub const PARTICIPANTS_FORMAT: Self = Self(1654);
    /// Auto Recording: In Boolean (true, false).
    pub const AUTO_RECORDING_FORMAT: Self = Self(1672);
    /// Invalid Timezone ID.
    pub const ZONE_UNKNOWN: Self = Self(1684);
    /// Send Email: In Boolean (true, false).
    pub const SEND_MAIL_FORMAT: Self = Self(1692);
    /// Wait for Moderator: In Boolean (true, false).
    pub const WAIT_FOR_MODERATOR_FORMAT: Self = Self(1693);
    /// Knock: In Boolean (true, false).
    pub const KNOCK_FORMAT: Self = Self(1694);
    /// The options field is required: a form that says nothing.
    pub const LOBBY_OPTIONS_MISSING: Self = Self(2423);
    /// Message text min: 5 characters.
    pub const MESSAGE_SHORT: Self = Self(2432);
    /// Message text max: 100 characters.
    pub const MESSAGE_LONG: Self = Self(2433);
    /// The url format should be a valid url string.
    pub const URL_FORMAT: Self = Self(2453);
    /// The selected order by is invalid.
    pub const ORDER_UNKNOWN: Self = Self(2603);

    /// Returns the reference's own description; `None` for a code that it does not list.
    #[must_use]
    pub fn description(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.description)
    }

    /// Returns the same in plain words, to stand after "this row:".
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.words)
    }

    /// Returns the column of a timetable that it speaks of.
    #[must_use]
    pub fn column(self) -> Option<Column> {
        self.entry().and_then(|entry| entry.column)
    }

    /// Tells whether every other request would fail alike: credentials (1001) or subscription (1615, 1616).
    #[must_use]
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::TOKEN_NOT_VALID | Self::NO_MEETING_SUBSCRIPTION | Self::NO_WEBINAR_SUBSCRIPTION)
    }

    /// Returns every code that the reference and the vendor's other pages list.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| Self(entry.code))
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.binary_search_by_key(&self.0, |entry| entry.code).ok().map(|at| &TABLE[at])
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

struct Entry {
    code: i64,
    description: &'static str,
    words: &'static str,
    column: Option<Column>,
}

const fn entry(code: i64, description: &'static str, words: &'static str, column: Option<Column>) -> Entry {
    Entry { code, description, words, column }
}

#[rustfmt::skip]
const TABLE: &[Entry] = &[
    entry(1000, "Room is not active", "the room is not active", None),
    entry(1001, "Token is not valid", "the server did not accept the credentials", None),
    entry(1002, "Request is not valid", "the server did not understand the request", None),
    entry(1401, "Application type is missing", "the application type is missing", None),
    entry(1402, "Application type must be a string", "the application type is not a text", None),
    entry(1403, "Application type is not valid", "the application type is neither vc nor wb", None),
    entry(1601, "Meeting Date Time must be in future", "the start lies in the past", Some(Column::StartTime)),
    entry(1602, "Meeting Date Time: Format YYYY-MM-DD (In UTC)", "the start is not a date and time that can be read without doubt, such as 2026-11-23 14:05", Some(Column::StartTime)),
    entry(1603, "Meeting Date Time is required", "the start is missing", Some(Column::StartTime)),
    entry(1611, "Meeting Title is required", "the title is missing", Some(Column::RoomName)),
    entry(1612, "Meeting Title: Minimum 3 Characters", "the title is shorter than 3 characters", Some(Column::RoomName)),
    entry(1613, "Meeting Title: Maximum 50 Characters", "the title is longer than 50 characters", Some(Column::RoomName)),
    entry(1615, "No active Meeting Subscription", "this account has no active meeting subscription", None),
    entry(1616, "No active Webinar Subscription", "this account has no active webinar subscription", None),
    entry(1617, "Not assigned with Meeting License", "the user has no meeting licence", Some(Column::UserId)),
    entry(1618, "Not assigned with Webinar License", "the user has no webinar licence", Some(Column::UserId)),
    entry(1621, "Description field is required", "the server wants a description", Some(Column::Desc)),
    entry(1631, "Meeting Duration is required", "the duration is missing", Some(Column::Duration)),
    entry(1632, "Meeting Duration: Minimum 10 Minutes", "the duration is shorter than 10 minutes", Some(Column::Duration)),
    entry(1633, "Meeting Duration: Exceeded permissible duration", "the duration is longer than the subscription allows", Some(Column::Duration)),
    entry(1634, "Meeting Duration: In number of minutes", "the duration is not a whole number of minutes", Some(Column::Duration)),
    entry(1641, "Moderator count is required", "the number of moderators is missing", Some(Column::Moderators)),
    entry(1642, "Moderator Count: Minimum 1", "there must be at least 1 moderator", Some(Column::Moderators)),
    entry(1643, "Moderator Count: Must not exceed room size", "there are more moderators than the room holds", Some(Column::Moderators)),
    entry(1644, "Moderator Count: In Number", "the number of moderators is not a whole number", Some(Column::Moderators)),
    entry(1651, "Participant count is required", "the number of participants is missing", Some(Column::Participants)),
    entry(1652, "Participant Count: Minimum 0", "the number of participants is below 0", Some(Column::Participants)),
    entry(1653, "Participant Count: Must not exceed room size", "there are more participants than the room holds", Some(Column::Participants)),
    entry(1654, "Participant Count: In Number", "the number of participants is not a whole number", Some(Column::Participants)),
    entry(1672, "Auto Recording: In Boolean (true, false)", "auto_recording is neither yes nor no", Some(Column::AutoRecording)),
    entry(1681, "Timezone is required", "the time zone is missing", Some(Column::Timezone)),
    entry(1683, "Timezone id required", "the time zone's id is missing", Some(Column::TimezoneId)),
    entry(1684, "Invalid Timezone ID", "there is no such time zone", Some(Column::Timezone)),
    entry(1685, "Invalid Timezone ID", "there is no such time zone", Some(Column::Timezone)),
    entry(1686, "Invalid Timezone ID", "there is no such time zone", Some(Column::Timezone)),
    entry(1691, "Invalid Timezone ID", "there is no such time zone", Some(Column::Timezone)),
    entry(1692, "Send Email: In Boolean (true, false)", "send_mail is neither yes nor no", Some(Column::SendMail)),
    entry(1693, "Wait for Moderator: In Boolean (true, false)", "wait_for_moderator is neither yes nor no", Some(Column::WaitForModerator)),
    entry(1694, "Knock: In Boolean (true, false)", "knock is neither yes nor no", Some(Column::Knock)),
    entry(1695, "Invitees: In Array", "the invitees are not a list", Some(Column::InviteeEmails)),
    entry(1696, "Invitee Email Addresses: In Array", "the invitees' addresses are not a list", Some(Column::InviteeEmails)),
    entry(1697, "Invitee Contact IDs: In Array", "the invitees' contact ids are not a list", Some(Column::InviteeContactIds)),
    entry(1698, "Invitee Group IDs: In Array", "the invitees' group ids are not a list", Some(Column::InviteeGroupIds)),
    entry(1901, "Reset MPIN: In Boolean (true, false)", "whether to reset the moderator PIN is neither yes nor no", None),
    entry(1902, "Reset PPIN: In Boolean (true, false)", "whether to reset the participant PIN is neither yes nor no", None),
    entry(1903, "MPIN and PPIN are required", "neither PIN was named", None),
    entry(2402, "Message field is required", "the lobby's messages are missing", None),
    entry(2403, "Image field is required", "the lobby's images are missing", None),
    entry(2404, "Audio field is required", "the lobby's audio is missing", None),
    entry(2405, "Video field is required", "the lobby's video is missing", None),
    entry(2412, "The Image option must be an array", "the lobby's images are not a list", None),
    entry(2421, "The video option must be an array", "the lobby's video is not a list", None),
    entry(2422, "Message text is required if message is used for lobby", "a lobby message has no text", None),
    entry(2423, "The options field is required. To choose from text, audio and video.", "the lobby says neither messages, images, audio nor video", None),
    entry(2432, "Message text min: 5 characters", "a lobby message is shorter than 5 characters", None),
    entry(2433, "Message text max: 100 characters", "a lobby message is longer than 100 characters", None),
    entry(2435, "Image caption must be a string", "an image's caption is not a text", None),
    entry(2438, "Video url must be a string", "the video's address is not a text", None),
    entry(2453, "The url format should be a valid url string", "an address is not a valid URL", None),
    entry(2501, "Page length filter must be passed with an integer", "the page length is not a whole number", None),
    entry(2603, "The selected order by is invalid", "the server cannot sort by this", None),
    entry(2604, "The selected order qualify is invalid", "the order is neither asc nor desc", None),
    entry(2605, "The Selected Search is invalid", "the server cannot search by this", None),
    entry(2606, "The search string field is required when search by is present", "there is nothing to search for", None),
    entry(2608, "Page number must be a number", "the page is not a number", None),
    entry(3011, "Old password and new password cannot be the same", "the old and the new password are the same", None),
    entry(4201, "Invalid password reset token or reset code", "the password reset token is not valid", None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_code_has_words() {
        assert!(TABLE.is_sorted_by(|a, b| a.code < b.code));
        assert!(Code::all().all(|code| code.words().is_some_and(|words| !words.is_empty())));
    }

    #[test]
    fn a_code_names_its_column_and_an_unlisted_one_is_held_all_the_same() {
        assert_eq!(Code::TITLE_SHORT.column(), Some(Column::RoomName));
        assert_eq!(Code::TITLE_SHORT.description(), Some("Meeting Title: Minimum 3 Characters"));
        assert_eq!(Code(9999).words(), None);
        assert_eq!(Code(9999).to_string(), "9999");
    }
}
