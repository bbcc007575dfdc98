//! Answers one request: an introduction of the process, or a command and its events.

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::events::Events;
use super::executor::{CommandExecutor, Results};
use super::hello::Hello;
use super::intake::Intake;
use super::message::{Command, Event};
use super::refusal::Refusal;

/// An answer's body.
type Body = BoxBody<Bytes, Infallible>;

/// Answers a request. `lost` fires when the client does not take the answer.
pub(super) async fn answer(
    executor: Arc<CommandExecutor>,
    hello: Arc<Hello>,
    lost: CancellationToken,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => Ok(plain(StatusCode::OK, "application/json", &line(&hello.now(executor.runtime())))),
        (&Method::POST, "/") => {
            let (events, told) = Events::new(lost, executor.runtime().stop().clone());
            executor
                .clone()
                .look_after(async move { receive(&executor, Intake::new(request.into_body()), &events).await });
            let mut answer = Response::new(BodyExt::boxed(StreamBody::new(lines(told))));
            answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/x-ndjson"));
            Ok(answer)
        }
        _ => Ok(plain(StatusCode::NOT_FOUND, "text/plain", "GET / tells who is here, POST / takes a command\n")),
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
    let command: Command = serde_json::from_slice(&line)
        .map_err(|error| Refusal::usage(format!("this is no command that roomkeeper knows: {error}")))?;
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
