//! Shows how a job would read the first rows of a file: by the very code that reads them in a run, without a server.

use std::fs::File;
use std::sync::Arc;

use serde::Serialize;

use super::checked_row::CheckedRow;
use super::open::StreamError;
use super::returned::HandedInBefore;
use super::row::TimetableRow;
use super::stream::{self, Part, Rules};
use super::zones::ZoneBook;
use super::{ScheduleSettings, people};
use crate::clock::{Timestamp, Zone};
use crate::engine::Recall;
use crate::table::{Lengths, Starts};

/// A row as it would be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewRow {
    /// The row, as a spreadsheet numbers it.
    pub line: u32,
    /// The title.
    pub title: Option<String>,
    /// The start in the job's zone: `2027-02-01 09:00`.
    pub start: Option<String>,
    /// The length in minutes.
    pub minutes: Option<u32>,
    /// The user whose meeting it is.
    pub user_id: Option<String>,
    /// Seats for moderators.
    pub moderators: Option<u32>,
    /// Seats for participants.
    pub participants: Option<u32>,
    /// The reason why it would be refused; blank where it would not.
    pub error: String,
}

/// The server that lists every zone, for want of one that is asked.
#[derive(Debug)]
struct EveryZone;

impl ZoneBook for EveryZone {
    fn name_of(&self, _timezone_id: &str) -> Option<String> {
        None
    }

    fn lists(&self, _zone: &Zone) -> bool {
        true
    }
}

/// Reads the first rows of a file by these settings. In words, why the file would be refused.
pub(super) async fn rows(
    settings: ScheduleSettings,
    file: File,
    now: Timestamp,
    most: usize,
) -> Result<Vec<PreviewRow>, String> {
    let rules = Rules {
        layout: settings.layout,
        defaults: settings.defaults,
        zone: settings.zone.clone(),
        starts: Starts::new(&settings.date_formats),
        lengths: Lengths::new(settings.duration_unit),
        zones: Arc::new(EveryZone),
        people: Arc::new(people::read(settings.lookup).await?),
        now,
        sheet: settings.sheet,
        max_file_size: settings.max_file_size,
        // No job has handed in anything that this would know again.
        before: HandedInBefore { recall: Recall::Nothing, job: None, waits: tokio::runtime::Handle::current() },
        is_dry: true,
    };
    let mut parts = stream::begin(file, rules);
    let mut rows = Vec::new();
    while rows.len() < most
        && let Some(part) = parts.recv().await
    {
        match part {
            Ok(Part::Rows(more)) => rows.extend(more.into_iter().take(most - rows.len())),
            Ok(Part::Head(_) | Part::End(_)) => {}
            Err(StreamError::Unreadable(why) | StreamError::Refused(why)) => return Err(why),
            Err(StreamError::Journal(error)) => return Err(error.to_string()),
        }
    }
    let shown = |row: CheckedRow| {
        let TimetableRow { room_name, start, duration_min, user_id, moderators, participants, .. } = row.checked.row;
        let past = row.checked.past.into_iter().map(|fault| fault.words);
        let faults: Vec<_> = row.checked.faults.iter().map(|fault| fault.words.clone()).chain(past).collect();
        PreviewRow {
            line: row.line,
            title: room_name,
            start: start.map(|start| settings.zone.minute(start)),
            minutes: duration_min,
            user_id: user_id.map(|user| user.to_string()),
            moderators,
            participants,
            error: faults.join("; "),
        }
    };
    Ok(rows.into_iter().map(shown).collect())
}
