//! Reads and checks the table `[schedule_meetings.NAME]`: its raw form, its checked form, and its checks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::Table;
use super::job_keys::RawJobKeys;
use super::lookup::{self, Lookup, RawLookup};
use super::meeting_defaults::{self, MeetingDefaults, RawDefaults};
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{count, date_format, did_you_mean, disagreement, duration, encoding, list, not_blank, size};
use crate::model::{Column, DurationUnit};

/// A job that makes meetings from CSV files.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScheduleMeetings")]
pub(super) struct RawScheduleMeetings {
    /// The folder that is watched for CSV files; with a schedule it is looked at only then.
    pub(super) inbox: Option<String>,
    /// True where the folder is the same on all machines that run the job.
    #[schemars(extend("default" = false))]
    pub(super) shared: Option<bool>,
    /// The values that a blank cell, or a column that is not there, stands for.
    pub(super) defaults: Option<RawDefaults>,
    /// The CSV's own headings: the column's name here, its heading there. Several headings are joined by a blank.
    pub(super) columns: Option<BTreeMap<String, Option<OneOrMany>>>,
    /// The forms in which dates are written besides ISO, such as "%d.%m.%Y %H:%M".
    pub(super) date_formats: Option<OneOrMany>,
    /// The unit of a plain number in the column duration: "minutes", "hours" (also 1,5), or "hhmm" (0130 is an hour and a half).
    #[schemars(extend("default" = "minutes"))]
    pub(super) duration_unit: Option<RawDurationUnit>,
    /// The headings of files that have none, in the order of their columns; "" for a column that means nothing.
    pub(super) headings: Option<Vec<String>>,
    /// The number of rows above the headings; titles of one cell are found if it is not said.
    #[schemars(extend("minimum" = 0))]
    pub(super) skip_rows: Option<i64>,
    /// The first cell of the row at which the table ends, such as "Total", or several such.
    pub(super) until: Option<OneOrMany>,
    /// The lists through which names become ids or addresses, by column.
    pub(super) lookup: Option<BTreeMap<String, Option<RawLookup>>>,
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
    /// The sheet of a workbook that is read; without one, the first visible sheet with the headings.
    pub(super) sheet: Option<String>,
    /// True shows PINs in results files.
    #[schemars(extend("default" = true))]
    pub(super) results_pins: Option<bool>,
    /// The form of results and retry files.
    #[schemars(extend("default" = "same"))]
    pub(super) results_format: Option<ResultsFormat>,
}

/// The settings by which CSV files become meetings. `import` goes by the default if no such job is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleMeetings {
    /// The drop folder, absolute; `None`: the job takes files from `import` alone.
    pub inbox: Option<PathBuf>,
    /// True where all machines see the same folder.
    pub shared: bool,
    /// The values that blank cells stand for.
    pub defaults: MeetingDefaults,
    /// The file's own headings of a column, in their order; several are joined by a blank.
    pub columns: BTreeMap<Column, Vec<String>>,
    /// Formats (`strptime`) of a start, besides ISO; each tells date and time of day.
    pub date_formats: Vec<String>,
    /// The unit of a plain number in the column `duration`.
    pub duration_unit: DurationUnit,
    /// The headings of files that have none; none: the files have them.
    pub headings: Vec<String>,
    /// The number of rows above the headings; `None`: it is found out.
    pub skip_rows: Option<u64>,
    /// The first cells of rows at which the table ends.
    pub until: Vec<String>,
    /// The lists through which names become ids or addresses.
    pub lookup: BTreeMap<Column, Lookup>,
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
    /// The sheet of a workbook that is read; `None`: the first visible one with the headings.
    pub sheet: Option<String>,
    /// True when results files show PINs.
    pub results_pins: bool,
    /// The form of results and retry files.
    pub results_format: ResultsFormat,
}

