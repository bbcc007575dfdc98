//! Copies some of a file's rows as they came, each in the row of the spreadsheet where it stood: so that work on them again tells
//! the same line numbers as the first time.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::front;
use super::guard::guard;
use crate::model::RowToken;

/// Writes such a copy, which [`super::Reader`] reads like the file itself.
#[derive(Debug)]
pub struct CopyWriter<W: Write> {
    to: W,
    delimiter: u8,
    next: u64,
    record: Vec<u8>,
}

impl<W: Write> CopyWriter<W> {
    /// Writes the headings, that of the rows' tokens and the file's own ones ([`super::Headings::own`]), which stand in row 1; above it, where the file had none and its row
    /// 1 is a row like the others ([`super::Layout::is_copy_of_headless`]).
    pub fn begin(mut to: W, dialect: Dialect, own: &[String], is_headless: bool) -> io::Result<Self> {
        // The mark says that this is UTF-8, whatever the job says of its files.
        to.write_all("\u{feff}".as_bytes())?;
        let first = u64::from(!is_headless);
        let mut copy = Self { to, delimiter: dialect.delimiter, next: first, record: Vec::new() };
        copy.write_cells(first, front::TOKEN, own)?;
        Ok(copy)
    }

    /// Writes the token and the own cells of the row `line` ([`super::Row::own`]); rows come in rising order.
    pub fn write(&mut self, line: u64, token: RowToken, own: &[String]) -> io::Result<()> {
        self.write_cells(line, &token.to_string(), own)
    }

    fn write_cells(&mut self, line: u64, first: &str, own: &[String]) -> io::Result<()> {
        while self.next < line {
            self.to.write_all(b"\n")?;
            self.next += 1;
        }
        self.record.clear();
        let mut csv = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(&mut self.record);
        let cells = own.iter().map(|cell| guard(cell).into_owned());
        csv.write_record(std::iter::once(first.to_owned()).chain(cells)).map_err(io::Error::other)?;
        csv.flush()?;
        drop(csv);
        self.to.write_all(&self.record)?;
        self.next += 1;
        Ok(())
    }

    /// Hands the file back, to be synced.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::model::{Column, ItemNo, RunId, RunKey};
    use crate::table::{Layout, Reader};

    #[test]
    fn rows_come_back_with_the_line_they_had() {
        let own = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let headings = own(&["room_name", "start_time", "duration", "moderators", "participants"]);
        let mut copy =
            CopyWriter::begin(Vec::new(), Dialect { delimiter: b';', mark: false }, &headings, false).unwrap();
        let token = |n| RowToken::of(RunKey(1), RunId::generate(), ItemNo(n));
        copy.write(3, token(1), &own(&["two\nlines", "2027-02-01 09:00", "60", "1", "5"])).unwrap();
        copy.write(7, token(2), &own(&["=SUM(A1)", "2027-02-01 09:00", "60", "1", "5"])).unwrap();
        let bytes = copy.finish().unwrap();
        let mut reader = Reader::open(Cursor::new(bytes), &Layout::default()).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((row.line(), row.get(Column::RoomName).into_owned()));
        }
        assert_eq!(rows, [(3, "two\nlines".to_owned()), (7, "=SUM(A1)".to_owned())]);
    }

    #[test]
    fn rows_of_a_file_without_headings_keep_their_lines() {
        let own = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let headings = own(&["ref", "action"]);
        let mut copy = CopyWriter::begin(Vec::new(), Dialect::default(), &headings, true).unwrap();
        let token = |n| RowToken::of(RunKey(1), RunId::generate(), ItemNo(n));
        copy.write(1, token(1), &own(&["A1", "cancel"])).unwrap();
        copy.write(3, token(2), &own(&["A3", "cancel"])).unwrap();
        let layout = Layout { is_copy_of_headless: true, ..Layout::default() };
        let mut reader = Reader::open(Cursor::new(copy.finish().unwrap()), &layout).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((row.line(), row.get(Column::Ref).into_owned()));
        }
        assert_eq!(rows, [(1, "A1".to_owned()), (3, "A3".to_owned())]);
    }
}
