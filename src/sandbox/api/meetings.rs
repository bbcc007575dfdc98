//! Answers the calls on meetings: Schedule, Edit, Get, List, Cancel; and the time zones that scheduling needs.

use hyper::StatusCode;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::draft::MeetingDraft;
use super::fields::Presence;
use super::query::Given;
use super::refusal::REQUEST_NOT_VALID;
use super::slips::{ResultCode, Turn};
use super::wire::{Framed, MeetingBrief, MeetingView, Shape, ZoneView};
use super::{Asked, Done, Refusal};
use crate::sandbox::clock::Second;
use crate::sandbox::effect::{Effect, EffectKind};
use crate::sandbox::faults::{Ids, Lists};
use crate::sandbox::world::{Details, Invitees, MeetingNo, Query, Search, Stage, World};

/// Answers Schedule Meeting.
pub fn schedule(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let fields = asked.fields()?;
    // The table has no code for a user of another account.
    let not_ours = Refusal::whole(REQUEST_NOT_VALID, StatusCode::NOT_ACCEPTABLE);
    let user = match fields.id("user_id", REQUEST_NOT_VALID)? {
        None => world.owner(),
        Some(id) => world.user_by_id(&id).ok_or(not_ours)?,
    };
    let draft = MeetingDraft::read(&fields, Presence::Required, asked.now(), &world.zones)?;
    let send_mail = draft.send_mail;
    let mut details = draft.applied_to(blank());
    details.start.0 += i64::from(asked.habits.later_by) * 60;
    if let Some(most) = asked.habits.cut_titles {
        details.room_name = details.room_name.chars().take(most).collect();
    }
    details.duration = details.duration.next_multiple_of(asked.habits.lengths_of.max(1));
    let number = world.schedule(user, asked.app, details);
    let shape = Shape::Scheduled;
    let effect = effect(world, EffectKind::MeetingCreated, number, asked);
    let reply = framed(world, number, asked, shape, Some("Meeting has been scheduled"));
    let done = Done::changed(&reply, Effect { send_mail: Some(send_mail), ..effect });
    Ok(Done { body: asked.habits.place_id(done.body), ..done })
}

/// Answers Edit Meeting Information.
pub fn edit(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = changeable(world, id, asked.now())?;
    let draft = MeetingDraft::read(&asked.fields()?, Presence::Optional, asked.now(), &world.zones)?;
    let send_mail = draft.send_mail;
    let before = world.meeting(number).details.clone();
    let began = before.start;
    let mut details = draft.applied_to(before);
    if details.start != began {
        details.start.0 += i64::from(asked.habits.later_by) * 60;
    }
    world.edit(number, details);
    let effect = effect(world, EffectKind::MeetingEdited, number, asked);
    let reply = framed(world, number, asked, Shape::Edited, Some("Meeting has been updated"));
    Ok(Done::changed(&reply, Effect { send_mail: Some(send_mail), ..effect }))
}

/// Answers Get Meeting Information.
pub fn get(world: &World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let known = world.meeting_by_id(id).filter(|_| asked.habits.ids == Ids::Known);
    let number = known.ok_or(Refusal::absent())?;
    Ok(Done::read(&framed(world, number, asked, Shape::Got, None)))
}

/// Answers Get List of Meetings.
pub fn list(world: &World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let given = Given::read(asked.query);
    let mut query = given.check(asked.app, asked.lists)?;
    if asked.habits.lists == Lists::Own && query.search.is_none() {
        query.search = Some(Search::User(world.user(world.owner()).id.clone()));
    }
    let shape = Shape::Listed(asked.now());
    let numbers = world.list(&query, asked.now());
    let meetings = numbers.into_iter().enumerate().map(|(at, number)| view(world, number, shape, asked.turn.entry(at)));
    Ok(Done::read(&Listed { turn: asked.turn, given: &given, query: &query, meetings: meetings.collect() }))
}

