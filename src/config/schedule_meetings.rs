//! Reads and checks the table `[schedule_meetings.NAME]`: its raw form, its checked form, and its checks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::check::Table;
use super::job_keys::RawJobKeys;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{
    address, count, date_format, desc, did_you_mean, disagreement, duration, encoding, id, list, minutes, not_blank,
    plain_id, size, title, zone,
};
use crate::clock::Zone;
use crate::model::{Column, Invitees, UserId};

/// A job that makes meetings from CSV files.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScheduleMeetings")]
pub(super) struct RawScheduleMeetings {
    /// The folder that is watched for CSV files; with a schedule it is looked at only then.
    pub(super) inbox: Option<String>,
    /// The values that a blank cell, or a column that is not there, stands for.
    pub(super) defaults: Option<RawDefaults>,
    /// The CSV's own headings: the column's name here, its heading there. Several headings are joined by a blank.
    pub(super) columns: Option<BTreeMap<String, Option<OneOrMany>>>,
    /// The forms in which dates are written besides ISO, such as "%d.%m.%Y %H:%M".
    pub(super) date_formats: Option<OneOrMany>,
    /// The encoding of files without a byte order mark, such as "windows-1250"; it is found out if not said.
    pub(super) encoding: Option<String>,
    /// The treatment of a file with invalid rows.
    #[schemars(extend("default" = "skip_rows"))]
    pub(super) on_invalid: Option<OnInvalid>,
    /// The treatment of a row whose meeting was deleted on the server.
    #[schemars(extend("default" = "fail"))]
    pub(super) on_missing: Option<OnMissing>,
    /// The treatment of a row whose meeting the server already has.
    #[schemars(extend("default" = "report"))]
    pub(super) on_exists: Option<OnExists>,
    /// The time for which a file must not have changed before it is taken.
    #[schemars(extend("default" = "5s"))]
    pub(super) settle: Option<String>,
    /// The interval at which the folder is looked at besides being watched.
    #[schemars(extend("default" = "30s"))]
    pub(super) poll: Option<String>,
    /// The time for which a file that was begun, or that is empty, may stay as it is before that is told; until then it is not taken.
    #[schemars(extend("default" = "15m"))]
    pub(super) writing_timeout: Option<String>,
    /// The time for which files stay in done/ and failed/; for ever if not said.
    pub(super) keep_files: Option<String>,
    /// The largest file that is read.
    #[schemars(extend("default" = "100 MiB"))]
    pub(super) max_file_size: Option<String>,
    /// True shows PINs in results files.
    #[schemars(extend("default" = true))]
    pub(super) results_pins: Option<bool>,
}

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

/// The settings by which CSV files become meetings. `import` goes by the default if no such job is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleMeetings {
    /// The drop folder, absolute; `None`: the job takes files from `import` alone.
    pub inbox: Option<PathBuf>,
    /// The values that blank cells stand for.
    pub defaults: MeetingDefaults,
    /// The file's own headings of a column, in their order; several are joined by a blank.
    pub columns: BTreeMap<Column, Vec<String>>,
    /// Formats (`strptime`) of a start, besides ISO; each tells date and time of day.
    pub date_formats: Vec<String>,
    /// The encoding of files without a byte order mark; `None`: it is found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The treatment of a file with invalid rows.
    pub on_invalid: OnInvalid,
    /// The treatment of a row whose meeting was deleted on the server.
    pub on_missing: OnMissing,
    /// The treatment of a row whose meeting the server already has.
    pub on_exists: OnExists,
    /// The time for which a file must not have changed before it is taken.
    pub settle: Duration,
    /// The time between two looks at the folder besides its being watched.
    pub poll: Duration,
    /// The time for which a file that is being written may stay as it is before that is told.
    pub writing_timeout: Duration,
    /// The time for which files stay in `done/` and `failed/`; `None`: for ever.
    pub keep_files: Option<Duration>,
    /// The largest file that is read, in bytes.
    pub max_file_size: u64,
    /// True when results files show PINs.
    pub results_pins: bool,
}

