//! Reads the cells of one row by what their headings mean.

use std::borrow::Cow;

use csv::StringRecord;

use crate::model::{Column, fold};
use crate::table::guard::unguard;
use crate::table::headings::{FieldCells, Headings};

/// One row, until the next one is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    line: u64,
    record: &'a StringRecord,
    headings: &'a Headings,
}

impl<'a> Row<'a> {
    /// Makes a row of its cells and the headings that they stand under.
    pub(in crate::table) fn of(line: u64, record: &'a StringRecord, headings: &'a Headings) -> Self {
        Self { line, record, headings }
    }

    /// Returns the cells as they stand there.
    pub(in crate::table) fn record(&self) -> &'a StringRecord {
        self.record
    }

    /// Returns the row, as a spreadsheet numbers it: the first is 1, blank ones count, line breaks in cells do not.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns the row's text for a field, trimmed and without a guard; blank if it has none.
    #[must_use]
    pub fn get(&self, column: Column) -> Cow<'a, str> {
        match self.headings.place(column) {
            None => Cow::Borrowed(""),
            Some(FieldCells::One(at)) => Cow::Borrowed(self.value(*at)),
            Some(FieldCells::Joined(all)) => {
                let parts = all.iter().map(|at| self.value(*at)).filter(|part| !part.is_empty());
                Cow::Owned(parts.collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Returns the row's texts for a field, one for each of its columns in the order that the job says; none if it has no column.
    pub fn parts(&self, column: Column) -> impl Iterator<Item = &'a str> + use<'a> {
        let places = match self.headings.place(column) {
            None => &[][..],
            Some(FieldCells::One(at)) => std::slice::from_ref(at),
            Some(FieldCells::Joined(all)) => all,
        };
        let row = *self;
        places.iter().map(move |at| row.value(*at))
    }

    /// Returns what a retry file carries on of its file's dates; blank in any other.
    #[must_use]
    pub fn date_order(&self) -> &'a str {
        self.headings.date_order().map_or("", |at| self.value(at))
    }

    /// Returns the number of cells that the row has in the file.
    #[must_use]
    pub fn width(&self) -> usize {
        self.record.len()
    }

    /// Returns the row's text for a field as earlier versions read it: with unseen characters at its ends, but without blanks.
    #[must_use]
    pub fn as_before(&self, column: Column) -> Option<&'a str> {
        match self.headings.place(column) {
            Some(FieldCells::One(at)) => {
                let cell = self.record.get(*at).unwrap_or_default();
                if is_bare(cell) && cell.is_ascii() {
                    return None;
                }
                let value = self.value(*at);
                let is_whole = cell.len() == value.len() && cell.is_ascii();
                let before = || unguard(cell.trim()).trim_start();
                (!is_whole).then(before).filter(|cell| *cell != value || !cell.is_ascii())
            }
            _ => None,
        }
    }

    /// Returns the heading under which the file has a field, to be named to a person.
    #[must_use]
    pub fn name_of(&self, column: Column) -> String {
        self.headings.name_of(column)
    }

    /// Returns the cells of the file's own columns as they stand there, but for guards; then those beyond the last heading.
    pub fn own(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let Self { record, headings, .. } = *self;
        let own = headings.own_cells().iter().map(|at| record.get(*at).unwrap_or_default());
        own.chain(record.iter().skip(headings.width())).map(unguard)
    }

    /// Returns the first text that stands beyond the last heading. An unquoted delimiter in a cell pushes the rest there.
    #[must_use]
    pub fn surplus(&self) -> Option<&'a str> {
        if self.record.len() <= self.headings.width() {
            return None;
        }
        self.record.iter().skip(self.headings.width()).map(fold::trimmed).find(|cell| !cell.is_empty())
    }

    fn value(&self, at: usize) -> &'a str {
        let cell = self.record.get(at).unwrap_or_default();
        if cell.is_empty() || is_bare(cell) { cell } else { fold::trimmed(unguard(fold::trimmed(cell))) }
    }
}

/// Tells whether a cell has nothing at its ends to take off, as most have not.
fn is_bare(cell: &str) -> bool {
    // All that is seen in ASCII; a guard stands in front alone.
    matches!(cell.as_bytes(), [b'!'..=b'&' | b'('..=b'~', .., b'!'..=b'~'] | [b'!'..=b'&' | b'('..=b'~'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_taken_off_a_bare_cell(cell in "['=+ \t\u{a0}]{0,2}([!-~]{0,3}|.{0,3})['\"= \u{200b}\u{7f}é]{0,2}") {
            if is_bare(&cell) {
                prop_assert_eq!(fold::trimmed(unguard(fold::trimmed(&cell))), &cell);
            }
        }
    }
}
