//! Decides whether a meeting is to be made: not where the server has it already, be it of another length, and made
//! by a person or by another job.

use super::decision::result_of;
use super::diff::{differences, user_difference, wanted};
use super::facts::Facts;
use super::find::{Missing, list, read};
use super::notebook::scratch;
use super::noted::Noted;
use super::planned_action::{Before, ItemResult, RowPayload, json};
use super::send::{Request, remember};
use super::session::ScheduleSession;
use super::wanted_meeting::Create;
use crate::engine::{Decision, Trouble};
use crate::model::{JobPayload, MeetingChange, MeetingId, OpenItem, Status};

/// Decides by the list of the user's meetings.
pub(super) async fn decide_create(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    create: &Create,
) -> Result<Decision, Trouble> {
    if let Err(refused) = list(session, &create.user, Some(create.draft.start)).await? {
        return Ok(*refused);
    }
    let (same, others) = session.notebook.made_already(create).map_err(scratch)?;
    if same.is_empty() && !session.settings.create_existing {
        for other in others.iter().filter(|other| !other.ours) {
            if !session.is_of_this_job(&other.meeting_id).await? {
                return Ok(exists(item, payload, other, create));
            }
        }
    }
    Ok(create_or_exists(session, item, payload, create, same))
}

/// Decides by the meeting that stood in the row's place before, as long as it is there.
pub(super) async fn decide_theirs(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    meeting: &MeetingId,
    create: &Create,
) -> Result<Decision, Trouble> {
    // A meeting that was sent once is looked for by its content.
    if session.settings.create_existing || item.life.attempts > 0 {
        return decide_create(session, item, payload, create).await;
    }
    if list(session, &create.user, Some(create.draft.start)).await?.is_ok()
        && let Some(noted) = session.notebook.meeting(meeting).map_err(scratch)?
    {
        return Ok(exists(item, payload, &noted, create));
    }
    match read(session, meeting).await? {
        Ok(found) => Ok(exists(item, payload, &Noted::of(&found), create)),
        Err(Missing::Gone) => decide_create(session, item, payload, create).await,
        Err(Missing::Refused(decision)) => Ok(*decision),
    }
}

/// Decides by those of the user's meetings, all of which were read, that have the same title, start and length.
pub(super) fn create_or_exists(
    session: &ScheduleSession,
    item: &OpenItem,
    payload: &RowPayload,
    create: &Create,
    same: Vec<Noted>,
) -> Decision {
    if let Some(noted) = same.first().filter(|_| !session.settings.create_existing) {
        return exists(item, payload, noted, create);
    }
    if session.run.is_dry() {
        return Decision::unsent(Status::Created);
    }
    let before = Before { matched: same.into_iter().map(|noted| noted.meeting_id).collect(), ..Before::default() };
    Decision::Send {
        request: JobPayload::of(Request::Schedule(create.clone())),
        before: Some(json(&before)),
        target: create.lease().to_owned(),
        would: Status::Created,
        changes: Vec::new(),
    }
}

const EXISTS: &str = "the server has this meeting already, and it was not made from this row";

/// Decides on a meeting that the server has, and that was not made from this row. A row with a ref is remembered with it,
/// so that it makes no second one when it comes again with other cells.
fn exists(item: &OpenItem, payload: &RowPayload, noted: &Noted, create: &Create) -> Decision {
    let draft = &create.draft;
    let change = MeetingChange {
        room_name: Some(draft.room_name.clone()),
        start: Some(draft.start),
        duration_min: Some(draft.duration_min),
        desc: draft.desc.clone(),
        moderators: Some(draft.moderators),
        participants: Some(draft.participants),
        wait_for_moderator: draft.wait_for_moderator,
        knock: draft.knock,
        auto_recording: draft.auto_recording,
        ..MeetingChange::default()
    };
    // A ref stays with its meeting also where its row names another user now.
    let differing = user_difference(&create.user, noted).into_iter().chain(differences(&wanted(&change), noted));
    let fields: Vec<_> = differing.map(|field| field.in_words()).collect();
    let differs = (!fields.is_empty()).then(|| format!("{EXISTS}; it differs in {}", fields.join(", ")));
    let words = differs.clone().unwrap_or_else(|| EXISTS.to_owned());
    let facts = Facts {
        user: noted.user_id.clone().or_else(|| Some(create.user.clone())),
        room_name: noted.room_name.clone(),
        start: noted.start.unwrap_or(draft.start),
        duration_min: noted.duration_min.unwrap_or(draft.duration_min),
        theirs: true,
        numbers: noted.numbers,
        invited: None,
    };
    let has_ref = item.identity.as_deref().is_some_and(|identity| identity.starts_with("ref:"));
    let remember = if has_ref { remember(item, &noted.meeting_id, payload.content, &facts) } else { None };
    Decision::Done {
        status: Status::Exists,
        code: None,
        error: Some(words),
        result: Some(json(&ItemResult { note: differs, ..result_of(noted) })),
        remember,
    }
}
