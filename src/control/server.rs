//! Serves the socket. Clients are people of the group, and still none of them may harm the process: each bound here is one of
//! time, of size or of number.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::answer;
use super::executor::CommandExecutor;
use super::hello::Hello;
use super::place;
use super::socket::Socket;
use crate::config::Environment;

/// Connections at once; others wait.
const CONNECTIONS: usize = 64;
/// The time that a client may take to send its request.
const HEAD_TIME: Duration = Duration::from_secs(2);
/// Bytes that the head of a request may have.
const HEAD_SIZE: usize = 16 * 1024;
/// The time that answers may take to get out after the program was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// After a connection could not be accepted, mostly for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// A socket that is ready to be served.
pub struct Server {
    socket: Socket,
    executor: Arc<CommandExecutor>,
    hello: Arc<Hello>,
}

/// The reason why there is no socket. The process does its work without it.
#[derive(Debug, thiserror::Error)]
#[error("the control socket {} cannot be made: {source}", .path.display())]
pub struct ListenError {
    path: PathBuf,
    source: std::io::Error,
}

impl Server {
    /// Listens where this process's commands will look. `configuration` is the file that it was started with, and `purpose`
    /// says what it is: `roomkeeper daemon`.
    pub fn open(
        executor: Arc<CommandExecutor>,
        environment: &Environment,
        configuration: &Path,
        purpose: &str,
    ) -> Result<Self, ListenError> {
        let state = executor.runtime().config().state.directory.clone();
        let path = place::to_serve(environment, &state);
        let socket = Socket::listen(&path).map_err(|source| ListenError { path, source })?;
        let hello = Arc::new(Hello::of_process(&state, configuration, purpose));
        Ok(Self { socket, executor, hello })
    }

    /// Serves until `until` fires; then takes no new command, and waits until what was asked is over, or left for the next
    /// start.
    pub async fn serve(self, until: CancellationToken) {
        let Self { socket, executor, hello } = self;
        // Fires when there is nothing more to say.
        let leave = CancellationToken::new();
        let (connections, places) = (TaskTracker::new(), Arc::new(Semaphore::new(CONNECTIONS)));
        let accepting = async {
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                match socket.accept().await {
                    Ok(stream) => {
                        let talk = converse(Arc::clone(&executor), Arc::clone(&hello), stream, leave.clone());
                        connections.spawn(async move {
                            let _place = place;
                            talk.await;
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the control socket cannot accept a connection");
                        tokio::time::sleep(BREATH).await;
                    }
                }
            }
        };
        tokio::select! {
            () = until.cancelled() => {}
            () = accepting => {}
        }
        drop(socket);
        executor.rest().await;
        leave.cancel();
        connections.close();
        connections.wait().await;
    }
}

/// Serves one connection, which takes one request.
async fn converse(executor: Arc<CommandExecutor>, hello: Arc<Hello>, stream: UnixStream, leave: CancellationToken) {
    let lost = CancellationToken::new();
    let service = service_fn(|request| answer(Arc::clone(&executor), Arc::clone(&hello), lost.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = lost.cancelled() => return,
        () = leave.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(LAST_WORDS, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        // The client's own affair: what it asked for goes on.
        tracing::debug!(%error, "a connection to the control socket broke off");
    }
}
