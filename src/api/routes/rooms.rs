//! Calls the routes of permanent rooms (reference: Get Permanent Room Info, Update Permanent Room Info, Reset Permanent Room
//! PINs).

use reqwest::{Method, Url};

use crate::api::addresses::Spelling;
use crate::api::client::{Client, json};
use crate::api::transport::{MOST, Outgoing};
use crate::api::wire::{self, Body, Lacking};
use crate::api::{Disposition, Failure, Reply};
use crate::model::kept::is_told_id;
use crate::model::{Part, PinSelection, Room, RoomChange, RoomId, UserId};

impl Client {
    /// Fetches the permanent room of the credentials' own user (reference: Get Permanent Room Info). No room is a failure that
    /// [`is_absence`](Failure::is_absence).
    pub async fn own_room(&self) -> Result<Reply<Room>, Failure> {
        self.permanent_room(None).await
    }

    /// Fetches the permanent room of a user (reference: Get Permanent Room Info). No room is a failure that
    /// [`is_absence`](Failure::is_absence).
    pub async fn room_of(&self, user: &UserId) -> Result<Reply<Room>, Failure> {
        self.permanent_room(Some(user)).await
    }

    /// Changes a permanent room (reference: Update Permanent Room Info). The room as it is then, where the reply tells it.
    pub async fn update_room(&self, room: &RoomId, change: &RoomChange) -> Result<Reply<Option<Room>>, Failure> {
        // Its fields are the reference's own, by name.
        let out = Outgoing::new(Method::PATCH, self.core.addresses.room(room)?).json(json(change)?);
        self.write(out, |body| same_room(body, room)).await
    }

    /// Makes new PINs for a permanent room (reference: Reset Permanent Room PINs). The room with its PINs; a reply without them
    /// leaves them `None`.
    pub async fn reset_pins(&self, room: &RoomId, pins: PinSelection) -> Result<Reply<Room>, Failure> {
        let out = Outgoing::new(Method::PATCH, self.core.addresses.room(room)?)
            .action("reset-pins")
            .json(json(&wire::reset(pins))?);
        self.write(out, |body| same_room(body, room)?.ok_or(Lacking("names no room"))).await
    }

    /// The reference spells this route with `meeting` and its neighbours with `meetings`: where the first is not there,
    /// the second is tried, once, and the one that answers is kept.
    async fn permanent_room(&self, user: Option<&UserId>) -> Result<Reply<Room>, Failure> {
        let address = |spelling| self.core.addresses.room_of(spelling, user);
        if let Some(spelling) = self.core.spelling.get() {
            return self.read_room(address(*spelling)?).await;
        }
        let singular = self.read_room(address(Spelling::Meeting)?).await;
        match &singular {
            Err(failure) if is_route_missing(failure) => {
                let plural = self.read_room(address(Spelling::Meetings)?).await;
                match &plural {
                    Err(failure) if is_route_missing(failure) => return singular,
                    // "No such meeting" would be the answer of a server that takes `permanent` for a meeting's id.
                    Err(_) => {}
                    Ok(_) => self.keep(Spelling::Meetings),
                }
                return plural;
            }
            Err(failure) if !failure.is_absence() => {}
            Ok(_) | Err(_) => self.keep(Spelling::Meeting),
        }
        singular
    }

    async fn read_room(&self, url: Url) -> Result<Reply<Room>, Failure> {
        self.read(url, MOST, |body| body.room().ok_or(Lacking("names no room"))).await
    }

    fn keep(&self, spelling: Spelling) {
        // Another call may have found out meanwhile: then it found the same.
        let _ = self.core.spelling.set(spelling);
    }
}

fn is_route_missing(failure: &Failure) -> bool {
    failure.disposition == Disposition::RouteMissing && failure.attempt.http == Some(404)
}

/// Returns the room of a reply, if it tells one; another than was asked for is no reply to this request.
fn same_room(body: &Body<'_>, asked: &RoomId) -> Result<Option<Room>, Lacking> {
    let room = body.room();
    if room.as_ref().is_some_and(|room| !is_told_id(room.room_id.as_str(), asked.as_str(), room.numbers.has(Part::Id)))
    {
        return Err(Lacking("speaks of another room"));
    }
    Ok(room)
}
