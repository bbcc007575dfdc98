//! Serves the socket. Clients are people of the group, and still none of them may harm the process: each bound here is one of
//! time, of size or of number.

use std::convert::Infallible;
use std::future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::hello::Hello;
use super::intake::Intake;
use super::message::{Command, Event, Request};
use super::refusal::Refusal;
use super::socket::{self, Socket};
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

/// An answer's body.
type Body = BoxBody<Bytes, Infallible>;

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
        let path = socket::to_serve(environment, &state);
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
    let service = service_fn(|request| future::ready(Ok::<_, Infallible>(answer(&executor, &hello, &lost, request))));
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

/// Answers a request. `lost` fires when the client does not take the answer.
fn answer(
    executor: &Arc<CommandExecutor>,
    hello: &Hello,
    lost: &CancellationToken,
    request: hyper::Request<Incoming>,
) -> Response<Body> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => plain(StatusCode::OK, "application/json", &line(&hello.now(executor.runtime()))),
        (&Method::POST, "/") => {
            let (events, told) = Events::new(lost.clone(), executor.runtime().stop().clone());
            let receiver = Arc::clone(executor);
            executor.look_after(async move { receive(&receiver, Intake::new(request.into_body()), &events).await });
            let mut answer = Response::new(BodyExt::boxed(StreamBody::new(lines(told))));
            answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/x-ndjson"));
            answer
        }
        _ => plain(StatusCode::NOT_FOUND, "text/plain", "GET / tells who is here, POST / takes a command\n"),
    }
}

/// Reads the command, and has it done.
async fn receive(executor: &Arc<CommandExecutor>, mut intake: Intake<Incoming>, events: &Events) {
    let received = tokio::select! {
        received = command(executor, &mut intake) => received,
        () = executor.runtime().stop().cancelled() => Err(Refusal::stopping()),
    };
    match received {
        Ok((command, file)) => executor.perform(command, file, &Results::Told, events).await,
        Err(refusal) => {
            events.tell(Event::Failed(refusal)).await;
        }
    }
    tokio::select! {
        () = intake.forget_rest() => {}
        () = executor.runtime().stop().cancelled() => {}
    }
}

async fn command(
    executor: &CommandExecutor,
    intake: &mut Intake<Incoming>,
) -> Result<(Command, Option<Arc<std::fs::File>>), Refusal> {
    let line = intake.line().await?;
    let command = Request::read(&line)?;
    if !command.takes_file() {
        return Ok((command, None));
    }
    let (folder, most) = executor.takes_files(&command)?;
    let file = intake.file(&folder, most).await?;
    Ok((command, Some(Arc::new(file))))
}

/// Returns a line for each event.
fn lines(told: mpsc::Receiver<Event>) -> impl stream::Stream<Item = Result<Frame<Bytes>, Infallible>> {
    stream::unfold(told, |mut told| async move {
        let event = told.recv().await?;
        Some((Ok(Frame::data(Bytes::from(line(&event)))), told))
    })
}

fn line(value: &impl serde::Serialize) -> String {
    // Texts, numbers and lists of them: this cannot fail.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

fn plain(status: StatusCode, kind: &'static str, text: &str) -> Response<Body> {
    let mut answer = Response::new(Full::new(Bytes::from(text.to_owned())).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    answer
}
