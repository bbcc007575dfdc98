//! Writes the lines of an export: headings once, where the file begins, and then a line for each meeting, also where the file was
//! begun by another run.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::results::{write_row, writer};

/// Writes lines behind what an export has already.
#[derive(Debug)]
pub struct ExportWriter<W: Write>(csv::Writer<W>);

impl<W: Write> ExportWriter<W> {
    /// Begins a file with these headings.
    pub fn begin(to: W, headings: &[&str]) -> io::Result<Self> {
        let mut csv = writer(to, Dialect::default())?;
        write_row(&mut csv, headings.iter().copied(), std::iter::empty())?;
        Ok(Self(csv))
    }

    /// Goes on in a file that has its headings.
    pub fn resume(to: W) -> io::Result<Self> {
        writer(to, Dialect { mark: false, ..Dialect::default() }).map(Self)
    }

    /// Writes a line.
    pub fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        write_row(&mut self.0, cells, std::iter::empty())
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_stand_at_the_beginning_alone_and_nothing_is_run_by_a_spreadsheet() {
        let mut first = ExportWriter::begin(Vec::new(), &["meeting_id", "room_name"]).unwrap();
        first.write(["m1", "=SUM(A1:A9)"]).unwrap();
        let mut more = ExportWriter::resume(first.finish().unwrap()).unwrap();
        more.write(["m2", "two\nlines, and \"marks\""]).unwrap();
        let text = String::from_utf8(more.finish().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}meeting_id,room_name\nm1,'=SUM(A1:A9)\nm2,\"two\nlines, and \"\"marks\"\"\"\n");
    }
}
