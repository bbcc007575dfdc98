//! What an `[export_meetings.NAME]` has, checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, Zone};
use crate::model::{NamePattern, UserId};

/// How long an exported meeting is looked at again where nothing is said.
pub(super) const DEFAULT_LOOK_BACK: Duration = Duration::from_hours(7 * 24);

/// How the meetings that took place become lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMeetings {
    /// The file, absolute, in which `{date}` may stand.
    pub path: ExportPath,
    /// How lines are written.
    pub format: ExportFormat,
    /// Only meetings with such a title.
    pub room_name: NamePattern,
    /// Only meetings of these users; empty: of all.
    pub user_ids: Vec<UserId>,
    /// Whether PINs are written, too.
    pub include_pins: bool,
    /// For how long an exported meeting is looked at again.
    pub look_back: Duration,
}

/// Where an export goes, in which `{date}` may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPath(PathBuf);

/// The placeholder of an export's path.
pub(super) const DATE: &str = "{date}";

impl ExportPath {
    /// Takes a path that is absolute, and in which no other placeholder stands.
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// What stands for a path that is missing from the file.
    pub(super) fn missing() -> Self {
        Self(PathBuf::new())
    }

    /// The path as it is written.
    pub(super) fn written(&self) -> &Path {
        &self.0
    }

    /// The file of a run that was due at `at`: the day is that of `zone`, `2026-11-23`.
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

/// How the lines of an export are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table with headings, as spreadsheets open it.
    #[default]
    Csv,
    /// A JSON object on each line.
    Jsonl,
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
