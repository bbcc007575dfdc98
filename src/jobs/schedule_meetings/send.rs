//! Sends the one request of an item, and says what its answer means.

use serde::{Deserialize, Serialize};

use super::session::{ScheduleSession, payload};
use super::wish::{Create, Facts, ItemResult, Payload, Wish, json};
use crate::clock::Timestamp;
use crate::engine::{Answer, AnswerKind, AttemptRecord, OpenItem, Remember};
use crate::jobs::failure::{answer, failed, record};
use crate::model::{Account, Digest, Meeting, MeetingChange, MeetingId, Status, UserId};

/// The request of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Schedule Meeting.
    Schedule(Create),
    /// Edit Meeting.
    Edit {
        /// Which meeting.
        meeting: MeetingId,
        /// Whose it is, as far as the server told.
        user: Option<UserId>,
        /// What is sent.
        change: MeetingChange,
    },
    /// Cancel Meeting.
    Cancel {
        /// Which meeting.
        meeting: MeetingId,
        /// Whose it is, as far as the server told.
        user: Option<UserId>,
    },
}

pub(super) async fn attempt(session: &ScheduleSession, item: &OpenItem, request: &Account) -> Answer {
    sent(session, item, request).await.unwrap_or_else(|| Answer {
        error: Some("the journal's account of this item cannot be read".to_owned()),
        ..answer(AnswerKind::Refused)
    })
}

/// `None` where the account of the item cannot be read, and nothing was sent.
async fn sent(session: &ScheduleSession, item: &OpenItem, request: &Account) -> Option<Answer> {
    let at = session.tools.clock.now();
    let (payload, request) = (payload(item)?, request.read()?);
    Some(match &*request {
        Request::Schedule(create) => schedule(session, item, payload.content, create, at).await,
        Request::Edit { meeting, user, change } => {
            edit(session, item, &payload, meeting, user.as_ref(), change, at).await
        }
        Request::Cancel { meeting, user } => cancel(session, item, &payload, meeting, user.as_ref(), at).await,
    })
}

async fn edit(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &Payload,
    meeting: &MeetingId,
    user: Option<&UserId>,
    change: &MeetingChange,
    at: Timestamp,
) -> Answer {
    let _mark = user.map(|user| session.notebook.board().begin_write(user));
    match session.sending.edit(meeting, change).await {
        Ok(reply) => {
            let told = match reply.value.filter(|told| told.meeting_id == *meeting) {
                Some(told) => Some(told),
                // The reply did not tell it; what the row leaves alone is asked for, to be remembered.
                None => session.asking.meeting(meeting).await.ok().map(|reply| reply.value),
            };
            if let (Some(told), Some(user)) = (&told, user) {
                session.notebook.announce(told, user);
            }
            Answer {
                kind: AnswerKind::Done(Status::Updated),
                attempt: Some(record(at, reply.attempt, None)),
                result: Some(json(&told.as_ref().map_or_else(|| ItemResult::of_id(meeting), ItemResult::of))),
                remember: remember_change(item, payload, meeting, told.as_ref()),
                pins: told.map(|told| told.pins).unwrap_or_default(),
                code: None,
                error: None,
            }
        }
        Err(failure) => failed(failure, at),
    }
}

async fn cancel(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &Payload,
    meeting: &MeetingId,
    user: Option<&UserId>,
    at: Timestamp,
) -> Answer {
    let _mark = user.map(|user| session.notebook.board().begin_write(user));
    match session.sending.cancel(meeting).await {
        Ok(reply) => cancelled(session, item, payload, meeting, Some(record(at, reply.attempt, None))),
        // Gone already: somebody was quicker, or an earlier sending of ours has arrived after all.
        Err(failure) if failure.is_absence() => {
            cancelled(session, item, payload, meeting, Some(record(at, failure.attempt, None)))
        }
        Err(failure) => failed(failure, at),
    }
}

