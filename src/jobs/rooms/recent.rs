//! Keeps the rooms that the plan read, so that the first attempt on each needs no second reading.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Room, RoomId};

/// The time for which a reading serves.
const SERVES: Duration = Duration::from_mins(2);
/// Rooms that are kept at most. Those beyond are read again.
const MOST: usize = 4096;

/// The rooms that were read lately.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<HashMap<RoomId, (Instant, Room)>>);

impl Recent {
    /// Keeps a room as it was read now.
    pub(super) fn keep(&self, id: &RoomId, room: &Room) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (read, _)| read.elapsed() < SERVES);
        }
        if kept.len() < MOST {
            kept.insert(id.clone(), (Instant::now(), room.clone()));
        }
    }

    /// Returns a room that was read within two minutes, once: whoever asks again reads it anew.
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
        for n in 0..=MOST {
            let (id, room) = room(&format!("r{n}"));
            recent.keep(&id, &room);
        }
        assert_eq!(recent.0.lock().unwrap().len(), MOST);
        tokio::time::advance(SERVES).await;
        let (id, room) = room("late");
        recent.keep(&id, &room);
        assert!(recent.take(&id).is_some());
    }
}
