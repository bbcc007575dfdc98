//! Writes the lines of an export: headings once, where the file begins, and then a line for each meeting, also where the file was
//! begun by another run.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::form::Form;
use super::lines::LineWriter;
use super::written_cell::CellKind;

/// Writes lines behind what an export has already.
#[derive(Debug)]
pub struct ExportWriter<W: Write>(LineWriter<W>);

impl<W: Write + Send> ExportWriter<W> {
    /// Begins a file with these headings; `numbers` are those of numbers.
    pub fn begin(to: W, form: &Form, headings: &[&str], numbers: &[&str]) -> io::Result<Self> {
        let kind = |heading| if numbers.contains(&heading) { CellKind::Number } else { CellKind::Text };
        LineWriter::begin(to, form, headings.iter().map(|heading| (*heading, kind(*heading)))).map(Self)
    }

    /// Goes on in a file of text that has its headings.
    pub fn resume(to: W) -> Self {
        Self(LineWriter::resume(to, Dialect::default()))
    }

    /// Writes a line.
    pub fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        self.0.write(cells.into_iter(), None)
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_stand_at_the_beginning_alone_and_nothing_is_run_by_a_spreadsheet() {
        let mut first =
            ExportWriter::begin(Vec::new(), &Form::Csv(Dialect::default()), &["meeting_id", "room_name"], &[]).unwrap();
        first.write(["m1", "=SUM(A1:A9)"]).unwrap();
        let mut more = ExportWriter::resume(first.finish().unwrap());
        more.write(["m2", "two\nlines, and \"marks\""]).unwrap();
        let text = String::from_utf8(more.finish().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}meeting_id,room_name\nm1,'=SUM(A1:A9)\nm2,\"two\nlines, and \"\"marks\"\"\"\n");
    }
}
