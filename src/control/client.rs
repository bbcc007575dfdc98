//! Asks at the other end of the socket: it finds the process that holds the lock of a state directory, asks it, and
//! hears its events.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio_util::io::ReaderStream;
use tokio_util::task::AbortOnDropHandle;

use super::hello::Hello;
use super::message::{Command, Event, Request, VERSION};
use super::socket;
use crate::config::Environment;

/// The time that the other end may take to say who it is.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// The time that a process may take that was found by its socket alone, and is most probably none of ours.
const SHORT_PATIENCE: Duration = Duration::from_secs(3);
/// Bytes that a line of the answer may have.
const LINE: usize = 4 << 20;

/// A request's body.
type Body = BoxBody<Bytes, std::io::Error>;

/// The way to the process that holds the lock.
#[derive(Debug, Clone)]
pub struct Client {
    path: PathBuf,
    hello: Hello,
}

/// The reason why the process that holds the lock could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Its socket is there, and this user may not use it.
    #[error("the control socket {} may not be used by this user: only its owner and its group may", .0.display())]
    NotPermitted(PathBuf),
    /// It speaks otherwise.
    #[error(
        "{purpose} (process {process}) is another version of roomkeeper, which this one cannot talk to: restart it, or use \
         its version"
    )]
    OtherVersion {
        /// The command that it runs.
        purpose: String,
        /// Its process.
        process: u32,
    },
    /// It does not answer, or breaks off.
    #[error("the process at {} does not answer: {why}", .path.display())]
    Unanswered {
        /// The socket.
        path: PathBuf,
        /// The failure, in words.
        why: String,
    },
}

impl Client {
    /// Finds the process that works with this configuration, wherever its state directory is; `state` is where it
    /// may be. Returns `None` also where no process says so in time, or to this user.
    pub async fn at_work(environment: &Environment, configuration: &Path, state: &Path) -> Option<Hello> {
        let asked = socket::to_ask(environment, state);
        for path in &asked {
            let said = tokio::time::timeout(HELLO_TIMEOUT, hello(path)).await;
            if let Ok(Ok(Some(hello))) = said
                && hello.is_of(configuration)
            {
                return Some(hello);
            }
        }
        others(&asked).await.into_iter().map(|(_, hello)| hello).find(|hello| hello.is_of(configuration))
    }

    /// Looks for the process that holds the lock of this state directory; `None` where no socket leads to it.
    pub async fn find(environment: &Environment, state: &Path) -> Result<Option<Self>, ClientError> {
        Self::find_within(HELLO_TIMEOUT, environment, state).await
    }

    /// Does the same as [`Client::find`], for a question about this configuration: the process of another one does not count.
    pub async fn find_of(
        environment: &Environment,
        configuration: &Path,
        state: &Path,
    ) -> Result<Option<Self>, ClientError> {
        let found = Self::find(environment, state).await?;
        Ok(found.filter(|client| !client.hello.is_of_another(configuration)))
    }

    /// Does the same as [`Client::find`], for a caller that can do without: a process that does not say who it is
    /// within this time is not waited for.
    pub async fn find_within(
        patience: Duration,
        environment: &Environment,
        state: &Path,
    ) -> Result<Option<Self>, ClientError> {
        let mut trouble = None;
        let asked = socket::to_ask(environment, state);
        for path in asked.clone() {
            match tokio::time::timeout(patience, hello(&path)).await {
                Ok(Ok(Some(hello))) if hello.holds(state) => return Self::of(path, hello).map(Some),
                // No process, or the daemon of another configuration.
                Ok(Ok(_)) => {}
                Ok(Err(error)) => trouble = Some(error),
                Err(_) => {
                    let words = format!("nothing was heard for {} s", patience.as_secs_f32());
                    trouble = Some(unanswered(&path, words));
                }
            }
        }
        match others(&asked).await.into_iter().find(|(_, hello)| hello.holds(state)) {
            Some((path, hello)) => Self::of(path, hello).map(Some),
            None => trouble.map_or(Ok(None), Err),
        }
    }

    fn of(path: PathBuf, hello: Hello) -> Result<Self, ClientError> {
        if hello.v == VERSION {
            return Ok(Self { path, hello });
        }
        let Hello { purpose, process, .. } = hello;
        Err(ClientError::OtherVersion { purpose, process })
    }

