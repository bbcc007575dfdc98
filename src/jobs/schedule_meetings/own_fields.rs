//! Finds a file's own columns that hold the fields: a workbook of ours colours the cell that a reason speaks of, and has dates and
//! numbers where a person wrote such.

use super::{Input, ScheduleSettings};
use crate::model::{Code, Column};
use crate::table::{Headings, OwnColumns};

/// The fields with dates, times and lengths.
const TIMES: [Column; 3] = [Column::StartTime, Column::EndTime, Column::Duration];
/// The fields with numbers.
const NUMBERS: [Column; 2] = [Column::Moderators, Column::Participants];

/// The places of the fields among a file's own columns.
pub(super) struct OwnFields {
    headings: Option<Headings>,
    times: Vec<usize>,
    numbers: Vec<usize>,
}

impl OwnFields {
    /// Looks at the headings with which the rows were handed in.
    pub(super) fn of(settings: &ScheduleSettings, input: &Input) -> Self {
        let headings = Headings::of_own(&input.headings, &settings.layout).ok();
        let places = |fields: &[Column]| {
            let of = |field: &Column| headings.as_ref().map_or(&[][..], |headings| headings.cells_of(*field));
            fields.iter().flat_map(of).copied().collect()
        };
        let (times, numbers) = (places(&TIMES), places(&NUMBERS));
        Self { headings, times, numbers }
    }

    /// Returns the columns as a file about the run has them.
    pub(super) fn columns<'a>(&'a self, input: &'a Input) -> OwnColumns<'a> {
        OwnColumns { names: &input.headings, times: &self.times, numbers: &self.numbers }
    }

    /// Returns the column, from 0, that a reason's code speaks of.
    pub(super) fn of_code(&self, code: Option<Code>) -> Option<usize> {
        self.headings.as_ref()?.cells_of(code?.column()?).first().copied()
    }
}
