//! Answers in words: the very function that writes them to a terminal, on a thread of its own, with a pipe to the
//! client.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::events::Events;
use super::message::{Event, Terminal};
use super::refusal::Refusal;
use crate::model::JobName;
use crate::runtime::Runtime;

/// The time for which the pipe may be full before the client at its other end counts as gone.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes told at once.
const PIECE: usize = 32 * 1024;

/// A question that is answered in words.
#[derive(Debug)]
pub enum Query {
    /// The answer of a reading command.
    Words {
        /// The words of its command line.
        words: Vec<String>,
        /// The output that the answer is written to.
        paper: Terminal,
    },
    /// The effect that a run of this job would have.
    Preview {
        /// The job.
        job: JobName,
        /// True when it would do anew what earlier runs did.
        again: bool,
        /// True when a program reads the answer.
        json: bool,
    },
    /// The faults of the configuration's file, and of the things that it names.
    Check {
        /// True when a program reads the answer.
        json: bool,
    },
    /// The effect that an import of this file would have.
    PreviewImport {
        /// The job whose settings are used.
        job: Option<JobName>,
        /// The file's name as people know it.
        name: String,
        /// The file.
        file: Arc<File>,
        /// True when a program reads the answer.
        json: bool,
    },
}

/// Finds the words of an answer. The command line, whose words they are, gives it to the executor.
pub trait QueryRenderer: Send + Sync {
    /// Tells what is asked on `out`, and on `notes` what is not part of the answer; answers with the exit code. Is called on a
    /// thread that may wait. No word may choose another configuration, or a file of this process's.
    fn tell(&self, runtime: &Runtime, ask: Query, out: &mut (dyn Write + Send), notes: &mut (dyn Write + Send)) -> u8;
}

/// Tells what is asked, as it comes.
pub(super) async fn tell(
    teller: Arc<dyn QueryRenderer>,
    runtime: Arc<Runtime>,
    ask: Query,
    events: &Events,
) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| Refusal::failed(format!("the answer cannot be told: {error}"));
    let (reading, writing) = UnixStream::pair().map_err(failed)?;
    reading.set_nonblocking(true).map_err(failed)?;
    writing.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut reading = tokio::net::UnixStream::from_std(reading).map_err(failed)?;
    let telling = tokio::task::spawn_blocking(move || {
        let (mut out, mut notes) = (BufWriter::new(writing), Vec::new());
        let code = teller.tell(&runtime, ask, &mut out, &mut notes);
        out.flush().map(|()| (code, notes))
    });
    let mut ahead = Vec::with_capacity(PIECE);
    while reading.read_buf(&mut ahead).await.map_err(failed)? > 0 {
        let whole = whole_characters(&ahead);
        let piece = ahead.drain(..whole).collect();
        if !events.tell(Event::Out(text(piece))).await {
            // The pipe closes, and the thread ends at its next word.
            return Ok(());
        }
    }
    let (code, notes) = telling.await.map_err(|error| failed(error.into()))?.map_err(failed)?;
    if !notes.is_empty() {
        events.tell(Event::Note(text(notes))).await;
    }
    events.tell(Event::Told { code }).await;
    Ok(())
}

/// Returns the position up to which the bytes end with a whole character.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Ok(_) | Err(_) => bytes.len(),
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_with_a_whole_character() {
        let text = "Prüfung".as_bytes();
        assert_eq!(whole_characters(&text[..3]), 2);
        assert_eq!(whole_characters(&text[..4]), 4);
        assert_eq!(whole_characters(b"a\xffb"), 3);
    }
}
