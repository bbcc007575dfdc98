//! Leads from a request to its reply: arrival, fault, effect.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::Server;
use super::connection::Reset;
use super::reply::{self, HttpReply, ReplyBody};
use crate::sandbox::BASE_PATH;
use crate::sandbox::api::{self, Asked, Call, Content, Form, NoCall, REQUEST_NOT_VALID, Refusal, ResultCode, Turn};
use crate::sandbox::clock::Second;
use crate::sandbox::faults::{Fault, FaultKind, Habits, RetryAfter};
use crate::sandbox::ledger::Arrival;

/// The longest body that is read: 64 MiB.
const LONGEST_BODY: usize = 64 << 20;

/// A request that has arrived.
struct Arrived {
    number: u64,
    call: Call,
    headers: HeaderMap,
    query: String,
    content: Content,
    turn: Turn,
    fault: Option<Fault>,
}

impl Server {
    /// Answers a request, or asks for the connection to be reset.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<HttpReply, Reset> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Ok(reply::page(StatusCode::PAYLOAD_TOO_LARGE)),
            // The client has gone in the middle of its request.
            Err(_) => return Err(Reset),
        };
        if parts.uri.path().starts_with("/_sandbox/") {
            return Ok(self.control(&parts, &body));
        }
        let arrived = match self.arrive(parts, body).await {
            Ok(arrived) => arrived,
            Err(NoCall::Route) => return Ok(reply::page(StatusCode::NOT_FOUND)),
            Err(NoCall::Method) => return Ok(reply::page(StatusCode::METHOD_NOT_ALLOWED)),
            Err(NoCall::Action) => {
                return Ok(reply::refusal(Refusal::invalid(REQUEST_NOT_VALID, "X-Action"), Turn::plain()));
            }
        };
        if !arrived.is_late(self.delay) {
            return self.respond(arrived).await;
        }
        // A server goes on with what it has read, whether or not the client still waits for it.
        tokio::spawn(self.respond(arrived)).await.unwrap_or(Err(Reset))
    }

    /// Counts the request, enters it in the ledger and asks the script about it.
    async fn arrive(&self, parts: Parts, body: Bytes) -> Result<Arrived, NoCall> {
        let action = parts.headers.get("x-action").map(|action| action.to_str().unwrap_or_default());
        let path = parts.uri.path().strip_prefix(BASE_PATH).unwrap_or_default();
        let parsed = Call::parse(&parts.method, path, action, self.rooms);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let (call, number, turn, fault) = {
            let mut state = self.state();
            let (number, count) = state.count(parsed.as_ref().map_or("no route", Call::name));
            let call = parsed?;
            let fault = state.faults.for_request(&parts.method, path);
            let arrival = Arrival {
                number,
                millis: self.clock.millis(),
                method: &parts.method,
                call: &call,
                query: &query,
                body: &body,
                fault: fault.map(|fault| fault.kind),
            };
            self.note(state.ledger.arrival(&arrival));
            (call, number, self.turn(count), fault)
        };
        let content = content(&call, &parts.headers, body).await;
        Ok(Arrived { number, call, headers: parts.headers, query, content, turn, fault })
    }

    async fn respond(self: Arc<Self>, arrived: Arrived) -> Result<HttpReply, Reset> {
        wait(self.delay).await;
        let Some(fault) = arrived.fault else { return Ok(self.carry_out(&arrived)) };
        if fault.kind == FaultKind::StallLate {
            wait(fault.how.lasts).await;
        }
        let answer = fault.kind.has_effect().then(|| self.carry_out(&arrived));
        match fault.kind {
            FaultKind::ResetBefore | FaultKind::ResetAfter => Err(Reset),
            FaultKind::StallBefore | FaultKind::StallAfter => {
                wait(fault.how.lasts).await;
                Err(Reset)
            }
            FaultKind::Refused => {
                self.go_away(fault.how.lasts).await;
                answer.ok_or(Reset)
            }
            FaultKind::StallLate => answer.ok_or(Reset),
            FaultKind::TruncatedJson => spoil(answer, |bytes| ReplyBody::whole(bytes.slice(..bytes.len() / 2))).await,
            FaultKind::CutReply => spoil(answer, ReplyBody::cut).await,
            FaultKind::Http500Before | FaultKind::Http500After => {
                Ok(reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Server Error"))
            }
            FaultKind::Html502Before | FaultKind::Html502After => Ok(reply::page(StatusCode::BAD_GATEWAY)),
            FaultKind::EmptyResult0Before | FaultKind::EmptyResult0After => {
                let body = serde_json::json!({ "result": ResultCode(0, arrived.turn) });
                Ok(reply::json(StatusCode::OK, body.to_string()))
            }
            FaultKind::Busy429 | FaultKind::Busy429After => {
                let default = Some(RetryAfter::Seconds(1));
                Ok(reply::later(StatusCode::TOO_MANY_REQUESTS, fault.how, default, self.now()))
            }
            FaultKind::Unavailable503 => Ok(reply::later(StatusCode::SERVICE_UNAVAILABLE, fault.how, None, self.now())),
            FaultKind::Redirect302 => Ok(reply::redirect("/maintenance")),
            FaultKind::ErrorCode => Ok(reply::refusal(Refusal::whole(fault.how.code, fault.how.status), arrived.turn)),
        }
    }

    /// Carries out the effect and returns its proper reply.
    fn carry_out(&self, arrived: &Arrived) -> HttpReply {
        let app = match self.credentials.check(&arrived.headers) {
            Ok(app) => app,
            Err(refusal) => return reply::refusal(refusal, arrived.turn),
        };
        let asked = Asked {
            number: arrived.number,
            millis: self.clock.millis(),
            app,
            query: &arrived.query,
            content: &arrived.content,
            turn: arrived.turn,
            breaks_cancel: self.breaks_cancel(),
            lists: self.lists,
            files_url: &self.files_url,
            habits: Habits::default(),
        };
        let mut state = self.state();
        let habits = state.faults.habits();
        let asked = Asked { habits, ..asked };
        let done = match api::carry_out(&mut state.world, &arrived.call, &asked) {
            Ok(done) => done,
            Err(refusal) => return reply::refusal(refusal, arrived.turn),
        };
        if let Some(effect) = done.effect {
            self.note(state.ledger.effect(effect));
        }
        reply::json(StatusCode::OK, habits.give_out(done.body))
    }

    fn now(&self) -> Second {
        Second::of_millis(self.clock.millis())
    }
}

