//! What a `[schedule_meetings.NAME]` takes besides what every job takes, as it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::OneOrMany;
use crate::config::{OnExists, OnInvalid, OnMissing};

/// A job that makes meetings from CSV files.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScheduleMeetings")]
pub(in crate::config) struct RawScheduleMeetings {
    /// The folder that is watched for CSV files; with a schedule it is looked at only then.
    pub(in crate::config) inbox: Option<String>,
    /// What a blank cell, or a column that is not there, stands for.
    pub(in crate::config) defaults: Option<RawDefaults>,
    /// The CSV's own headings: the column's name here, its heading there. Several headings are joined by a blank.
    pub(in crate::config) columns: Option<BTreeMap<String, Option<OneOrMany>>>,
    /// How dates are written besides ISO, such as "%d.%m.%Y %H:%M".
    pub(in crate::config) date_formats: Option<OneOrMany>,
    /// The encoding of files without a byte order mark, such as "windows-1250"; it is found out if not said.
    pub(in crate::config) encoding: Option<String>,
    /// What becomes of a file with invalid rows.
    #[schemars(extend("default" = "skip_rows"))]
    pub(in crate::config) on_invalid: Option<OnInvalid>,
    /// What becomes of a row whose meeting was deleted on the server.
    #[schemars(extend("default" = "fail"))]
    pub(in crate::config) on_missing: Option<OnMissing>,
    /// What becomes of a row whose meeting the server already has.
    #[schemars(extend("default" = "report"))]
    pub(in crate::config) on_exists: Option<OnExists>,
    /// How long a file must not have changed before it is taken.
    #[schemars(extend("default" = "5s"))]
    pub(in crate::config) settle: Option<String>,
    /// How often the folder is looked at besides being watched.
    #[schemars(extend("default" = "30s"))]
    pub(in crate::config) poll: Option<String>,
    /// How long a file that was begun, or that is empty, may stay as it is before that is told; until then it is not taken.
    #[schemars(extend("default" = "15m"))]
    pub(in crate::config) writing_timeout: Option<String>,
    /// How long files stay in done/ and failed/; for ever if not said.
    pub(in crate::config) keep_files: Option<String>,
    /// The largest file that is read.
    #[schemars(extend("default" = "100 MiB"))]
    pub(in crate::config) max_file_size: Option<String>,
    /// Whether results files show PINs.
    #[schemars(extend("default" = true))]
    pub(in crate::config) results_pins: Option<bool>,
}

/// What a blank cell stands for, by column.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(in crate::config) struct RawDefaults {
    /// The user that meetings are made for.
    pub(in crate::config) user_id: Option<String>,
    /// The title, 3 to 50 characters.
    pub(in crate::config) room_name: Option<String>,
    /// The description.
    pub(in crate::config) desc: Option<String>,
    /// The time zone of the rows, by its IANA name.
    pub(in crate::config) timezone: Option<String>,
    /// The time zone by the server's own id.
    pub(in crate::config) timezone_id: Option<String>,
    /// Minutes, or a text such as "1h30m"; at least 10 minutes.
    pub(in crate::config) duration: Option<RawMinutes>,
    /// Seats for moderators, at least 1.
    #[schemars(extend("minimum" = 1))]
    pub(in crate::config) moderators: Option<i64>,
    /// Seats for participants.
    #[schemars(extend("minimum" = 0))]
    pub(in crate::config) participants: Option<i64>,
    /// Whether participants wait for a moderator.
    pub(in crate::config) wait_for_moderator: Option<bool>,
    /// Whether participants are let in one by one.
    pub(in crate::config) knock: Option<bool>,
    /// Whether meetings are recorded by themselves.
    pub(in crate::config) auto_recording: Option<bool>,
    /// Whether the server mails the invitees.
    pub(in crate::config) send_mail: Option<bool>,
    /// Addresses that are invited.
    pub(in crate::config) invitee_emails: Option<OneOrMany>,
    /// Contacts that are invited, by the server's ids.
    pub(in crate::config) invitee_contact_ids: Option<OneOrMany>,
    /// Groups that are invited, by the server's ids.
    pub(in crate::config) invitee_group_ids: Option<OneOrMany>,
}

/// A duration of a meeting: minutes as a number, or a text.
#[derive(Debug)]
pub(in crate::config) enum RawMinutes {
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