/// Answers Cancel Meeting.
pub fn cancel(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = changeable(world, id, asked.now())?;
    world.cancel(number);
    let effect = effect(world, EffectKind::MeetingCancelled, number, asked);
    let meeting = world.meeting(number);
    let value = MeetingBrief::new(meeting, &world.user(meeting.user).id, None);
    let msg = "Meeting has been cancelled";
    let mut done = Done::changed(&Framed { turn: asked.turn, msg: Some(msg), key: "event", value }, effect);
    if asked.breaks_cancel && asked.turn.cancel_is_broken() {
        done.body = like_the_sample(&done.body, msg);
    }
    Ok(done)
}

/// Returns the time zones.
pub fn timezones(world: &World, asked: &Asked<'_>) -> Done {
    let value: Vec<ZoneView<'_>> = world.zones.entries().iter().map(ZoneView).collect();
    Done::read(&Framed { turn: asked.turn, msg: None, key: "timezones", value })
}

/// Returns the meeting that an edit or a cancellation is about; one that is over is not active any more.
fn changeable(world: &World, id: &str, now: Second) -> Result<MeetingNo, Refusal> {
    let number = world.meeting_by_id(id).ok_or(Refusal::absent())?;
    let over = Refusal::whole(super::refusal::ROOM_NOT_ACTIVE, StatusCode::NOT_ACCEPTABLE);
    if world.meeting(number).stage(now) == Stage::Past { Err(over) } else { Ok(number) }
}

/// Returns the reference's sample for a cancellation: a full stop where a comma belongs, and the last brace missing.
fn like_the_sample(body: &[u8], msg: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body).replacen(&format!("\"{msg}\","), &format!("\"{msg}\"."), 1);
    text.strip_suffix('}').unwrap_or(&text).as_bytes().to_vec()
}

fn effect(world: &World, kind: EffectKind, number: MeetingNo, asked: &Asked<'_>) -> Effect {
    let meeting = world.meeting(number);
    asked.meeting_effect(kind, meeting, &world.user(meeting.user).id)
}

fn framed<'a>(
    world: &'a World,
    number: MeetingNo,
    asked: &Asked<'_>,
    shape: Shape,
    msg: Option<&'a str>,
) -> Framed<'a, MeetingView<'a>> {
    Framed { turn: asked.turn, msg, key: "meeting", value: view(world, number, shape, asked.turn) }
}

fn view(world: &World, number: MeetingNo, shape: Shape, turn: Turn) -> MeetingView<'_> {
    let meeting = world.meeting(number);
    let zone = world.zones.entry(meeting.details.zone);
    MeetingView { meeting, user_id: &world.user(meeting.user).id, zone, shape, turn }
}

/// Returns the base that a body that schedules is laid over; every required field of it is replaced.
fn blank() -> Details {
    Details {
        room_name: String::new(),
        desc: None,
        start: Second(0),
        zone: 0,
        duration: 0,
        moderators: 0,
        participants: 0,
        wait_for_moderator: false,
        knock: false,
        auto_recording: false,
        invitees: Invitees::default(),
    }
}

struct Listed<'a> {
    turn: Turn,
    given: &'a Given,
    query: &'a Query,
    meetings: Vec<MeetingView<'a>>,
}

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("result", &ResultCode(1, self.turn))?;
        map.serialize_entry("search", &SearchView(self.given, self.query))?;
        map.serialize_entry("meetings", &self.meetings)?;
        map.end()
    }
}

struct SearchView<'a>(&'a Given, &'a Query);

impl Serialize for SearchView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(given, query) = self;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("page", &query.page)?;
        map.serialize_entry("page_length", &query.page_length)?;
        map.serialize_entry("search_by", &given.search_by)?;
        map.serialize_entry("stage", &given.stage)?;
        map.serialize_entry("search_string", &given.search_string)?;
        map.serialize_entry("order_by", &given.order_by)?;
        map.serialize_entry("order_qualify", &given.order_qualify)?;
        map.end()
    }
}
