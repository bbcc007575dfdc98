//! Writes the cells of a sheet as the text of a table, a row of the sheet in each of its rows, so that all that is known about
//! tables holds for workbooks.

use std::io::{self, Write};

use super::survey::Area;
use crate::table::guard::guard;
use crate::table::refusal::{MAX_COLUMNS, MAX_ROW_BYTES, ReadError, Refusal};

/// Separates the cells: no program lets a person type it.
pub(in crate::table) const SEPARATOR: u8 = 0x1F;

/// Rows of a sheet, written in their order.
pub(super) struct Written<'a, W: Write> {
    to: W,
    record: Vec<u8>,
    /// The row that is gathered, from 0, and its cells.
    row: u32,
    cells: Vec<String>,
    bytes: usize,
    /// Areas of several rows that are one cell, by their first row; those that begin further down.
    areas: std::iter::Peekable<std::slice::Iter<'a, Area>>,
    /// Those that the row is in, with what they say.
    open: Vec<(&'a Area, String)>,
    filled: u64,
    left: u64,
}

impl<'a, W: Write> Written<'a, W> {
    /// Begins the text, of so many bytes at most.
    pub(super) fn begin(mut to: W, areas: &'a [Area], most: u64) -> io::Result<Self> {
        // The mark says that this is UTF-8, whatever the job says of its files.
        to.write_all("\u{feff}sep=\u{1f}\n".as_bytes())?;
        let (record, cells, open) = (Vec::new(), Vec::new(), Vec::new());
        let areas = areas.iter().peekable();
        Ok(Self { to, record, row: 0, cells, bytes: 0, areas, open, filled: 0, left: most })
    }

    /// Takes the text of a cell; cells come in the order of their rows.
    pub(super) fn cell(&mut self, row: u32, column: u32, text: &str) -> Result<(), ReadError> {
        if row < self.row {
            return Err(Refusal::damaged("its rows are not in their order").into());
        }
        if text.is_empty() {
            return Ok(());
        }
        while self.row < row {
            self.end_row()?;
        }
        let number = u64::from(row) + 1;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(Refusal::TooManyColumns { row: number }.into());
        }
        self.bytes += text.len();
        if self.bytes > MAX_ROW_BYTES {
            return Err(Refusal::RowTooLong { row: number }.into());
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        // A text has no NUL, and one would refuse the file as no text.
        self.cells[column] = text.replace('\0', "\u{fffd}");
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReadError> {
        self.merge();
        self.record.clear();
        if self.cells.iter().all(String::is_empty) {
            self.record.push(b'\n');
        } else {
            let mut csv = csv::WriterBuilder::new().delimiter(SEPARATOR).from_writer(&mut self.record);
            csv.write_record(self.cells.iter().map(|cell| guard(cell).into_owned())).map_err(io::Error::other)?;
            csv.flush()?;
        }
        let bytes = self.record.len() as u64;
        self.left = self.left.checked_sub(bytes).ok_or(Refusal::WorkbookTooLarge)?;
        self.to.write_all(&self.record)?;
        self.cells.clear();
        (self.row, self.bytes) = (self.row + 1, 0);
        Ok(())
    }

    /// Gives a row in which something stands the text of the areas that reach down to it.
    fn merge(&mut self) {
        let row = self.row;
        self.open.retain(|(area, _)| area.last >= row);
        if self.cells.iter().any(|cell| !cell.trim().is_empty()) {
            for (area, text) in self.open.iter().filter(|(_, text)| !text.is_empty()) {
                let column = usize::try_from(area.column).unwrap_or(usize::MAX);
                if column < MAX_COLUMNS && self.cells.len() <= column {
                    self.cells.resize(column + 1, String::new());
                }
                if let Some(cell) = self.cells.get_mut(column).filter(|cell| cell.is_empty()) {
                    cell.clone_from(text);
                    self.filled += 1;
                }
            }
        }
        while let Some(area) = self.areas.next_if(|area| area.first <= row) {
            let text = usize::try_from(area.column).ok().and_then(|column| self.cells.get(column));
            self.open.push((area, text.cloned().unwrap_or_default()));
        }
    }

    /// Ends the last row, and tells how many cells got the text of an area.
    pub(super) fn finish(mut self) -> Result<(W, u64), ReadError> {
        if !self.cells.is_empty() {
            self.end_row()?;
        }
        self.to.flush()?;
        Ok((self.to, self.filled))
    }
}