    /// Returns the introduction of the process that it leads to.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Asks; `file` is the file of a command that takes one.
    pub async fn ask(&self, command: &Command, file: Option<Arc<File>>) -> Result<EventStream, ClientError> {
        let request = Request { v: VERSION, command: command.clone() };
        let mut line = serde_json::to_vec(&request).map_err(|error| unanswered(&self.path, error))?;
        line.push(b'\n');
        let line = stream::iter([Ok(Bytes::from(line))]);
        let body = match file {
            Some(file) => {
                let again = || -> std::io::Result<File> {
                    let mut file = file.try_clone()?;
                    std::io::Seek::rewind(&mut file)?;
                    Ok(file)
                };
                let file = tokio::fs::File::from_std(again().map_err(|error| unanswered(&self.path, error))?);
                BodyExt::boxed(StreamBody::new(line.chain(ReaderStream::new(file)).map(|piece| piece.map(Frame::data))))
            }
            None => BodyExt::boxed(StreamBody::new(line.map(|piece| piece.map(Frame::data)))),
        };
        let request = hyper::Request::post("/").body(body).map_err(|error| unanswered(&self.path, error))?;
        let Some((response, driving)) = talk(&self.path, request).await? else {
            return Err(unanswered(&self.path, "it is gone"));
        };
        if response.status() != StatusCode::OK {
            return Err(unanswered(&self.path, response.status()));
        }
        let body = response.into_body();
        Ok(EventStream { path: self.path.clone(), body, ahead: Vec::new(), _driving: driving })
    }
}

/// The events of a command, as they come.
#[derive(Debug)]
pub struct EventStream {
    path: PathBuf,
    body: Incoming,
    ahead: Vec<u8>,
    _driving: AbortOnDropHandle<()>,
}

impl EventStream {
    /// Returns the next event; `None` where the answer ends, or breaks off. Safe to be given up and asked again.
    pub async fn next(&mut self) -> Result<Option<Event>, ClientError> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let event = serde_json::from_slice(&self.ahead[..end]);
                self.ahead.drain(..=end);
                return event.map(Some).map_err(|error| unanswered(&self.path, error));
            }
            if self.ahead.len() > LINE {
                return Err(unanswered(&self.path, "a line has no end"));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.ahead.extend_from_slice(&bytes);
                    }
                }
                Some(Err(error)) => return Err(unanswered(&self.path, error)),
                None => return Ok(None),
            }
        }
    }
}

/// Asks all the other processes of roomkeeper that listen somewhere who they are: a unit may have a runtime directory of another
/// name. One that does not say so in time, or to this user, is left out.
async fn others(asked: &[PathBuf]) -> Vec<(PathBuf, Hello)> {
    let ask = async |path: PathBuf| {
        let said = async {
            // Another program's socket is let be.
            let stream = socket::connect(&path).await.ok().filter(socket::leads_to_roomkeeper)?;
            hello_over(stream, &path).await.ok()
        };
        let hello = tokio::time::timeout(SHORT_PATIENCE, said).await.ok()??;
        Some((path, hello))
    };
    let answers = socket::listened_at(asked).into_iter().map(ask);
    futures_util::future::join_all(answers).await.into_iter().flatten().collect()
}

/// Asks the process behind the socket who it is; `None` where no process is there.
async fn hello(path: &Path) -> Result<Option<Hello>, ClientError> {
    match connect(path).await? {
        Some(stream) => hello_over(stream, path).await.map(Some),
        None => Ok(None),
    }
}

async fn hello_over(stream: UnixStream, path: &Path) -> Result<Hello, ClientError> {
    let empty = Empty::new().map_err(|never| match never {}).boxed();
    let request = hyper::Request::get("/").body(empty).map_err(|error| unanswered(path, error))?;
    let (response, _driving) = talk_over(stream, path, request).await?;
    let limited = http_body_util::Limited::new(response.into_body(), LINE);
    let body = limited.collect().await.map_err(|error| unanswered(path, error))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| unanswered(path, error))
}

/// Sends a request over a connection of its own; `None` where no process listens.
async fn talk(
    path: &Path,
    request: hyper::Request<Body>,
) -> Result<Option<(Response<Incoming>, AbortOnDropHandle<()>)>, ClientError> {
    match connect(path).await? {
        Some(stream) => talk_over(stream, path, request).await.map(Some),
        None => Ok(None),
    }
}

/// Connects; `None` where no process listens.
async fn connect(path: &Path) -> Result<Option<UnixStream>, ClientError> {
    match socket::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        // A socket without a process, or none: no process is there. `NotADirectory` and a loop are as good as none.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(ClientError::NotPermitted(path.to_owned())),
        Err(error) => Err(unanswered(path, error)),
    }
}

async fn talk_over(
    stream: UnixStream,
    path: &Path,
    mut request: hyper::Request<Body>,
) -> Result<(Response<Incoming>, AbortOnDropHandle<()>), ClientError> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| unanswered(path, error))?;
    let driving = AbortOnDropHandle::new(tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to the control socket broke off");
        }
    }));
    request.headers_mut().insert(hyper::header::HOST, hyper::header::HeaderValue::from_static("roomkeeper"));
    let response = sender.send_request(request).await.map_err(|error| unanswered(path, error))?;
    Ok((response, driving))
}

fn unanswered(path: &Path, why: impl std::fmt::Display) -> ClientError {
    ClientError::Unanswered { path: path.to_owned(), why: why.to_string() }
}
