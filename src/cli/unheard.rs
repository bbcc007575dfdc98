//! Ends the program where its answer cannot be written: quietly where the reader has read enough, with one line where a disk is
//! full, and never as if it were a fault of ours.

use std::io::{self, Write};

use super::ExitCode;

/// The code that a shell shows for a program that SIGPIPE ended.
const BROKEN_PIPE: i32 = 141;

/// Catches what printing does where it cannot print, which is to panic, here once instead of in every line that prints.
pub(super) fn catch_printing() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // "failed printing to stdout: No space left on device (os error 28)", in these words since Rust 1.0.
        let words =
            panic.payload().downcast_ref::<String>().and_then(|words| words.strip_prefix("failed printing to "));
        match words {
            Some(words) if words.contains("Broken pipe") => std::process::exit(BROKEN_PIPE),
            Some(words) => {
                say(words.split_once(": ").map_or(words, |(_, why)| why));
                std::process::exit(ExitCode::Failed as i32);
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
        std::process::exit(BROKEN_PIPE);
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
