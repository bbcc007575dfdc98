//! Serves one connection, and drops one whose reader is so slow that it would hold its place and its page for ever.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use super::guesses::Peer;
use super::listener::Stream;
use super::route::route;
use super::site::Site;

/// The time that a client may take to send the head of a request, or its next one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes that the head of a request may have, and that are kept of an answer that streams.
const HEAD_SIZE: usize = 16 * 1024;
/// The time that a reader may take for the next [`STEP`] bytes.
const WRITE_TIME: Duration = Duration::from_secs(20);
/// Bytes of an answer that are one step of its reader.
const STEP: usize = 64 * 1024;
/// The time that answers may take to get out after the program was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves a connection until it ends, or `leave` fires.
pub(super) async fn converse(site: Arc<Site>, stream: Stream, peer: Peer, leave: CancellationToken) {
    match stream {
        Stream::Tcp(stream) => serve(site, stream, peer, leave).await,
        Stream::Unix(stream) => serve(site, stream, peer, leave).await,
    }
}

async fn serve<S>(site: Arc<Site>, stream: S, peer: Peer, leave: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(route(&site, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        .serve_connection(TokioIo::new(Paced::new(stream, WRITE_TIME)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = leave.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(LAST_WORDS, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the page broke off");
    }
}

/// A stream whose reader has so long for each step.
struct Paced<S> {
    stream: S,
    patience: Duration,
    /// The end of the step's time; it counts only while something waits to be read.
    end: Pin<Box<Sleep>>,
    /// Bytes of the step that were taken; `None` while nothing waits.
    taken: Option<usize>,
}

impl<S> Paced<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, end: Box::pin(tokio::time::sleep(patience)), taken: None }
    }

    /// Begins a step where none is under way, and fails where its time is over.
    fn look(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.taken.is_none() {
            self.taken = Some(0);
            self.end.as_mut().reset(Instant::now() + self.patience);
        }
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::Error::new(io::ErrorKind::TimedOut, "the reader is too slow")),
            Poll::Pending => Ok(()),
        }
    }

    fn took(&mut self, bytes: usize) {
        self.taken = self.taken.map(|taken| taken + bytes).filter(|taken| *taken < STEP);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.look(context)?;
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(bytes)) = written {
            this.took(bytes);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        if flushed.is_ready() {
            this.taken = None;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.look(context)?;
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, pieces);
        if let Poll::Ready(Ok(bytes)) = written {
            this.took(bytes);
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_or_trickles_is_dropped_and_a_steady_one_is_not() {
        let write = |mut stream: Paced<tokio::io::DuplexStream>| async move {
            stream.write_all(&vec![b'x'; 4 * STEP]).await?;
            stream.flush().await
        };
        let (near, _far) = tokio::io::duplex(1024);
        let stuck = write(Paced::new(near, WRITE_TIME)).await.unwrap_err();
        assert_eq!(stuck.kind(), io::ErrorKind::TimedOut);
        for (bytes, is_dropped) in [(1024, true), (16 * 1024, false)] {
            let (near, mut far) = tokio::io::duplex(1024);
            let reading = tokio::spawn(async move {
                let mut piece = vec![0; bytes];
                while far.read_exact(&mut piece).await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            assert_eq!(write(Paced::new(near, WRITE_TIME)).await.is_err(), is_dropped, "{bytes} bytes a second");
            reading.await.unwrap();
        }
    }
}