impl Arrived {
    fn is_late(&self, delay: Duration) -> bool {
        !delay.is_zero() || self.fault.is_some_and(|fault| fault.kind == FaultKind::StallLate)
    }
}

async fn content(call: &Call, headers: &HeaderMap, body: Bytes) -> Content {
    if !matches!(call, Call::AddLobby(_) | Call::UpdateLobby(_)) {
        return Content::Body(body);
    }
    match headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        Some(content_type) => Content::Form(Form::read(content_type, body).await),
        None => Content::Form(None),
    }
}

/// Returns the answer with another body made of its own.
async fn spoil(answer: Option<HttpReply>, spoiled: impl FnOnce(Bytes) -> ReplyBody) -> Result<HttpReply, Reset> {
    let (parts, body) = answer.ok_or(Reset)?.into_parts();
    let bytes = body.collect().await.map_err(|_| Reset)?.to_bytes();
    Ok(Response::from_parts(parts, spoiled(bytes)))
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

impl Server {
    /// Answers `GET /_sandbox/state`, `GET /_sandbox/files/NAME`, `POST /_sandbox/faults`.
    pub fn control(&self, parts: &Parts, body: &Bytes) -> HttpReply {
        let path = parts.uri.path();
        if let Some(name) = path.strip_prefix("/_sandbox/files/") {
            let file = self.state().world.files.get(name);
            return file.map_or_else(|| reply::page(StatusCode::NOT_FOUND), reply::file);
        }
        match (&parts.method, path) {
            (&Method::GET, "/_sandbox/state") => match serde_json::to_vec(&self.snapshot()) {
                Ok(body) => reply::json(StatusCode::OK, body),
                Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            },
            (&Method::POST, "/_sandbox/faults") => match String::from_utf8_lossy(body).parse() {
                Ok(faults) => {
                    self.set_faults(faults);
                    reply::text(StatusCode::OK, "the script is in force\n")
                }
                Err(error) => reply::text(StatusCode::BAD_REQUEST, format!("{error}\n")),
            },
            _ => reply::page(StatusCode::NOT_FOUND),
        }
    }
}
