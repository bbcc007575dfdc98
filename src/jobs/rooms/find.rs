//! Finds a room on the server. The API tells a room only by its owner. Where only the room's id is known, it is asked for with an
//! Update Permanent Room of no field, which changes nothing and whose reply tells the room with its owner (reference: "All data
//! fields are optional while updating"); from then on, and in later runs, the room is read by its owner.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::item::RoomAddress;
use super::owners::Owners;
use super::row::Which;
use crate::api::{Client, Disposition, Failure};
use crate::engine::Trouble;
use crate::jobs::failure::trouble;
use crate::model::kept::is_told_id;
use crate::model::{Code, OpenItem, Part, Room, RoomChange, RoomId, UserId};

/// The number of times that a room is asked for by its id.
const TRIES: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);
/// The time for which a reading of the plan serves.
const SERVES: Duration = Duration::from_mins(2);
/// Rooms that are kept at most. Those beyond are read again.
const MOST_KEPT: usize = 4096;

/// The reason why there is no such room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::jobs) enum Missing {
    /// The row does not say which, or contradicts the server.
    Wrong(String),
    /// The server has none.
    Gone(String),
    /// The server will not tell it.
    Refused(Option<Code>, String),
}

impl Missing {
    /// Returns the reason in words.
    pub(in crate::jobs) fn words(&self) -> &str {
        match self {
            Self::Wrong(words) | Self::Gone(words) | Self::Refused(_, words) => words,
        }
    }
}

/// Finds the rooms of one run.
pub(in crate::jobs) struct Finder {
    client: Client,
    /// True when nothing may be sent that might be taken for a change.
    only_reads: bool,
    owners: Owners,
    own: OnceCell<Option<Room>>,
    recent: Recent,
    /// Rooms that the plan is to change.
    changes: AtomicU64,
}

impl Finder {
    pub(in crate::jobs) fn new(client: Client, only_reads: bool, owners: Owners) -> Self {
        Self { client, only_reads, owners, own: OnceCell::new(), recent: Recent::default(), changes: AtomicU64::new(0) }
    }

    /// Begins a plan anew.
    pub(super) fn begin_plan(&self) {
        self.changes.store(0, Ordering::Relaxed);
    }

    /// Returns the requests that were sent, and the rooms that the plan is to change.
    pub(in crate::jobs) fn planned(&self) -> (u64, u64) {
        (self.client.sent(), self.changes.load(Ordering::Relaxed))
    }

    /// Keeps a room that is to be changed for the first attempt on it.
    pub(super) fn keep(&self, place: &RoomAddress, room: &Room) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        self.recent.keep(&place.room, room);
    }

    /// Returns the room as the plan read it, if that was within two minutes and nothing was sent to it since.
    pub(in crate::jobs) fn recent(&self, place: &RoomAddress, item: &OpenItem) -> Option<Room> {
        self.recent.take(&place.room).filter(|_| item.life.attempts == 0)
    }

    /// Returns the room that is meant, as the server has it now.
    pub(super) async fn find(&self, which: &Which) -> Result<Result<(RoomAddress, Room), Missing>, Trouble> {
        match which {
            Which::Nowhere => Ok(Err(Missing::Wrong("the row names no room: fill in user_id or room_id".to_owned()))),
            Which::Own => self.by_owner(None, None).await,
            Which::OfUser { user, room } => self.by_owner(Some(user), room.as_ref()).await,
            Which::Room(room) => self.by_id(room).await,
        }
    }

    async fn by_owner(
        &self,
        user: Option<&UserId>,
        expected: Option<&RoomId>,
    ) -> Result<Result<(RoomAddress, Room), Missing>, Trouble> {
        let reply = match user {
            Some(user) => self.client.room_of(user).await,
            None => self.client.own_room().await,
        };
        let whose = user.map_or_else(|| "the credentials' own user".to_owned(), |user| format!("user {user}"));
        let room = match reply {
            Ok(reply) => reply.value,
            Err(failure) => return missing(&failure, &format!("{whose} has no permanent room on the server"), &whose),
        };
        if let Some(expected) = expected
            .filter(|expected| !is_told_id(room.room_id.as_str(), expected.as_str(), room.numbers.has(Part::Id)))
        {
            let words = format!("the permanent room of {whose} is {}, and not {expected}", room.room_id);
            return Ok(Err(Missing::Wrong(words)));
        }
        // Of an id that was told as a number, the list has the zeros in front.
        let id = expected.filter(|expected| expected.as_str().len() > room.room_id.as_str().len());
        Ok(Ok((RoomAddress { user: user.cloned(), room: id.unwrap_or(&room.room_id).clone() }, room)))
    }

    async fn by_id(&self, room: &RoomId) -> Result<Result<(RoomAddress, Room), Missing>, Trouble> {
        if let Some(own) =
            self.own().await?.filter(|own| is_told_id(own.room_id.as_str(), room.as_str(), own.numbers.has(Part::Id)))
        {
            return Ok(Ok((RoomAddress { user: None, room: room.clone() }, own.clone())));
        }
        if let Some(user) = self.owners.of(room).await
            && let Ok(found) = self.by_owner(Some(&user), Some(room)).await?
        {
            return Ok(Ok(found));
        }
        if self.only_reads {
            let words = "a room can be read only by its owner, and whose it is would be asked with the first change: \
                         a dry run needs a user_id";
            return Ok(Err(Missing::Refused(None, words.to_owned())));
        }
        let mut tries = 1;
        let told = loop {
            match self.client.update_room(room, &RoomChange::default()).await {
                Err(failure)
                    if matches!(failure.disposition, Disposition::Ambiguous | Disposition::Unavailable)
                        && tries < TRIES =>
                {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(reply) => break reply.value,
                Err(failure) => {
                    return missing(&failure, &format!("the server has no room {room}"), &format!("room {room}"));
                }
            }
        };
        let known =
            told.and_then(|told| Some((RoomAddress { user: Some(told.user_id.clone()?), room: room.clone() }, told)));
        Ok(known.ok_or_else(|| {
            Missing::Refused(None, format!("the server does not tell whose room {room} is: name its user_id"))
        }))
    }

    async fn own(&self) -> Result<Option<&Room>, Trouble> {
        let own = self.own.get_or_try_init(|| async {
            match self.client.own_room().await {
                Ok(reply) => Ok(Some(reply.value)),
                Err(failure) if failure.disposition == Disposition::Final => Ok(None),
                Err(failure) => Err(trouble(&failure, "the own permanent room")),
            }
        });
        Ok(own.await?.as_ref())
    }
}

