//! Sends the one request of an item, and says what its answer means.

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::kept::{self, AskedFields, Kept, MeetingRemarks};
use super::noted::{Noted, is_it};
use super::planned_action::{ItemResult, PlannedAction, RowPayload, json};
use super::session::{ScheduleSession, payload};
use super::wanted_meeting::Create;
use crate::clock::Timestamp;
use crate::engine::{OutcomeKind, RequestOutcome};
use crate::jobs::failure::{answer, failed, record};
use crate::model::{
    AttemptRecord, Digest, JobPayload, Meeting, MeetingChange, MeetingId, Numbers, OpenItem, Part, Remember, Status,
    UserId,
};

/// The request of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Schedule Meeting.
    Schedule(Create),
    /// Edit Meeting.
    Edit {
        /// The meeting.
        meeting: MeetingId,
        /// Its owner, as far as the server told.
        user: Option<UserId>,
        /// The change that is sent.
        change: MeetingChange,
    },
    /// Cancel Meeting.
    Cancel {
        /// The meeting.
        meeting: MeetingId,
        /// Its owner, as far as the server told.
        user: Option<UserId>,
    },
}

pub(super) async fn attempt(session: &ScheduleSession, item: &OpenItem, request: &JobPayload) -> RequestOutcome {
    sent(session, item, request).await.unwrap_or_else(|| RequestOutcome {
        error: Some("the journal's account of this item cannot be read".to_owned()),
        ..answer(OutcomeKind::Refused)
    })
}

/// `None` where the payload of the item cannot be read, and nothing was sent. An edit has room of its own: it takes more than the others,
/// and each of them would hold as much while it waits.
async fn sent(session: &ScheduleSession, item: &OpenItem, request: &JobPayload) -> Option<RequestOutcome> {
    let at = session.tools.clock.now();
    let (payload, request) = (payload(item)?, request.read()?);
    Some(match &*request {
        Request::Schedule(create) => schedule(session, item, payload.content, create, at).await,
        Request::Edit { meeting, user, change } => {
            Box::pin(edit(session, item, &payload, meeting, user.as_ref(), change, at)).await
        }
        Request::Cancel { meeting, user } => cancel(session, item, &payload, meeting, user.as_ref(), at).await,
    })
}

async fn edit(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    user: Option<&UserId>,
    change: &MeetingChange,
    at: Timestamp,
) -> RequestOutcome {
    let _mark = user.map(|user| session.notebook.board().begin_write(user));
    match session.sending.edit(meeting, change).await {
        Ok(reply) => {
            let told = match reply.value.filter(|told| is_it(told, meeting)) {
                Some(told) => Some(told),
                // The reply did not tell it; what the row leaves alone is asked for, to be remembered.
                None => session.asking.meeting(meeting).await.ok().map(|reply| reply.value),
            };
            let kept = match &told {
                Some(told) => match kept::kept(session, told, AskedFields::to_change(change)).await {
                    Kept::Otherwise(kept) => kept,
                    // Another client took it away since: the next run tells.
                    Kept::Nowhere => MeetingRemarks::default(),
                },
                None => MeetingRemarks::default(),
            };
            if let (Some(told), Some(user)) = (&told, user) {
                session.notebook.announce(told, user);
            }
            let result = told.as_ref().map_or_else(|| ItemResult::of_id(meeting), ItemResult::of);
            RequestOutcome {
                kind: OutcomeKind::Done(Status::Updated),
                attempt: Some(record(at, reply.attempt, None)),
                result: Some(json(&ItemResult { warning: kept.warning, ..result })),
                remember: remember_change(item, payload, meeting, told.as_ref().map(Noted::of).as_ref()),
                pins: told.map(|told| told.pins).unwrap_or_default(),
                code: None,
                error: kept.note,
                habit: None,
            }
        }
        Err(failure) => failed(failure, at),
    }
}

