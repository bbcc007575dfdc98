//! Answers the calls on permanent rooms: Get Permanent Room Info, Update Permanent Room Info, Reset Permanent Room PINs.

use super::draft::RoomDraft;
use super::wire::{Framed, RoomView};
use super::{Asked, Done, Refusal};
use crate::sandbox::effect::{Effect, EffectKind};
use crate::sandbox::world::{AppType, UserNo, World};

/// Answers Get Permanent Room Info.
pub fn get(world: &World, user: UserNo, asked: &Asked<'_>) -> Done {
    Done::read(&framed(world, user, asked, None, None))
}

/// Answers Update Permanent Room Info.
pub fn update(world: &mut World, room_id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let user = world.user_by_room(room_id).ok_or(Refusal::absent())?;
    RoomDraft::read(&asked.fields()?)?.apply_to(world.room_mut(user));
    let effect = asked.room_effect(EffectKind::RoomUpdated, &world.user(user).room, &world.user(user).id);
    let msg = "permanent Room information has been updated";
    Ok(Done::changed(&framed(world, user, asked, Some(msg), None), effect))
}

/// Answers Reset Permanent Room PINs.
pub fn reset_pins(world: &mut World, room_id: &str, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let user = world.user_by_room(room_id).ok_or(Refusal::absent())?;
    let fields = asked.fields()?;
    let moderators = fields.flag("reset_mpin", 1901)?.unwrap_or(false);
    let participants = fields.flag("reset_ppin", 1902)?.unwrap_or(false);
    if !moderators && !participants {
        return Err(Refusal::invalid(1903, "reset_mpin"));
    }
    let mpin = moderators.then(|| world.new_pin());
    let ppin = participants.then(|| world.new_pin());
    let room = world.room_mut(user);
    if let Some(pin) = &mpin {
        room.mpin.clone_from(pin);
    }
    if let Some(pin) = &ppin {
        room.ppin.clone_from(pin);
    }
    let effect =
        Effect { mpin, ppin, ..asked.room_effect(EffectKind::PinsReset, &world.user(user).room, &world.user(user).id) };
    Ok(Done::changed(&framed(world, user, asked, Some("Access PIN has been updated"), Some(asked.app)), effect))
}

fn framed<'a>(
    world: &'a World,
    user: UserNo,
    asked: &Asked<'_>,
    msg: Option<&'a str>,
    app: Option<AppType>,
) -> Framed<'a, RoomView<'a>> {
    let user = world.user(user);
    let value = RoomView { room: &user.room, user_id: &user.id, app, turn: asked.turn };
    Framed { turn: asked.turn, msg, key: "permanent_room", value }
}
