//! Reads and checks the table `defaults` of `[schedule_meetings.NAME]`: the values that blank cells stand for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::check::Table;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::value::{address, count, desc, id, minutes, not_blank, plain_id, title, zone};
use crate::clock::Zone;
use crate::model::{Invitees, UserId};

/// The values that a blank cell stands for, by column.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(super) struct RawDefaults {
    /// The user that meetings are made for.
    pub(super) user_id: Option<String>,
    /// The title, 3 to 50 characters.
    pub(super) room_name: Option<String>,
    /// The description.
    pub(super) desc: Option<String>,
    /// The time zone of the rows, by its IANA name.
    pub(super) timezone: Option<String>,
    /// The time zone by the server's own id.
    pub(super) timezone_id: Option<String>,
    /// Minutes, or a text such as "1h30m"; at least 10 minutes.
    pub(super) duration: Option<RawMinutes>,
    /// Seats for moderators, at least 1.
    #[schemars(extend("minimum" = 1))]
    pub(super) moderators: Option<i64>,
    /// Seats for participants.
    #[schemars(extend("minimum" = 0))]
    pub(super) participants: Option<i64>,
    /// True lets participants wait for a moderator.
    pub(super) wait_for_moderator: Option<bool>,
    /// True lets participants in one by one.
    pub(super) knock: Option<bool>,
    /// True records meetings by themselves.
    pub(super) auto_recording: Option<bool>,
    /// True lets the server mail the invitees.
    pub(super) send_mail: Option<bool>,
    /// Addresses that are invited.
    pub(super) invitee_emails: Option<OneOrMany>,
    /// Contacts that are invited, by the server's ids.
    pub(super) invitee_contact_ids: Option<OneOrMany>,
    /// Groups that are invited, by the server's ids.
    pub(super) invitee_group_ids: Option<OneOrMany>,
}

/// A duration of a meeting: minutes as a number, or a text.
#[derive(Debug)]
pub(super) enum RawMinutes {
    Number(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for RawMinutes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Minutes)
    }
}

struct Minutes;

impl Visitor<'_> for Minutes {
    type Value = RawMinutes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of minutes, or a text in quotes such as \"1h30m\"")
    }

    fn visit_i64<E: Error>(self, minutes: i64) -> Result<RawMinutes, E> {
        Ok(RawMinutes::Number(minutes))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawMinutes, E> {
        Ok(RawMinutes::Text(text.to_owned()))
    }
}

impl JsonSchema for RawMinutes {
    fn schema_name() -> Cow<'static, str> {
        "Minutes".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 10 })
    }
}

/// The values that blank cells stand for, within the limits of the reference's Schedule Meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingDefaults {
    /// For whom; the credentials' own user when absent.
    pub user_id: Option<UserId>,
    /// The title, 3 to 50 characters.
    pub room_name: Option<String>,
    /// The description.
    pub desc: Option<String>,
    /// The zone of the rows.
    pub timezone: Option<Zone>,
    /// The same by the server's id.
    pub timezone_id: Option<String>,
    /// Minutes, at least 10.
    pub duration_min: Option<u32>,
    /// Seats for moderators, at least 1.
    pub moderators: Option<u32>,
    /// Seats for participants.
    pub participants: Option<u32>,
    /// True when participants wait for a moderator.
    pub wait_for_moderator: Option<bool>,
    /// True when participants are let in one by one.
    pub knock: Option<bool>,
    /// True when it is recorded by itself.
    pub auto_recording: Option<bool>,
    /// True when the server mails the invitees.
    pub send_mail: Option<bool>,
    /// Whom it mails.
    pub invitees: Invitees,
}

/// Checks what blank cells stand for, by the rules that the cells themselves are checked by.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: RawDefaults) -> MeetingDefaults {
    if raw.timezone.is_some() && raw.timezone_id.is_some() {
        let remedy = "Keep timezone; timezone_id is the server's own number for one.";
        table.problem("timezone_id", Complaint::new("the time zone is said twice", remedy));
    }
    MeetingDefaults {
        user_id: table.read("user_id", raw.user_id.as_deref(), id),
        room_name: table.read("room_name", raw.room_name.as_deref(), title),
        desc: table.read("desc", raw.desc.as_deref(), desc),
        timezone: table.read("timezone", raw.timezone.as_deref(), zone),
        timezone_id: table.read("timezone_id", raw.timezone_id.as_deref(), not_blank),
        duration_min: table.read("duration", raw.duration, |written| match written {
            RawMinutes::Number(number) => minutes(&number.to_string()),
            RawMinutes::Text(text) => minutes(&text),
        }),
        moderators: table.read("moderators", raw.moderators, count(1..=u32::MAX)),
        participants: table.read("participants", raw.participants, count(0..=u32::MAX)),
        wait_for_moderator: raw.wait_for_moderator,
        knock: raw.knock,
        auto_recording: raw.auto_recording,
        send_mail: raw.send_mail,
        invitees: Invitees {
            contact_ids: texts(table, "invitee_contact_ids", raw.invitee_contact_ids, plain_id),
            group_ids: texts(table, "invitee_group_ids", raw.invitee_group_ids, plain_id),
            emails: texts(table, "invitee_emails", raw.invitee_emails, plain_address),
        },
    }
}

fn texts(
    table: &mut Table<'_, '_>,
    key: &str,
    raw: Option<OneOrMany>,
    reader: impl Fn(&str) -> Result<String, Complaint>,
) -> Vec<String> {
    raw.map(|OneOrMany(texts)| table.read_each(key, &texts, reader)).unwrap_or_default()
}

/// The server takes addresses alone, without names.
fn plain_address(text: &str) -> Result<String, Complaint> {
    address(text).map(|mailbox| mailbox.email.to_string())
}