async fn schedule(
    session: &ScheduleSession,
    item: &OpenItem,
    content: Digest,
    create: &Create,
    at: Timestamp,
) -> Answer {
    let _mark = session.notebook.board().begin_write(&create.user);
    match session.sending.schedule(&create.draft).await {
        Ok(reply) if is_ours(&reply.value, create) => {
            session.notebook.announce(&reply.value, &create.user);
            made(item, content, create, reply.value, Some(record(at, reply.attempt, None)))
        }
        Ok(reply) => {
            let words = "the server's answer is about another meeting".to_owned();
            Answer {
                attempt: Some(record(at, reply.attempt, Some(words.clone()))),
                error: Some(words),
                ..answer(AnswerKind::Unanswered)
            }
        }
        Err(failure) => failed(failure, at),
    }
}

/// Whether a meeting that the server tells is the one that was asked for; what it does not tell is taken as right.
fn is_ours(meeting: &Meeting, create: &Create) -> bool {
    let draft = &create.draft;
    let title = meeting.room_name.trim();
    (title.is_empty() || title == draft.room_name)
        && meeting.start.is_none_or(|start| start == draft.start)
        && meeting.duration_min.is_none_or(|minutes| minutes == draft.duration_min)
}

/// The answer, or the find, of a meeting that was made.
pub(super) fn made(
    item: &OpenItem,
    content: Digest,
    create: &Create,
    meeting: Meeting,
    attempt: Option<AttemptRecord>,
) -> Answer {
    let facts = Facts {
        user: Some(create.user.clone()),
        room_name: create.draft.room_name.clone(),
        start: create.draft.start,
        duration_min: create.draft.duration_min,
    };
    Answer {
        kind: AnswerKind::Done(Status::Created),
        attempt,
        result: Some(json(&ItemResult::of(&meeting))),
        remember: remember(item, &meeting.meeting_id, content, &facts),
        pins: meeting.pins,
        code: None,
        error: None,
    }
}

fn cancelled(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &Payload,
    meeting: &MeetingId,
    attempt: Option<AttemptRecord>,
) -> Answer {
    session.notebook.announce_gone(meeting);
    Answer {
        attempt,
        result: Some(json(&ItemResult::of_id(meeting))),
        remember: Some(remember_gone(item, payload, meeting)),
        ..answer(AnswerKind::Done(Status::Cancelled))
    }
}

/// What the job remembers of a meeting under the row's identity.
pub(super) fn remember(item: &OpenItem, meeting: &MeetingId, content: Digest, facts: &Facts) -> Option<Remember> {
    let identity = item.identity.clone()?;
    Some(Remember::Made { identity, resource: meeting.clone(), content, facts: json(facts) })
}

/// The same after a change: what the row says, and where it says nothing, what the server does.
pub(super) fn remember_change(
    item: &OpenItem,
    payload: &Payload,
    meeting: &MeetingId,
    told: Option<&Meeting>,
) -> Option<Remember> {
    let Wish::Change { change, .. } = &payload.wish else { return None };
    let facts = Facts {
        user: told.and_then(|told| told.user_id.clone()),
        room_name: change.room_name.clone().or_else(|| told.map(|told| told.room_name.trim().to_owned()))?,
        start: change.start.or_else(|| told?.start)?,
        duration_min: change.duration_min.or_else(|| told?.duration_min)?,
    };
    remember(item, meeting, payload.content, &facts)
}

/// What the job remembers of a meeting that it took away.
pub(super) fn remember_gone(item: &OpenItem, payload: &Payload, meeting: &MeetingId) -> Remember {
    match (&payload.wish, &item.identity) {
        (Wish::Cancel { facts: Some(facts), .. }, Some(identity)) => Remember::Taken {
            identity: identity.clone(),
            resource: meeting.clone(),
            content: payload.content,
            facts: json(facts),
        },
        _ => Remember::Gone(meeting.clone()),
    }
}
