//! Decides what is to be done for each item, by what the server has now.

use std::collections::BTreeMap;

use futures_util::future::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::create::{create_or_exists, decide_create, decide_theirs};
use super::decision::{done, result_of};
use super::diff::{differences, wanted};
use super::facts::Facts;
use super::find::{FoundMeeting, Missing, find, list, list_stages, read};
use super::notebook::scratch;
use super::noted::Noted;
use super::overview::is_soon;
use super::planned_action::{Before, ItemResult, PlannedAction, Remembered, RowPayload, Target, json};
use super::row_plan::BEGUN;
use super::send::{Request, remember, remember_change, remember_gone};
use super::session::{ScheduleSession, meeting_lease, payload};
use super::wanted_meeting::Create;
use crate::clock::Timestamp;
use crate::engine::{Decision, Trouble};
use crate::jobs::AT_ONCE;
use crate::model::{Invitees, JobPayload, MeetingChange, MeetingId, Numbers, OpenItem, Part, Remember, Status, UserId};

pub(super) async fn decide(session: &ScheduleSession, items: &[OpenItem]) -> Result<Vec<Decision>, Trouble> {
    let payloads: Vec<_> = items.iter().map(payload).collect();
    // One list of a user's meetings serves all rows of theirs, so the lists come first, each once; or everybody's.
    let now = session.tools.clock.now();
    let mut users = BTreeMap::<_, bool>::new();
    for action in payloads.iter().flatten().map(|payload| &payload.action) {
        if let Some(user) = action.listed_user() {
            *users.entry(user).or_default() |=
                is_soon(action.must_be_listed().then(|| action.listed_start()).flatten(), now);
        }
    }
    session.overview(&users.keys().copied().collect::<Vec<_>>()).await?;
    let (listed, before) = (users.len() as u64, session.sending.sent());
    let lists: Vec<_> = users.into_iter().map(|(user, soon)| list_stages(session, user, soon).boxed()).collect();
    let mut lists = stream::iter(lists).buffer_unordered(AT_ONCE);
    while let Some(read) = lists.next().await {
        // If the server refuses a user's list, each row of that user is told so below.
        let _ = read?;
    }
    session.lists_read(listed, before);
    // By the time after the lists were read, which may be long ago: what has begun meanwhile is looked for once more.
    let now = session.tools.clock.now();
    let mut asking = Vec::new();
    let mut at_once = Vec::with_capacity(items.len());
    for (item, payload) in items.iter().zip(&payloads) {
        let decided = payload.as_ref().and_then(|payload| decide_at_once(session, item, payload, now));
        if decided.is_none() {
            asking.push(decide_one(session, item, payload.as_deref()).boxed());
        }
        at_once.push(decided);
    }
    let mut asked = stream::iter(asking).buffered(AT_ONCE);
    let mut decisions = Vec::with_capacity(items.len());
    for decided in at_once {
        match decided {
            Some(decided) => decisions.push(decided?),
            // As many wait for an answer as are left open here.
            None => decisions.extend(asked.next().await.transpose()?),
        }
    }
    Ok(decisions)
}

/// Decides an item that needs no question to the server or the journal, now that the lists are read.
fn decide_at_once(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    now: Timestamp,
) -> Option<Result<Decision, Trouble>> {
    let PlannedAction::Create(create) = &payload.action else { return None };
    match session.notebook.is_listed(&create.user, is_soon(Some(create.draft.start), now)) {
        Ok(true) => match session.notebook.made_already(create) {
            Ok((_, others)) if !others.is_empty() => None,
            Ok((same, _)) => Some(Ok(create_or_exists(session, item, payload, create, same))),
            Err(error) => Some(Err(scratch(error))),
        },
        Ok(false) => None,
        Err(error) => Some(Err(scratch(error))),
    }
}

