//! Checks what an `[export_meetings.NAME]` takes besides what every job takes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Surroundings;
use super::check::{Check, Table};
use crate::config::export_meetings::{DATE, DEFAULT_LOOK_BACK, ExportPath};
use crate::config::problem::Complaint;
use crate::config::raw::{OneOrMany, RawExportMeetings, RawExportSelect};
use crate::config::value::{Base, duration, id, name_pattern};
use crate::config::{ExportMeetings, Job, JobSettings};
use crate::model::{JobName, NamePattern, UserId};

const DAY: Duration = Duration::from_hours(24);

/// Checks the keys of this kind.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: RawExportMeetings, around: &Surroundings<'_>) -> ExportMeetings {
    table.require("path", "Name the file that is written, such as \"exports/meetings-{date}.csv\".");
    let path = table.read("path", raw.path.as_deref(), |text| path(around.base, text));
    let (room_name, user_ids) = select(&mut table.table("select"), raw.select.unwrap_or_default());
    ExportMeetings {
        // Where it is missing or wrong, that is noted, and nobody gets to see this configuration.
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

/// A file is one job's only.
pub(super) fn validate_paths(check: &mut Check<'_>, jobs: &BTreeMap<JobName, Job>) {
    let mut seen: Vec<(&JobName, &ExportPath)> = Vec::new();
    for job in jobs.values() {
        let JobSettings::ExportMeetings(own) = &job.settings else { continue };
        if own.path == ExportPath::missing() {
            continue;
        }
        if let Some((other, _)) = seen.iter().find(|(_, path)| **path == own.path) {
            let complaint = Complaint::new(
                format!("the job {:?} writes to this file already", other.as_str()),
                "Give each job a file of its own.",
            );
            check.table(&format!("{}.{}", job.kind(), job.name)).problem("path", complaint);
        }
        seen.push((&job.name, &own.path));
    }
}