async fn cancel(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    user: Option<&UserId>,
    at: Timestamp,
) -> RequestOutcome {
    let _mark = user.map(|user| session.notebook.board().begin_write(user));
    match session.sending.cancel(meeting).await {
        Ok(reply) => cancelled(session, item, payload, meeting, Some(record(at, reply.attempt, None))),
        // Gone already: another client was quicker, or an earlier request of this job has arrived after all.
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
) -> RequestOutcome {
    let _mark = session.notebook.board().begin_write(&create.user);
    match session.sending.schedule(&create.draft).await {
        Ok(reply) => {
            // It answers our own request and names a meeting, so that is ours, whatever it says of it.
            let told = kept::whole(session, reply.value, &create.user).await;
            let kept = match kept::kept(session, &told, AskedFields::to_make(&create.draft, &create.user)).await {
                Kept::Otherwise(kept) => kept,
                // It is remembered, so that the row makes no second one when it comes again.
                Kept::Nowhere => {
                    let words = nowhere(&told.meeting_id);
                    let attempt = Some(record(at, reply.attempt, Some(words.clone())));
                    let made = made(item, content, create, told, attempt, None);
                    return RequestOutcome { kind: OutcomeKind::Done(Status::Unknown), error: Some(words), ..made };
                }
            };
            session.notebook.announce(&told, &create.user);
            let attempt = Some(record(at, reply.attempt, None));
            RequestOutcome { error: kept.note, ..made(item, content, create, told, attempt, kept.warning) }
        }
        Err(failure) => {
            let lost = failed(failure, at);
            if matches!(lost.kind, OutcomeKind::Unanswered | OutcomeKind::Unavailable) {
                session.lost().insert(item.item);
            }
            lost
        }
    }
}

fn nowhere(meeting: &MeetingId) -> String {
    format!(
        "the server said that it made meeting {meeting}, and does not have it, neither by this id nor in the user's list. The row \
         is not sent again: look on the server whether the meeting is there"
    )
}

/// Returns the answer, or the find, of a meeting that was made, with what a person must look at.
pub(super) fn made(
    item: &OpenItem,
    content: Digest,
    create: &Create,
    meeting: Meeting,
    attempt: Option<AttemptRecord>,
    warning: Option<String>,
) -> RequestOutcome {
    let facts = Facts {
        user: Some(create.user.clone()),
        room_name: create.draft.room_name.clone(),
        start: create.draft.start,
        duration_min: create.draft.duration_min,
        theirs: false,
        numbers: Numbers::default(),
        invited: Some(!create.draft.invitees.is_empty()),
    };
    RequestOutcome {
        kind: OutcomeKind::Done(Status::Created),
        attempt,
        result: Some(json(&ItemResult { warning, ..ItemResult::of(&meeting) })),
        remember: remember(item, &meeting.meeting_id, content, &facts),
        pins: meeting.pins,
        code: None,
        error: None,
        habit: None,
    }
}

fn cancelled(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    attempt: Option<AttemptRecord>,
) -> RequestOutcome {
    session.notebook.announce_gone(meeting);
    RequestOutcome {
        attempt,
        result: Some(json(&ItemResult::of_id(meeting))),
        remember: Some(remember_gone(item, payload, meeting)),
        ..answer(OutcomeKind::Done(Status::Cancelled))
    }
}

/// Returns the facts that the job remembers of a meeting under the row's identity.
pub(super) fn remember(item: &OpenItem, meeting: &MeetingId, content: Digest, facts: &Facts) -> Option<Remember> {
    let identity = item.identity.clone()?;
    Some(Remember::Made { identity, resource: meeting.clone(), content, facts: json(facts) })
}

/// Returns the facts after a change: those that the row says, and where it says nothing, those that the server tells.
pub(super) fn remember_change(
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    told: Option<&Noted>,
) -> Option<Remember> {
    let PlannedAction::Change { change, was, .. } = &payload.action else { return None };
    // A name from the row has its zeros.
    let is_told_name_number = change.room_name.is_none() && told.is_some_and(|told| told.numbers.has(Part::Name));
    let facts = Facts {
        user: told.and_then(|told| told.user_id.clone()),
        room_name: change.room_name.clone().or_else(|| told.map(|told| told.room_name.clone()))?,
        start: change.start.or_else(|| told?.start)?,
        duration_min: change.duration_min.or_else(|| told?.duration_min)?,
        theirs: false,
        numbers: told.map(|told| told.numbers).unwrap_or_default().with(Part::Name, is_told_name_number),
        invited: change.invitees.as_ref().map(|invitees| !invitees.is_empty()).or(was.invited),
    };
    remember(item, meeting, payload.content, &facts)
}

/// Returns the fact that the job remembers of a meeting that it took away.
pub(super) fn remember_gone(item: &OpenItem, payload: &RowPayload, meeting: &MeetingId) -> Remember {
    match (&payload.action, &item.identity) {
        (PlannedAction::Cancel { facts: Some(facts), .. }, Some(identity)) => Remember::Taken {
            identity: identity.clone(),
            resource: meeting.clone(),
            content: payload.content,
            facts: json(facts),
        },
        _ => Remember::Gone(meeting.clone()),
    }
}
