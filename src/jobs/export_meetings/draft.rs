//! Keeps the lines of a run as its plan made them, so that they need not be read from the journal and made once more. What has to
//! survive is in the journal: where there is no draft, the lines come from there, and are the same.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use super::line::Lines;
use super::record::{Line, Record};
use crate::config::ExportFormat;
use crate::engine::temporary;
use crate::failpoint;
use crate::model::Pins;

/// Lines in a file without a name, which is gone with the run.
#[derive(Debug)]
pub(super) struct Draft(Lines<BufWriter<File>>);

impl Draft {
    /// Begins one. `None` for a workbook, which is no text until it is whole, and where PINs are written: they are sealed until their
    /// file is there.
    pub(super) fn begin(format: ExportFormat, pins: bool) -> Option<Self> {
        if pins || format == ExportFormat::Xlsx {
            return None;
        }
        let to = BufWriter::with_capacity(64 * 1024, temporary().ok()?);
        Lines::new(to, format, pins, false, Path::new("")).ok().map(Self)
    }

    /// Adds a line.
    pub(super) fn add(&mut self, line: &Line<Record<'_>>) -> io::Result<()> {
        self.0.write(line, &Pins::default())
    }

    /// Returns the lines.
    pub(super) fn end(self) -> io::Result<File> {
        self.0.finish()?.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Copies the lines of a draft.
pub(super) fn copy(mut draft: File, mut to: impl Write) -> io::Result<()> {
    failpoint::write("export.draft.read")?;
    draft.seek(SeekFrom::Start(0))?;
    io::copy(&mut draft, &mut to)?;
    to.flush()
}