async fn decide_one(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: Option<&RowPayload>,
) -> Result<Decision, Trouble> {
    let Some(payload) = payload else {
        return Ok(done(Status::Failed, "this item was journaled by a later version of roomkeeper"));
    };
    match &payload.action {
        PlannedAction::Nothing => Ok(done(Status::Unchanged, "")),
        PlannedAction::Create(create) => decide_create(session, item, payload, create).await,
        PlannedAction::Theirs { meeting, create } => decide_theirs(session, item, payload, meeting, create).await,
        PlannedAction::Keep { meeting, user, again, .. } => {
            decide_keep(session, item, payload, meeting, user.as_ref(), again.as_ref()).await
        }
        PlannedAction::Change { target, was, change, again } => {
            decide_change(session, item, payload, (target, was), change, again.as_ref()).await
        }
        PlannedAction::Cancel { target, was, .. } => decide_cancel(session, item, payload, target, was).await,
    }
}

async fn decide_keep(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    user: Option<&UserId>,
    again: Option<&Create>,
) -> Result<Decision, Trouble> {
    // One list of the user's serves all rows of theirs; where the meeting is not on it, the server is asked for it alone.
    if let Some(user) = user
        && list(session, user, None).await?.is_ok()
        && let Some(noted) = session.notebook.meeting(meeting).map_err(scratch)?
    {
        return Ok(unchanged(&result_of(&noted), None));
    }
    match read(session, meeting).await? {
        Ok(found) => Ok(unchanged(&ItemResult::of(&found), None)),
        Err(Missing::Gone) => missing(session, item, payload, meeting, again).await,
        Err(Missing::Refused(decision)) => Ok(*decision),
    }
}

async fn decide_change(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    (target, was): (&Target, &Remembered),
    change: &MeetingChange,
    again: Option<&Create>,
) -> Result<Decision, Trouble> {
    let mut change = change.clone();
    if was.invited == Some(false) && change.invitees.as_ref().is_some_and(Invitees::is_empty) {
        // It never had any.
        change.invitees = None;
    }
    let found = match find(session, item, target, was, Some(&change)).await? {
        Ok(found) => found,
        Err(Missing::Refused(decision)) => return Ok(*decision),
        Err(Missing::Gone) => match target {
            Target::Meeting(meeting) => return missing(session, item, payload, meeting, again).await,
            Target::Named(_) => return Ok(done(Status::Invalid, NO_SUCH_ID)),
            Target::Key { .. } => return Ok(done(Status::Invalid, NONE_SUCH)),
        },
    };
    let FoundMeeting { mut noted, invitees } = found;
    if has_begun(session, &noted) {
        return Ok(done(Status::Invalid, BEGUN));
    }
    if change.invitees.as_ref().is_some_and(Invitees::is_empty) && invitees.as_ref().is_none_or(Invitees::is_empty) {
        change.invitees = None;
    }
    let wanted = wanted(&change);
    if noted.timezone_id.is_none() && change.timezone_id.is_some() {
        let listed = listed(session, &noted).await?;
        let is_number = listed.as_ref().is_some_and(|listed| listed.numbers.has(Part::Zone));
        noted.numbers = noted.numbers.with(Part::Zone, is_number);
        noted.timezone_id = listed.and_then(|listed| listed.timezone_id);
    }
    let differing = differences(&wanted, &noted);
    let told = differing.iter().map(|field| (field.name.to_owned(), field.is.clone(), field.wanted.clone())).collect();
    if differing.is_empty() && !invites_differ(&change, invitees.as_ref(), &noted) {
        let remember = remember_change(item, payload, &noted.meeting_id, Some(&noted));
        // The server has it so already: by an earlier request of this job, or by a person's hand.
        let status = if item.life.attempts > 0 { Status::Updated } else { Status::Unchanged };
        return Ok(finished(status, &result_of(&noted), remember));
    }
    let before = Before {
        meeting: Some(noted.meeting_id.clone()),
        fields: Some(super::diff::as_it_is(&change, &noted)),
        ..Before::default()
    };
    Ok(Decision::Send {
        target: meeting_lease(&noted.meeting_id),
        request: JobPayload::of(Request::Edit { meeting: noted.meeting_id, user: noted.user_id, change }),
        before: Some(json(&before)),
        would: Status::Updated,
        changes: told,
    })
}

