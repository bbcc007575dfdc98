//! Holds a row while the next ones are read, so that several are looked up together, and puts other cells in place of its own.

use std::borrow::Cow;

use csv::StringRecord;

use super::guard::{guard, unguard};
use super::headings::Headings;
use super::reader::Row;
use crate::model::fold;

/// A row that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    line: u64,
    record: StringRecord,
}

impl HeldRow {
    /// Makes a row of the cells that it was handed in with.
    #[must_use]
    pub fn of_own(line: u64, own: &[String]) -> Self {
        Self { line, record: own.iter().map(|cell| guard(cell)).map(Cow::into_owned).collect::<Vec<_>>().into() }
    }

    /// Returns the row under its headings.
    #[must_use]
    pub fn row<'a>(&'a self, headings: &'a Headings) -> Row<'a> {
        Row::of(self.line, &self.record, headings)
    }

    /// Returns the row, as a spreadsheet numbers it.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns the number of cells that the row has in the file.
    #[must_use]
    pub fn width(&self) -> usize {
        self.record.len()
    }

    /// Returns a cell, trimmed and without a guard; blank where there is none.
    #[must_use]
    pub fn cell(&self, at: usize) -> &str {
        fold::trimmed(unguard(fold::trimmed(self.record.get(at).unwrap_or_default())))
    }

    /// Returns the row with so many cells more behind its first `width` (which it has at least then), and these texts in their places.
    #[must_use]
    pub fn with(&self, width: usize, more: usize, texts: &[(usize, String)]) -> Self {
        let mut cells: Vec<String> = self.record.iter().map(str::to_owned).collect();
        if cells.len() < width {
            cells.resize(width, String::new());
        }
        cells.splice(width..width, std::iter::repeat_n(String::new(), more));
        for (at, text) in texts {
            if let Some(cell) = cells.get_mut(*at) {
                *cell = guard(text).into_owned();
            }
        }
        Self { line: self.line, record: cells.into() }
    }
}

impl Row<'_> {
    /// Holds the row.
    #[must_use]
    pub fn held(&self) -> HeldRow {
        HeldRow { line: self.line(), record: self.record().clone() }
    }
}
