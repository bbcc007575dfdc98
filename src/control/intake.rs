//! Reads a request's body: a line with the command, then the bytes of a file. Both have bounds, in size and in
//! time, so that no client can fill the disk or hold a place for ever.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};

use super::refusal::Refusal;

/// Bytes that a command's line may have.
const LINE: usize = 64 * 1024;
/// The time that a client may take for the next bytes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A body, from where it was read to.
pub(super) struct Intake<B> {
    body: B,
    ahead: Bytes,
}

impl<B> Intake<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    pub(super) fn new(body: B) -> Self {
        Self { body, ahead: Bytes::new() }
    }

    /// Returns the first line; all there is where no line ends.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Refusal> {
        let mut line = Vec::new();
        while let Some(piece) = self.next().await? {
            let end = piece.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&piece[..end.unwrap_or(piece.len())]);
            if line.len() > LINE {
                return Err(Refusal::usage("the command is too long"));
            }
            if let Some(end) = end {
                self.ahead = piece.slice(end + 1..);
                break;
            }
        }
        Ok(line)
    }

    /// Receives the rest, in a file without a name in `folder`. One that is longer than `most` bytes is received as
    /// far as that and a byte, which tells the reader that it is too long.
    pub(super) async fn file(&mut self, folder: &Path, most: u64) -> Result<File, Refusal> {
        let failed = |error: std::io::Error| {
            Refusal::failed(format!("the file could not be received in {}: {error}", folder.display()))
        };
        let mut file = unnamed(folder).map_err(failed)?;
        let mut left = most.saturating_add(1);
        while let Some(piece) = self.next().await? {
            let taken = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            left -= taken as u64;
            let bytes = piece.slice(..taken);
            let written = tokio::task::spawn_blocking(move || file.write_all(&bytes).map(|()| file)).await;
            file = written.map_err(|error| failed(error.into()))?.map_err(failed)?;
            if left == 0 {
                break;
            }
        }
        std::io::Seek::rewind(&mut file).map_err(failed)?;
        Ok(file)
    }

    /// Takes what is still coming, for a while, and forgets it: a client that is cut off in its sending hears no answer.
    pub(super) async fn forget_rest(&mut self) {
        let forget = async { while let Ok(Some(_)) = self.next().await {} };
        // A client that sends for longer than that is cut off after all.
        let _ = tokio::time::timeout(READ_TIMEOUT, forget).await;
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        if !self.ahead.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ahead)));
        }
        loop {
            let frame = tokio::time::timeout(READ_TIMEOUT, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| Refusal::failed("nothing more was received for 30 seconds"))? else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| Refusal::failed(format!("the request broke off: {error}")))?;
            // Trailers say nothing here.
            if let Ok(bytes) = frame.into_data()
                && !bytes.is_empty()
            {
                return Ok(Some(bytes));
            }
        }
    }
}

/// Returns a file that is gone with this process, on the disk of the state directory.
fn unnamed(folder: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    tempfile::tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io::Read;

    use futures_util::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    fn intake(pieces: Vec<Vec<u8>>) -> Intake<impl Body<Data = Bytes, Error = Infallible> + Unpin> {
        let frames = pieces.into_iter().map(|piece| Ok(Frame::data(Bytes::from(piece))));
        Intake::new(StreamBody::new(stream::iter(frames)))
    }

    #[tokio::test]
    async fn the_line_ends_where_the_file_begins() {
        let folder = tempfile::tempdir().unwrap();
        let mut intake = intake(vec![b"{\"pa".to_vec(), b"use\"}\na,b".to_vec(), b"\n1,2\n".to_vec()]);
        assert_eq!(intake.line().await.unwrap(), b"{\"pause\"}");
        let mut text = String::new();
        intake.file(folder.path(), 100).await.unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n1,2\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused_and_a_file_without_end_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        assert!(intake(vec![vec![b'x'; 60_000]; 3]).line().await.is_err());
        let file = intake(vec![vec![b'x'; 60_000]; 3]).file(folder.path(), 70_000).await.unwrap();
        assert_eq!(file.metadata().unwrap().len(), 70_001);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_nothing_more_is_not_waited_for_for_ever() {
        let silent = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert!(Intake::new(silent).line().await.is_err());
    }
}
