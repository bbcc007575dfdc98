//! Writes lines of cells in either form: as text, in which a cell that a spreadsheet would run has a mark in front, or as a workbook,
//! in which a text is a text.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::form::Form;
use super::guard::guard;
use super::workbook_writer::WorkbookWriter;
use super::written_cell::{CellKind, Mark};

/// Writes lines.
pub(super) enum LineWriter<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Workbook(Box<WorkbookWriter<W>>),
}

impl<W: Write + Send> LineWriter<W> {
    /// Begins a file with these headings.
    pub(super) fn begin<'a>(
        to: W,
        form: &Form,
        headings: impl Iterator<Item = (&'a str, CellKind)>,
    ) -> io::Result<Self> {
        let mut lines = match form {
            Form::Csv(dialect) => {
                let mut to = to;
                if dialect.mark {
                    to.write_all("\u{feff}".as_bytes())?;
                }
                Self::resume(to, *dialect)
            }
            Form::Workbook(folder) => {
                let headings: Vec<_> = headings.collect();
                return WorkbookWriter::begin(to, folder, &headings).map(|writer| Self::Workbook(Box::new(writer)));
            }
        };
        lines.write(headings.map(|(heading, _)| heading), None)?;
        Ok(lines)
    }

    /// Goes on in a file of text.
    pub(super) fn resume(to: W, dialect: Dialect) -> Self {
        let csv = csv::WriterBuilder::new().delimiter(dialect.delimiter).flexible(true).from_writer(to);
        Self::Csv(Box::new(csv))
    }

    /// Writes a line; text shows no mark.
    pub(super) fn write<'a>(&mut self, cells: impl Iterator<Item = &'a str>, mark: Option<Mark<'_>>) -> io::Result<()> {
        match self {
            Self::Csv(csv) => {
                for cell in cells {
                    csv.write_field(guard(cell).as_bytes())?;
                }
                csv.write_record(None::<&[u8]>)?;
                Ok(())
            }
            Self::Workbook(writer) => writer.write(cells, mark),
        }
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Csv(csv) => csv.into_inner().map_err(csv::IntoInnerError::into_error),
            Self::Workbook(writer) => writer.finish(),
        }
    }
}

impl<W: Write> std::fmt::Debug for LineWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Csv(_) => "LineWriter(csv)",
            Self::Workbook(_) => "LineWriter(workbook)",
        })
    }
}
