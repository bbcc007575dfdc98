//! Reads and checks the table `[export_meetings.NAME]`: its raw form, its checked form, and its checks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::Table;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::rotate_pins::otherwise_named;
use super::surroundings::Surroundings;
use super::value::{Base, duration, id, name_pattern};
use crate::clock::{Timestamp, Zone};
use crate::model::{NamePattern, UserId};

/// A job that writes the meetings that took place to a file.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportMeetings")]
pub(super) struct RawExportMeetings {
    /// The file that is written, or appended to; {date} stands for the day of the run.
    pub(super) path: Option<String>,
    /// The format of the lines.
    #[schemars(extend("default" = "csv"))]
    pub(super) format: Option<ExportFormat>,
    /// The choice of meetings; all if not said.
    pub(super) select: Option<RawExportSelect>,
    /// True writes the PINs of the meetings, too.
    #[schemars(extend("default" = false))]
    pub(super) include_pins: Option<bool>,
    /// For how long a meeting that was exported is looked at again, in case it was changed.
    #[schemars(extend("default" = "7d"))]
    pub(super) look_back: Option<String>,
}

/// The meetings that are exported.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExportSelect")]
pub(super) struct RawExportSelect {
    /// A pattern of the title, in which * stands for any text and ? for one character.
    #[schemars(extend("default" = "*"))]
    pub(super) room_name: Option<String>,
    /// The users whose meetings are meant; those of all if none is named.
    pub(super) user_ids: Option<OneOrMany>,
}

/// The time for which an exported meeting is looked at again if the file names none.
pub(super) const DEFAULT_LOOK_BACK: Duration = Duration::from_hours(7 * 24);

/// The settings by which the meetings that took place become lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMeetings {
    /// The file, absolute, in which `{date}` may stand.
    pub path: ExportPath,
    /// The form in which lines are written.
    pub format: ExportFormat,
    /// Only meetings with such a title.
    pub room_name: NamePattern,
    /// Only meetings of these users; empty: of all.
    pub user_ids: Vec<UserId>,
    /// True when PINs are written, too.
    pub include_pins: bool,
    /// For how long an exported meeting is looked at again.
    pub look_back: Duration,
}

/// The path of an export, in which `{date}` may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPath(PathBuf);

/// The placeholder of an export's path.
pub(super) const DATE: &str = "{date}";

impl ExportPath {
    /// Takes a path that is absolute, and in which no other placeholder stands.
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns a stand-in for a path that is missing from the file.
    pub(super) fn missing() -> Self {
        Self(PathBuf::new())
    }

    /// Returns the path as it is written.
    pub(super) fn written(&self) -> &Path {
        &self.0
    }

    /// Returns the file of a run that was due at `at`: the day is that of `zone`, `2026-11-23`.
    #[must_use]
    pub fn at(&self, at: Timestamp, zone: &Zone) -> PathBuf {
        let day = zone.civil(at).format("%Y-%m-%d");
        let part = |part: std::path::Component<'_>| match part.as_os_str().to_str() {
            Some(text) => PathBuf::from(text.replace(DATE, &day)),
            None => PathBuf::from(part.as_os_str()),
        };
        self.0.components().map(part).collect()
    }
}

/// The format of an export's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table with headings, as spreadsheets open it.
    #[default]
    Csv,
    /// A JSON object on each line.
    Jsonl,
    /// A workbook.
    Xlsx,
}

const DAY: Duration = Duration::from_hours(24);

/// Checks the keys of this kind.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: RawExportMeetings, around: &Surroundings<'_>) -> ExportMeetings {
    table.require("path", "Name the file that is written, such as \"exports/meetings-{date}.csv\".");
    let path = table.read("path", raw.path.as_deref(), |text| path(around.base, text));
    let is_workbook = raw.format == Some(ExportFormat::Xlsx);
    if let Some(complaint) = path.as_ref().and_then(|path| otherwise_named(path.written(), is_workbook)) {
        table.problem("path", complaint);
    }
    let (room_name, user_ids) = select(&mut table.table("select"), raw.select.unwrap_or_default());
    ExportMeetings {
        // A path that is missing or wrong was noted, and no caller gets to see this configuration.
        path: path.unwrap_or_else(ExportPath::missing),
        format: raw.format.unwrap_or_default(),
        room_name,
        user_ids,
        include_pins: raw.include_pins.unwrap_or(false),
        look_back: table
            .read("look_back", raw.look_back.as_deref(), duration(DAY..=366 * DAY))
            .unwrap_or(DEFAULT_LOOK_BACK),
    }
}

fn select(table: &mut Table<'_, '_>, raw: RawExportSelect) -> (NamePattern, Vec<UserId>) {
    let pattern = table.read("room_name", raw.room_name.as_deref(), name_pattern);
    let OneOrMany(users) = raw.user_ids.unwrap_or_default();
    let mut users = table.read_each("user_ids", &users, id);
    users.sort();
    users.dedup();
    (pattern.unwrap_or_else(NamePattern::any), users)
}

fn path(base: &Base, text: &str) -> Result<ExportPath, Complaint> {
    let rest = text.replace(DATE, "");
    if rest.contains(['{', '}']) {
        return Err(Complaint::new(
            format!("{text:?} has a placeholder that is none"),
            "The only one is {date}, the day of the run: \"exports/meetings-{date}.csv\".",
        ));
    }
    let path = base.path(text)?;
    if text.trim_end().ends_with('/') || path.file_name().is_none() || path.is_dir() {
        return Err(Complaint::new(
            format!("{text:?} is a folder"),
            "Name the file in it, too, such as \"exports/meetings-{date}.csv\".",
        ));
    }
    Ok(ExportPath::new(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_the_day_in_the_zone_of_the_job() {
        let path = ExportPath::new(PathBuf::from("/exports/{date}/meetings-{date}.csv"));
        let at = Timestamp::from_rfc3339("2026-11-23T23:30:00Z").unwrap();
        assert_eq!(path.at(at, &Zone::utc()), PathBuf::from("/exports/2026-11-23/meetings-2026-11-23.csv"));
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(path.at(at, &berlin), PathBuf::from("/exports/2026-11-24/meetings-2026-11-24.csv"));
    }
}
