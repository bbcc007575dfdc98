//! Journals a file whose rows cannot be planned, since the server does not answer: every row is journaled as
//! `not_run`, so that the results name each and the retry file holds them all.

use super::checked_row::CheckedRow;
use super::input::Input;
use super::open;
use super::planned_action::{PlannedAction, RowPayload};
use super::session::ScheduleSession;
use super::stream::{self, Part, Rules};
use super::zones::ServerZones;
use crate::config::MeetingDefaults;
use crate::engine::{Plan, PlanError, Refusal};
use crate::model::{ItemNo, JobPayload, NewItem, Start, Status};
use crate::table::{Lengths, Starts};

impl ScheduleSession {
    /// Returns the rules by which a file's rows are told apart, where they need not be checked.
    pub(super) fn plain_rules(&self) -> Rules {
        let settings = &self.settings;
        Rules {
            layout: settings.layout.clone(),
            defaults: MeetingDefaults::default(),
            zone: settings.zone.clone(),
            starts: Starts::new(&settings.date_formats),
            lengths: Lengths::new(settings.duration_unit),
            zones: std::sync::Arc::new(ServerZones::default()),
            people: std::sync::Arc::default(),
            now: self.tools.clock.now(),
            sheet: settings.sheet.clone(),
            max_file_size: settings.max_file_size,
            before: self.handed_in_before(self.run.job),
            is_dry: false,
        }
    }

    /// Journals the whole file as not run; answers with the input as it is known now.
    pub(super) async fn leave_file_undone(&self, to: &mut dyn Plan, why: &str) -> Result<Input, PlanError> {
        if self.run.retry_of.is_some() {
            // The run that it repeats knows more of its rows than that they were not run: that one is to be repeated again.
            return Err(Refusal(why.to_owned()).into());
        }
        let mut input = self.input().clone();
        let file = open::open(&input.file, self.settings.max_file_size).map_err(|error| self.refusal(error))?;
        let mut parts = stream::begin(file, self.plain_rules());
        let mut next = 1;
        while let Some(part) = parts.recv().await {
            match part.map_err(|error| self.refusal(error))? {
                Part::Head(head) => input.begins(head),
                Part::Rows(rows) => {
                    let items: Vec<_> = (next..).zip(rows).map(|(item, row)| undone(ItemNo(item), row, why)).collect();
                    next += u32::try_from(items.len()).unwrap_or(u32::MAX);
                    to.add(items).await?;
                }
                Part::End(whole) => {
                    to.file_read(whole.extent.hash).await?;
                    input.was_read(*whole);
                    input.be_written(self.settings.results_format);
                    return Ok(input);
                }
            }
        }
        Err(Refusal("the file could not be read to its end".to_owned()).into())
    }
}

fn undone(item: ItemNo, row: CheckedRow, why: &str) -> NewItem {
    NewItem {
        item,
        identity: None,
        label: row.label,
        line: Some(row.line),
        payload: JobPayload::of(RowPayload { v: 1, content: row.content, action: PlannedAction::Nothing }),
        source: row.cells,
        start: Start::Decided { status: Status::NotRun, code: None, error: Some(why.to_owned()), result: None },
    }
}