async fn decide_cancel(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    target: &Target,
    was: &Remembered,
) -> Result<Decision, Trouble> {
    let FoundMeeting { noted, .. } = match find(session, item, target, was, None).await? {
        Ok(found) => found,
        Err(Missing::Refused(decision)) => return Ok(*decision),
        Err(Missing::Gone) => {
            return Ok(match target {
                Target::Named(meeting) if item.life.attempts == 0 && !session.is_ours(meeting).await? => {
                    no_such_meeting(meeting)
                }
                Target::Meeting(meeting) | Target::Named(meeting) => {
                    let status = if item.life.attempts > 0 { Status::Cancelled } else { Status::Unchanged };
                    finished(status, &ItemResult::of_id(meeting), Some(remember_gone(item, payload, meeting)))
                }
                Target::Key { .. } => done(Status::Invalid, NONE_SUCH),
            });
        }
    };
    if has_begun(session, &noted) {
        return Ok(done(Status::Invalid, BEGUN));
    }
    let before = Before { meeting: Some(noted.meeting_id.clone()), ..Before::default() };
    Ok(Decision::Send {
        target: meeting_lease(&noted.meeting_id),
        request: JobPayload::of(Request::Cancel { meeting: noted.meeting_id, user: noted.user_id }),
        before: Some(json(&before)),
        would: Status::Cancelled,
        changes: Vec::new(),
    })
}

/// Decides that there is nothing to cancel, by an id that no run of this job knows: most often a slip of the pen,
/// and the meeting that was meant is there still.
fn no_such_meeting(meeting: &MeetingId) -> Decision {
    let words =
        "no such meeting was found: the server has none with this meeting_id, and no run made one. Check the id";
    let result = ItemResult { warning: Some(words.to_owned()), ..ItemResult::of_id(meeting) };
    Decision::Done {
        status: Status::Unchanged,
        code: None,
        error: Some(words.to_owned()),
        result: Some(json(&result)),
        remember: None,
    }
}

/// Returns a meeting as the list tells it, with the id of the zone that it is shown in, which the meeting by itself does
/// not tell.
async fn listed(session: &ScheduleSession, meeting: &Noted) -> Result<Option<Noted>, Trouble> {
    let Some(user) = &meeting.user_id else { return Ok(None) };
    if list(session, user, None).await?.is_err() {
        return Ok(None);
    }
    session.notebook.meeting(&meeting.meeting_id).map_err(scratch)
}

/// Decides on a meeting that was made before, and is no longer on the server.
async fn missing(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    again: Option<&Create>,
) -> Result<Decision, Trouble> {
    if let Some(create) = again {
        if create.draft.start > session.tools.clock.now() {
            return decide_create(session, item, payload, create).await;
        }
        let facts = Facts {
            user: Some(create.user.clone()),
            room_name: create.draft.room_name.clone(),
            start: create.draft.start,
            duration_min: create.draft.duration_min,
            theirs: false,
            numbers: Numbers::default(),
            invited: None,
        };
        return Ok(unchanged(&ItemResult::of_id(meeting), remember(item, meeting, payload.content, &facts)));
    }
    Ok(Decision::Done {
        status: Status::Failed,
        code: None,
        error: Some(DELETED.to_owned()),
        result: Some(json(&ItemResult::of_id(meeting))),
        remember: None,
    })
}

const DELETED: &str = "the meeting was deleted on the server. A row that schedules makes it again where on_missing = \"create\", or under another ref";
const NO_SUCH_ID: &str = "the server has no meeting with this meeting_id";
const NONE_SUCH: &str = "the user has no coming meeting with this title, start and duration";

fn has_begun(session: &ScheduleSession, meeting: &Noted) -> bool {
    meeting.start.is_some_and(|start| start <= session.tools.clock.now())
}

fn invites_differ(change: &MeetingChange, invitees: Option<&Invitees>, noted: &Noted) -> bool {
    match (&change.invitees, invitees) {
        (Some(wanted), Some(are)) => !wanted.is_kept_as(are, noted.numbers),
        (Some(_), None) | (None, _) => false,
    }
}

fn unchanged(result: &ItemResult, remember: Option<Remember>) -> Decision {
    finished(Status::Unchanged, result, remember)
}

fn finished(status: Status, result: &ItemResult, remember: Option<Remember>) -> Decision {
    Decision::Done { status, code: None, error: None, result: Some(json(result)), remember }
}