impl Default for ScheduleMeetings {
    fn default() -> Self {
        Self {
            inbox: None,
            shared: false,
            defaults: MeetingDefaults::default(),
            columns: BTreeMap::new(),
            date_formats: Vec::new(),
            duration_unit: DurationUnit::Minutes,
            headings: Vec::new(),
            skip_rows: None,
            until: Vec::new(),
            lookup: BTreeMap::new(),
            encoding: None,
            on_invalid: OnInvalid::SkipRows,
            on_missing: OnMissing::Fail,
            on_exists: OnExists::Report,
            settle: Duration::from_secs(5),
            poll: Duration::from_secs(30),
            writing_timeout: Duration::from_mins(15),
            keep_files: None,
            max_file_size: 100 << 20,
            sheet: None,
            results_pins: true,
            results_format: ResultsFormat::Same,
        }
    }
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

/// The words for a unit of lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DurationUnit")]
pub(super) enum RawDurationUnit {
    /// A number is minutes.
    Minutes,
    /// A number is hours.
    Hours,
    /// A number is hours and minutes, two digits for the minutes.
    Hhmm,
}

impl From<RawDurationUnit> for DurationUnit {
    fn from(unit: RawDurationUnit) -> Self {
        match unit {
            RawDurationUnit::Minutes => Self::Minutes,
            RawDurationUnit::Hours => Self::Hours,
            RawDurationUnit::Hhmm => Self::HoursAndMinutes,
        }
    }
}

/// More rows than anybody writes above a table.
const MOST_SKIPPED: u32 = 1000;

/// The form of results and retry files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultsFormat {
    /// Of a workbook, a workbook (.xlsx); of text, CSV.
    Same,
    /// CSV.
    Csv,
    /// A workbook (.xlsx).
    Xlsx,
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
    if raw.shared.is_some() && raw.inbox.is_none() && keys.schedule.is_none() {
        table.require("inbox", "Name the folder that is shared: inbox = \"…\". Or leave shared out.");
    }
    let inbox = table.read("inbox", raw.inbox.as_deref(), |path| around.base.path(path));
    let formats = raw.date_formats.unwrap_or_default();
    let date_formats = table.read_each("date_formats", &formats.0, date_format);
    if let Some(doubt) = disagreement(&date_formats) {
        table.warn("date_formats", doubt);
    }
    ScheduleMeetings {
        inbox,
        shared: raw.shared.unwrap_or(usual.shared),
        defaults: raw
            .defaults
            .map(|raw| meeting_defaults::validate(&mut table.table("defaults"), raw))
            .unwrap_or_default(),
        columns: columns(&mut table.table("columns"), raw.columns.unwrap_or_default()),
        date_formats,
        headings: table.read("headings", raw.headings, headings).unwrap_or_default(),
        skip_rows: table.read("skip_rows", raw.skip_rows, count(0..=MOST_SKIPPED)).map(u64::from),
        until: table.read("until", raw.until, |OneOrMany(texts)| list(&texts)).unwrap_or_default(),
        lookup: lookup::validate(&mut table.table("lookup"), raw.lookup.unwrap_or_default(), around),
        duration_unit: raw.duration_unit.map_or(usual.duration_unit, DurationUnit::from),
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
        sheet: table.read("sheet", raw.sheet.as_deref(), not_blank),
        results_pins: raw.results_pins.unwrap_or(usual.results_pins),
        results_format: raw.results_format.unwrap_or(usual.results_format),
    }
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
        let headings = table.read(&written, headings, |OneOrMany(texts)| match (column, texts.len()) {
            (Column::Duration, 3..) => Err(Complaint::new(
                "a length stands in one column or in two",
                "Name one heading, or two: that of the hours and that of the minutes.",
            )),
            _ => list(&texts),
        });
        columns.extend(headings.map(|headings| (column, headings)));
    }
    columns
}

/// Reads the headings of files that have none: each says one thing.
fn headings(texts: Vec<String>) -> Result<Vec<String>, Complaint> {
    let names: Vec<_> = texts.iter().map(|text| Column::normalized(text)).collect();
    if names.iter().all(String::is_empty) {
        return Err(Complaint::new(
            "no column has a heading",
            "Name the columns in their order, or leave the key out.",
        ));
    }
    let twice = (0..names.len()).find(|at| !names[*at].is_empty() && names[..*at].contains(&names[*at]));
    match twice {
        Some(at) => Err(Complaint::new(format!("{:?} is named twice", texts[at]), "Name each column once.")),
        None => Ok(texts),
    }
}
