//! Writes answers to standard output: as text, as aligned tables, as JSON. Ends the program where they cannot be written: quietly
//! where the reader has read enough, with one line where a disk is full, and never as if it were a fault of ours.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::{ExitCode, Failure};

/// The code that a shell shows for a program that SIGPIPE ended.
const BROKEN_PIPE: i32 = 141;

/// Standard output, whose reader may have read enough, as `head` does: that is no fault of the program's, and no reason for a
/// message.
pub(super) struct Output<W = io::Stdout>(pub(super) W);

impl Output {
    /// Returns this process's.
    pub(super) fn new() -> Self {
        Self(io::stdout())
    }

    /// Tells whether a person sees it on a terminal.
    pub(super) fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }
}

impl<W: Write> Output<W> {
    /// Prints a value for a program.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| unwritable(&error))?;
        Ok(writeln!(self, "{text}")?)
    }

    /// Prints a table without blanks at the ends of its lines.
    pub(super) fn table(&mut self, table: &Table) -> Result<(), Failure> {
        for line in table.lines() {
            writeln!(self, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        end_quietly(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        end_quietly(self.0.flush())
    }
}

/// Returns a value as JSON on one line.
pub(super) fn json_line(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| unwritable(&error))
}

pub(super) fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::failed(format!("the answer cannot be written as JSON: {error}"))
}

/// Returns a table without lines, which `awk` can read too; as wide as the terminal where there is one.
pub(super) fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings.iter().copied());
    if Output::is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2)).set_cell_alignment(CellAlignment::Left);
    }
    table
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(ExitCode::Failed, format!("the answer cannot be written: {error}"))
    }
}

/// A folder that goes when the program ends, however it ends.
static TEMPORARY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Has a folder removed also where the program ends in the middle, since its output cannot be written.
pub(super) fn remove_when_leaving(folder: &Path) {
    *TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.to_owned());
}

/// Ends the program at once.
fn leave(code: i32) -> ! {
    if let Some(folder) = TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).take()
        && let Err(error) = std::fs::remove_dir_all(&folder)
    {
        say(&format!("{} cannot be removed: {error}", folder.display()));
    }
    std::process::exit(code)
}

/// Catches what printing does where it cannot print, which is to panic, here once instead of in every line that prints.
pub(super) fn catch_printing() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // "failed printing to stdout: No space left on device (os error 28)", in these words since Rust 1.0.
        let words =
            panic.payload().downcast_ref::<String>().and_then(|words| words.strip_prefix("failed printing to "));
        match words {
            Some(words) if words.contains("Broken pipe") => leave(BROKEN_PIPE),
            Some(words) => {
                say(words.split_once(": ").map_or(words, |(_, why)| why));
                leave(ExitCode::Failed as i32);
            }
            None => usual(panic),
        }
    }));
}

/// Ends the program where the reader has gone, as `head` does; anything else is the writer's to tell.
pub(super) fn end_quietly<T>(written: io::Result<T>) -> io::Result<T> {
    if let Err(error) = &written
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        leave(BROKEN_PIPE);
    }
    written
}

/// Writes what standard output still holds back; the code is that of a failure where it cannot.
pub(super) fn finish(code: ExitCode) -> ExitCode {
    match end_quietly(io::stdout().flush()) {
        Ok(()) => code,
        Err(error) => {
            say(&error.to_string());
            ExitCode::Failed
        }
    }
}

/// Says so on standard error, which may be as full.
fn say(why: &str) {
    let _ = writeln!(io::stderr(), "roomkeeper: the answer cannot be written: {why}");
}
