//! Answers in words: the very function that tells them at a terminal, on a thread of its own, with a pipe to whoever asked.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::events::Events;
use super::message::{Event, Paper};
use super::refusal::Refusal;
use crate::host::Host;
use crate::model::JobName;

/// How long the pipe may be full before the one at its other end counts as gone.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes told at once.
const PIECE: usize = 32 * 1024;

/// What is to be told.
#[derive(Debug)]
pub enum Ask {
    /// What a reading command says.
    Words {
        /// The words of its command line.
        words: Vec<String>,
        /// What it is told on.
        paper: Paper,
    },
    /// What a run of this job would do.
    Preview {
        /// The job.
        job: JobName,
        /// Whether it would do anew what earlier runs did.
        again: bool,
        /// Whether a program reads the answer.
        json: bool,
    },
    /// What is wrong with the configuration's file, and with what it names.
    Check {
        /// Whether a program reads the answer.
        json: bool,
    },
    /// What an import of this file would do.
    PreviewImport {
        /// The job whose settings are used.
        job: Option<JobName>,
        /// The file's name as people know it.
        name: String,
        /// The file.
        file: Arc<File>,
        /// Whether a program reads the answer.
        json: bool,
    },
}

/// Who finds the words. It is given to the desk by the command line, whose words they are.
pub trait Teller: Send + Sync {
    /// Tells what is asked on `out`, and on `notes` what is not part of the answer; answers with the exit code. Is called on a
    /// thread that may wait. No word may choose another configuration, or a file of this process's.
    fn tell(&self, host: &Host, ask: Ask, out: &mut (dyn Write + Send), notes: &mut (dyn Write + Send)) -> u8;
}

/// Tells what is asked, as it comes.
pub(super) async fn tell(teller: Arc<dyn Teller>, host: Arc<Host>, ask: Ask, events: &Events) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| Refusal::failed(format!("the answer cannot be told: {error}"));
    let (reading, writing) = UnixStream::pair().map_err(failed)?;
    reading.set_nonblocking(true).map_err(failed)?;
    writing.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut reading = tokio::net::UnixStream::from_std(reading).map_err(failed)?;
    let telling = tokio::task::spawn_blocking(move || {
        let (mut out, mut notes) = (BufWriter::new(writing), Vec::new());
        let code = teller.tell(&host, ask, &mut out, &mut notes);
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

/// Up to where the bytes end with a whole character.
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
