//! Sends the one request of an item, and says what its answer means.

use serde::{Deserialize, Serialize};

use super::diff::{Files, differences, in_words};
use super::kept::not_kept_in_words;
use super::session::{LobbySession, payload};
use super::wish::{Payload, Sent, Show, Uploaded, result};
use crate::api::{Disposition, Failure, Reply};
use crate::clock::Timestamp;
use crate::engine::{Answer, AnswerKind, AttemptRecord, OpenItem};
use crate::jobs::failure::{answer, failed, record};
use crate::model::{Account, Lobby, Status};

/// The request of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Add Meeting Lobby Information.
    Add(Show),
    /// Update Meeting Lobby Information.
    Update(Show),
    /// Delete Meeting Lobby Information.
    Delete,
}

pub(super) async fn attempt(session: &LobbySession, item: &OpenItem, request: &Account) -> Answer {
    let (Some(payload), Some(request)) = (payload(item), request.read::<Request>()) else {
        let words = "the journal's account of this item cannot be read".to_owned();
        return Answer { error: Some(words), ..answer(AnswerKind::Refused) };
    };
    let at = session.tools.clock.now();
    let meeting = &payload.meeting;
    match &*request {
        Request::Add(show) => match session.sending.add_lobby(meeting, &show.upload).await {
            Ok(reply) => uploaded(session, &payload, show, Sent::Add, at, reply).await,
            Err(failure) if is_404(&failure) => absent(session, &payload, Sent::Add, at, failure).await,
            Err(failure) => failed(failure, at),
        },
        Request::Update(show) => match session.sending.update_lobby(meeting, &show.upload).await {
            Ok(reply) => uploaded(session, &payload, show, Sent::Update, at, reply).await,
            Err(failure) if is_404(&failure) => absent(session, &payload, Sent::Update, at, failure).await,
            Err(failure) => failed(failure, at),
        },
        Request::Delete => match session.sending.delete_lobby(meeting).await {
            Ok(reply) => removed(&payload, record(at, reply.attempt, None)),
            // Gone already: somebody was quicker, or an earlier sending of ours has arrived after all.
            Err(failure) if failure.is_absence() => removed(&payload, record(at, failure.attempt, None)),
            Err(failure) => failed(failure, at),
        },
    }
}

/// The server says that it took the lobby; what it shows now is compared with what was sent.
async fn uploaded(
    session: &LobbySession,
    payload: &Payload,
    show: &Show,
    sent: Sent,
    at: Timestamp,
    reply: Reply<Option<Lobby>>,
) -> Answer {
    let told = match reply.value {
        Some(lobby) => Some(lobby),
        // The reply did not tell it. Where the server put the files is asked for, to be remembered.
        None => LobbySession::lobby(&session.asking, &payload.meeting).await.ok().flatten(),
    };
    let differing = told.as_ref().map(|lobby| differences(show, Files::JustSent, lobby)).unwrap_or_default();
    if !differing.is_empty() {
        let words = told.as_ref().and_then(|lobby| not_kept_in_words(show, lobby)).unwrap_or_else(|| {
            format!("the server took the lobby, and shows another one: it differs in {}", in_words(&differing))
        });
        return Answer {
            attempt: Some(record(at, reply.attempt, Some(words.clone()))),
            error: Some(words),
            result: Some(result(&payload.meeting)),
            ..answer(AnswerKind::Refused)
        };
    }
    Answer {
        attempt: Some(record(at, reply.attempt, None)),
        result: Some(result(&payload.meeting)),
        remember: Some(payload.remember(&Uploaded::of(show, told.as_ref()))),
        ..answer(AnswerKind::Done(sent.status()))
    }
}

fn is_404(failure: &Failure) -> bool {
    failure.is_absence() || (failure.disposition == Disposition::RouteMissing && failure.attempt.http == Some(404))
}

/// The server has no such meeting, or no such lobby: which of the two, it is asked.
async fn absent(session: &LobbySession, payload: &Payload, sent: Sent, at: Timestamp, failure: Failure) -> Answer {
    match (session.asking.meeting(&payload.meeting).await, sent) {
        (Err(other), _) if other.is_absence() => Answer {
            attempt: Some(record(at, failure.attempt, Some(failure.words))),
            code: failure.attempt.code,
            error: Some("the meeting is not on the server any more: it was cancelled or deleted meanwhile".to_owned()),
            result: Some(result(&payload.meeting)),
            ..answer(AnswerKind::Done(Status::Skipped))
        },
        // The lobby was removed since it was read: that is decided anew.
        (Ok(_), Sent::Update) => Answer { kind: AnswerKind::PutOff(None), ..failed(failure, at) },
        (Ok(_) | Err(_), _) => failed(failure, at),
    }
}

fn removed(payload: &Payload, attempt: AttemptRecord) -> Answer {
    Answer {
        attempt: Some(attempt),
        result: Some(result(&payload.meeting)),
        remember: Some(payload.remember(&Uploaded::default())),
        ..answer(AnswerKind::Done(Status::Removed))
    }
}
