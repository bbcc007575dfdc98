//! Answers the calls on a meeting's lobby: Get, Add, Update, Delete Meeting Lobby Information.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Asked, Content, Done, Refusal, lobby_form,
    slips::ResultCode,
    wire::{LobbyView, MeetingBrief},
};
use crate::sandbox::{
    effect::{Effect, EffectKind},
    faults::PatchForm,
    world::{MeetingNo, World},
};

/// Answers Get Meeting Lobby Information. The reference does not say what comes where there is none: 404 or empty options, in
/// turn.
pub fn get(world: &World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = world.meeting_by_id(id).ok_or(Refusal::absent())?;
    if world.meeting(number).lobby.is_none() && !asked.turn.no_lobby_is_empty() {
        return Err(Refusal::absent());
    }
    Ok(Done::read(&Reply { world, number, asked, desc: None }))
}

/// Answers Add Meeting Lobby Information.
pub fn add(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = world.meeting_by_id(id).ok_or(Refusal::absent())?;
    put(world, number, EffectKind::LobbyAdded, asked)
}

/// Answers Update Meeting Lobby Information.
pub fn update(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = with_lobby(world, id)?;
    match asked.habits.patch_form {
        PatchForm::Read => put(world, number, EffectKind::LobbyUpdated, asked),
        PatchForm::Ignored => Err(Refusal::invalid(2423, "options")),
        PatchForm::IgnoredInSilence => Ok(Done::read(&Reply { world, number, asked, desc: None })),
    }
}

/// Answers Delete Meeting Lobby Information.
pub fn delete(world: &mut World, id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let number = with_lobby(world, id)?;
    world.set_lobby(number, None);
    let effect = effect(world, EffectKind::LobbyRemoved, number, asked);
    Ok(Done::changed(&Reply { world, number, asked, desc: Some("Lobby is deleted") }, effect))
}

fn put(world: &mut World, number: MeetingNo, kind: EffectKind, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let Content::Form(Some(form)) = asked.content else { return Err(Refusal::invalid(2423, "options")) };
    let form = form.taken_in(asked.habits);
    let lobby = lobby_form::read(&form, &mut world.files, asked.files_url)?;
    world.set_lobby(number, Some(lobby));
    let effect = effect(world, kind, number, asked);
    Ok(Done::changed(&Reply { world, number, asked, desc: None }, effect))
}

fn with_lobby(world: &World, id: &str) -> Result<MeetingNo, Refusal> {
    world.meeting_by_id(id).filter(|&number| world.meeting(number).lobby.is_some()).ok_or(Refusal::absent())
}

fn effect(world: &World, kind: EffectKind, number: MeetingNo, asked: &Asked<'_>) -> Effect {
    let meeting = world.meeting(number);
    Effect { lobby: meeting.lobby.clone(), ..asked.meeting_effect(kind, meeting, &world.user(meeting.user).id) }
}

/// The meeting and its lobby; or, where `desc` says what was done to it, only the meeting.
struct Reply<'a> {
    world: &'a World,
    number: MeetingNo,
    asked: &'a Asked<'a>,
    desc: Option<&'static str>,
}

impl Serialize for Reply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let meeting = self.world.meeting(self.number);
        let turn = self.asked.turn;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("result", &ResultCode(1, turn))?;
        if let Some(desc) = self.desc {
            map.serialize_entry("desc", desc)?;
        }
        let brief = MeetingBrief::new(meeting, &self.world.user(meeting.user).id, Some(meeting.app));
        map.serialize_entry("meeting", &brief)?;
        if self.desc.is_none() {
            map.serialize_entry("lobby", &LobbyView(meeting.lobby.as_ref(), turn))?;
        }
        map.end()
    }
}
