//! Builds the bodies that are sent, with the keys of the request tables (reference: Schedule Meeting, Edit Meeting, Reset
//! Permanent Room PINs). They borrow: a timetable of 20,000 rows goes through here.

use serde::{Serialize, Serializer};

use crate::clock::Timestamp;
use crate::model::{Invitees, MeetingChange, MeetingDraft, PinSelection, UserId};

#[derive(Serialize)]
struct MeetingBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    desc: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_api_form")]
    start_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moderators: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_for_moderator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knock: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_recording: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_mail: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitees: Option<InviteesBody<'a>>,
}

#[derive(Serialize)]
struct InviteesBody<'a> {
    contact_ids: &'a [String],
    group_ids: &'a [String],
    emails: &'a [String],
}

/// Returns the body of Schedule Meeting. A blank description is left out, and so are invitees where there are none.
pub(in crate::api) fn draft(draft: &MeetingDraft) -> impl Serialize {
    MeetingBody {
        user_id: draft.user_id.as_ref().map(UserId::as_str),
        room_name: Some(&draft.room_name),
        desc: draft.desc.as_deref().filter(|desc| !desc.trim().is_empty()),
        start_time: Some(draft.start),
        timezone_id: Some(&draft.timezone_id),
        duration: Some(draft.duration_min),
        moderators: Some(draft.moderators),
        participants: Some(draft.participants),
        wait_for_moderator: draft.wait_for_moderator,
        knock: draft.knock,
        auto_recording: draft.auto_recording,
        send_mail: draft.send_mail,
        invitees: Some(&draft.invitees).filter(|invitees| !invitees.is_empty()).map(invitees),
    }
}

/// Returns the body of Edit Meeting: only what changes. Invitees replace the list, so that empty ones are sent.
pub(in crate::api) fn change(change: &MeetingChange) -> impl Serialize {
    MeetingBody {
        user_id: None,
        room_name: change.room_name.as_deref(),
        desc: change.desc.as_deref(),
        start_time: change.start,
        timezone_id: change.timezone_id.as_deref(),
        duration: change.duration_min,
        moderators: change.moderators,
        participants: change.participants,
        wait_for_moderator: change.wait_for_moderator,
        knock: change.knock,
        auto_recording: change.auto_recording,
        send_mail: change.send_mail,
        invitees: change.invitees.as_ref().map(invitees),
    }
}

/// Returns the body of Reset Permanent Room PINs. Both keys, for error 1903 says that both are required.
pub(in crate::api) fn reset(pins: PinSelection) -> impl Serialize {
    #[derive(Serialize)]
    struct ResetBody {
        reset_mpin: bool,
        reset_ppin: bool,
    }
    ResetBody { reset_mpin: pins.moderator, reset_ppin: pins.participant }
}

fn invitees(invitees: &Invitees) -> InviteesBody<'_> {
    InviteesBody { contact_ids: &invitees.contact_ids, group_ids: &invitees.group_ids, emails: &invitees.emails }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn in_api_form<S: Serializer>(start: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match start {
        Some(start) => to.serialize_str(&start.to_api()),
        None => to.serialize_none(),
    }
}