/// Returns the room of a place as it is now. One that is another by now is told as gone.
pub(in crate::jobs) async fn read(client: &Client, place: &RoomAddress) -> Result<Result<Room, Missing>, Failure> {
    let reply = match &place.user {
        Some(user) => client.room_of(user).await,
        None => client.own_room().await,
    };
    match reply {
        Ok(reply)
            if is_told_id(reply.value.room_id.as_str(), place.room.as_str(), reply.value.numbers.has(Part::Id)) =>
        {
            Ok(Ok(reply.value))
        }
        Ok(reply) => Ok(Err(Missing::Gone(format!(
            "the user's permanent room is {} now, and was {}",
            reply.value.room_id, place.room
        )))),
        Err(failure) if failure.is_absence() => Ok(Err(Missing::Gone("the room is gone from the server".to_owned()))),
        Err(failure) if failure.disposition == Disposition::Final => {
            Ok(Err(Missing::Refused(failure.attempt.code, failure.words)))
        }
        Err(failure) => Err(failure),
    }
}

fn missing<T>(failure: &Failure, gone: &str, what: &str) -> Result<Result<T, Missing>, Trouble> {
    if failure.is_absence() {
        return Ok(Err(Missing::Gone(gone.to_owned())));
    }
    if failure.disposition == Disposition::Final {
        return Ok(Err(Missing::Refused(failure.attempt.code, failure.words.clone())));
    }
    Err(trouble(failure, &format!("the permanent room of {what}")))
}

/// The rooms that the plan read, so that the first attempt on each needs no second reading.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<HashMap<RoomId, (Instant, Room)>>);

impl Recent {
    /// Keeps a room as it was read now.
    pub(super) fn keep(&self, id: &RoomId, room: &Room) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (read, _)| read.elapsed() < SERVES);
        }
        if kept.len() < MOST_KEPT {
            kept.insert(id.clone(), (Instant::now(), room.clone()));
        }
    }

    /// Returns a room that was read within two minutes, once: the next request reads it anew.
    pub(super) fn take(&self, id: &RoomId) -> Option<Room> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        kept.filter(|(read, _)| read.elapsed() < SERVES).map(|(_, room)| room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Numbers, Pins};

    fn room(id: &str) -> (RoomId, Room) {
        let id = RoomId::new(id).unwrap();
        let room = Room {
            room_id: id.clone(),
            user_id: None,
            room_name: "Lab".to_owned(),
            desc: None,
            pins: Pins::default(),
            direct_url: None,
            moderators: None,
            participants: None,
            wait_for_moderator: None,
            knock: None,
            auto_recording: None,
            numbers: Numbers::default(),
        };
        (id, room)
    }

    #[tokio::test(start_paused = true)]
    async fn a_room_serves_once_and_for_two_minutes() {
        let recent = Recent::default();
        let (id, room) = room("r1");
        recent.keep(&id, &room);
        assert_eq!((recent.take(&id).is_some(), recent.take(&id).is_some()), (true, false));
        recent.keep(&id, &room);
        tokio::time::advance(SERVES).await;
        assert!(recent.take(&id).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_rooms_are_kept_than_fit() {
        let recent = Recent::default();
        for n in 0..=MOST_KEPT {
            let (id, room) = room(&format!("r{n}"));
            recent.keep(&id, &room);
        }
        assert_eq!(recent.0.lock().unwrap().len(), MOST_KEPT);
        tokio::time::advance(SERVES).await;
        let (id, room) = room("late");
        recent.keep(&id, &room);
        assert!(recent.take(&id).is_some());
    }
}