impl Default for ScheduleMeetings {
    fn default() -> Self {
        Self {
            inbox: None,
            defaults: MeetingDefaults::default(),
            columns: BTreeMap::new(),
            date_formats: Vec::new(),
            encoding: None,
            on_invalid: OnInvalid::SkipRows,
            on_missing: OnMissing::Fail,
            on_exists: OnExists::Report,
            settle: Duration::from_secs(5),
            poll: Duration::from_secs(30),
            writing_timeout: Duration::from_mins(15),
            keep_files: None,
            max_file_size: 100 << 20,
            results_pins: true,
        }
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

/// The treatment of a file with invalid rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnInvalid {
    /// The others go ahead.
    SkipRows,
    /// None does.
    RejectFile,
}

/// The treatment of a row whose meeting was deleted on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// It fails, so that a person sees it.
    Fail,
    /// The meeting is made again.
    Create,
}

/// The treatment of a row whose meeting the server already has, and this job did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExists {
    /// None is made, and the row says which one is there.
    Report,
    /// One is made without a look.
    Create,
}

const MOMENT: Duration = Duration::from_millis(100);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Checks the keys of this kind.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    raw: RawScheduleMeetings,
    keys: &RawJobKeys,
    around: &Surroundings<'_>,
) -> ScheduleMeetings {
    let usual = ScheduleMeetings::default();
    if keys.schedule.is_some() && raw.inbox.is_none() {
        let remedy = "Name the folder that files are dropped into: inbox = \"…\". Or leave the schedule out.";
        table.require("inbox", remedy);
    }
    let inbox = table.read("inbox", raw.inbox.as_deref(), |path| around.base.path(path));
    let formats = raw.date_formats.unwrap_or_default();
    let date_formats = table.read_each("date_formats", &formats.0, date_format);
    if let Some(doubt) = disagreement(&date_formats) {
        table.warn("date_formats", doubt);
    }
    ScheduleMeetings {
        inbox,
        defaults: raw.defaults.map(|raw| defaults(&mut table.table("defaults"), raw)).unwrap_or_default(),
        columns: columns(&mut table.table("columns"), raw.columns.unwrap_or_default()),
        date_formats,
        encoding: table.read("encoding", raw.encoding.as_deref(), encoding),
        on_invalid: raw.on_invalid.unwrap_or(usual.on_invalid),
        on_missing: raw.on_missing.unwrap_or(usual.on_missing),
        on_exists: raw.on_exists.unwrap_or(usual.on_exists),
        settle: table.read("settle", raw.settle.as_deref(), duration(MOMENT..=HOUR)).unwrap_or(usual.settle),
        poll: table.read("poll", raw.poll.as_deref(), duration(MOMENT..=HOUR)).unwrap_or(usual.poll),
        writing_timeout: table
            .read("writing_timeout", raw.writing_timeout.as_deref(), duration(MOMENT..=DAY))
            .unwrap_or(usual.writing_timeout),
        keep_files: table.read("keep_files", raw.keep_files.as_deref(), duration(DAY..=36_500 * DAY)),
        max_file_size: table.read("max_file_size", raw.max_file_size.as_deref(), size).unwrap_or(usual.max_file_size),
        results_pins: raw.results_pins.unwrap_or(usual.results_pins),
    }
}

/// Checks what blank cells stand for, by the rules that the cells themselves are checked by.
fn defaults(table: &mut Table<'_, '_>, raw: RawDefaults) -> MeetingDefaults {
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

fn columns(table: &mut Table<'_, '_>, raw: BTreeMap<String, Option<OneOrMany>>) -> BTreeMap<Column, Vec<String>> {
    let names: Vec<&str> = Column::ALL.iter().map(|column| column.as_str()).collect();
    let mut columns = BTreeMap::new();
    for (written, headings) in raw {
        let Some(column) = Column::ALL.into_iter().find(|column| column.as_str() == written) else {
            let complaint = Complaint::new(format!("there is no column {written:?}"), did_you_mean(&written, &names));
            table.problem_with_key(&written, complaint);
            continue;
        };
        let headings = table.read(&written, headings, |OneOrMany(texts)| list(&texts));
        columns.extend(headings.map(|headings| (column, headings)));
    }
    columns
}
