//! Checks what a `[schedule_meetings.NAME]` takes besides what every job takes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Surroundings;
use super::check::Table;
use crate::config::problem::Complaint;
use crate::config::raw::{OneOrMany, RawDefaults, RawJobKeys, RawMinutes, RawScheduleMeetings};
use crate::config::value::{
    address, count, date_format, desc, did_you_mean, disagreement, duration, encoding, id, list, minutes, not_blank,
    plain_id, size, title, zone,
};
use crate::config::{MeetingDefaults, ScheduleMeetings};
use crate::model::{Column, Invitees};

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
