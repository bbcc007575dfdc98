//! Gathers what stands in a sheet besides the values of its cells: hidden rows, cells that are one with others, formulas
//! that were never computed.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// So many ranges are named.
const TOLD: usize = 3;
/// So many areas of merged cells are followed; no timetable has more.
const MOST_AREAS: usize = 100_000;

/// Cells of several rows that are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Area {
    /// The first row, from 0.
    pub(super) first: u32,
    /// The last row.
    pub(super) last: u32,
    /// The first column.
    pub(super) column: u32,
}

/// The findings in one sheet.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Areas of merged cells over several rows, by their first row.
    pub(super) areas: Vec<Area>,
    hidden: Ranges,
    hidden_from: Option<(u32, u32)>,
    merged: Ranges,
    uncomputed: Ranges,
}

/// Places in a sheet: the first of them, and their number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges {
    told: Vec<String>,
    all: u64,
}

impl Ranges {
    /// Notes a place.
    pub(super) fn note(&mut self, words: impl FnOnce() -> String) {
        self.all += 1;
        if self.told.len() < TOLD {
            self.told.push(words());
        }
    }

    /// Returns them for a sentence; `None` where there are none.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let more = self.all - self.told.len() as u64;
        let mut shown = self.told.join(", ");
        if more > 0 {
            let _ = write!(shown, " and {more} more");
        }
        (self.all > 0).then_some(shown)
    }

    /// Tells whether there is one place alone.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.all == 1
    }
}

impl Survey {
    /// Notes rows, from 0, that are hidden; they come in their order.
    pub(super) fn hide(&mut self, first: u32, last: u32) {
        match &mut self.hidden_from {
            Some((_, end)) if end.checked_add(1) == Some(first) => *end = last,
            from => {
                let before = from.replace((first, last));
                self.note_hidden(before);
            }
        }
    }

    fn note_hidden(&mut self, rows: Option<(u32, u32)>) {
        let Some((first, last)) = rows else { return };
        let (first, last) = (u64::from(first) + 1, u64::from(last) + 1);
        self.hidden.note(|| if first == last { first.to_string() } else { format!("{first}-{last}") });
    }

    /// Notes cells that are one.
    pub(super) fn merge(&mut self, first: (u32, u32), last: (u32, u32)) {
        self.merged.note(|| format!("{}:{}", cell_name(first), cell_name(last)));
        if last.0 > first.0 && self.areas.len() < MOST_AREAS {
            self.areas.push(Area { first: first.0, last: last.0, column: first.1 });
        }
    }

    /// Notes a formula without a value.
    pub(super) fn uncomputed(&mut self, at: (u32, u32)) {
        self.uncomputed.note(|| cell_name(at));
    }

    /// Ends the gathering.
    pub(super) fn finish(&mut self) {
        let last = self.hidden_from.take();
        self.note_hidden(last);
        self.areas.sort_unstable();
    }

    /// Returns the rows that are hidden, the merged cells, and the formulas without a value.
    pub(super) fn places(self) -> [Ranges; 3] {
        [self.hidden, self.merged, self.uncomputed]
    }
}

/// Returns the name of a cell, by its row and column from 0: `B2`.
pub(super) fn cell_name((row, column): (u32, u32)) -> String {
    let letters = crate::table::unused::letters(usize::try_from(column).unwrap_or(usize::MAX));
    format!("{letters}{}", u64::from(row) + 1)
}

/// Reads the name of a cell: its row and column, from 0.
pub(super) fn cell_at(name: &str) -> Option<(u32, u32)> {
    let name = name.trim_matches('$');
    let digits = name.find(|sign: char| sign.is_ascii_digit())?;
    let (letters, row) = name.split_at(digits);
    let column = letters.trim_end_matches('$').bytes().try_fold(0_u32, |column, letter| {
        let value = letter.is_ascii_alphabetic().then(|| u32::from(letter.to_ascii_uppercase() - b'A') + 1)?;
        column.checked_mul(26)?.checked_add(value)
    })?;
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

/// Reads the name of an area: its first and last cell.
pub(super) fn area_at(name: &str) -> Option<((u32, u32), (u32, u32))> {
    let (first, last) = name.split_once(':').unwrap_or((name, name));
    Some((cell_at(first)?, cell_at(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells_are_read_and_written() {
        for (name, at) in [("A1", (0, 0)), ("Z10", (9, 25)), ("AA2", (1, 26)), ("XFD1048576", (1_048_575, 16_383))] {
            assert_eq!((cell_at(name), cell_name(at).as_str()), (Some(at), name));
        }
        assert_eq!(area_at("$B$2:$C$4"), Some(((1, 1), (3, 2))));
        assert_eq!([cell_at(""), cell_at("A0"), cell_at("7"), cell_at("Ä1"), cell_at("ZZZZZZZZZ1")], [None; 5]);
    }

    #[test]
    fn hidden_rows_are_told_as_ranges() {
        let mut survey = Survey::default();
        for (first, last) in [(1, 1), (2, 2), (6, 8), (20, 20), (30, 30)] {
            survey.hide(first, last);
        }
        survey.finish();
        let [hidden, merged, _] = survey.places();
        assert_eq!(hidden.shown().as_deref(), Some("2-3, 7-9, 21 and 1 more"));
        assert_eq!((merged.shown(), merged.is_single()), (None, false));
    }
}
