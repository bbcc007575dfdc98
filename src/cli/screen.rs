//! Takes an answer in words to its reader: to this process's own terminal, or to the client of a daemon that answers for it. The
//! commands that only read write here, so that both read the same.

use std::io::{self, IsTerminal, Write};

use super::unheard::end_quietly;
use super::{ExitCode, Failure};

/// The destination of an answer.
pub(super) struct Screen<'a> {
    /// The answer.
    pub(super) out: &'a mut (dyn Write + Send),
    /// The destination of words that are not part of it.
    pub(super) notes: &'a mut (dyn Write + Send),
    /// True when a person sees it on a terminal.
    pub(super) terminal: bool,
}

/// This process's standard output and standard error.
pub(super) struct Here {
    out: Standard<io::Stdout>,
    notes: io::Stderr,
}

impl Here {
    pub(super) fn new() -> Self {
        Self { out: Standard(io::stdout()), notes: io::stderr() }
    }

    pub(super) fn screen(&mut self) -> Screen<'_> {
        Screen { out: &mut self.out, notes: &mut self.notes, terminal: io::stdout().is_terminal() }
    }
}

/// Standard output, whose reader may have read enough, as `head` does: that is no fault of the program's, and no reason for a
/// message.
pub(super) struct Standard<W>(pub(super) W);

impl<W: Write> Write for Standard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        end_quietly(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        end_quietly(self.0.flush())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(ExitCode::Failed, format!("the answer cannot be written: {error}"))
    }
}
