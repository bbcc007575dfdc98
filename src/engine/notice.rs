//! Describes the reset of a room's PINs for its owner: facts only, the mail is made by [`super::Render`].

use crate::clock::{Timestamp, Zone};
use crate::model::{Pins, RoomId};

/// New PINs that were confirmed, for the room's owner alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The owner's addresses: one mail to all of them.
    pub to: Vec<String>,
    /// The owner's name, where it is known.
    pub owner: Option<String>,
    /// The room.
    pub room: RoomId,
    /// Its name.
    pub room_name: String,
    /// The link that opens it.
    pub direct_url: Option<String>,
    /// The PINs that were reset, and no others.
    pub pins: Pins,
    /// The time at which the reset was confirmed.
    pub at: Timestamp,
    /// The zone to tell it in.
    pub zone: Zone,
}

impl Notice {
    /// Returns the subject of the mail: the room, and which of its PINs.
    #[must_use]
    pub fn topic(&self) -> String {
        topic(&self.room, self.pins.moderator.is_some(), self.pins.participant.is_some())
    }

    /// Returns the topics of unsent mails that are not true any more: all their PINs are among these.
    #[must_use]
    pub fn supersedes(&self) -> Vec<String> {
        let (moderator, participant) = (self.pins.moderator.is_some(), self.pins.participant.is_some());
        [(true, false), (false, true), (true, true)]
            .into_iter()
            .filter(|(of_moderator, of_participant)| (moderator || !of_moderator) && (participant || !of_participant))
            .map(|(of_moderator, of_participant)| topic(&self.room, of_moderator, of_participant))
            .collect()
    }
}

fn topic(room: &RoomId, moderator: bool, participant: bool) -> String {
    let which = match (moderator, participant) {
        (true, false) => "moderator",
        (false, true) => "participant",
        _ => "both",
    };
    format!("pins:{room}:{which}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pin;

    fn notice(moderator: &str, participant: &str) -> Notice {
        Notice {
            to: vec!["a@example.org".to_owned()],
            owner: None,
            room: RoomId::new("r1").unwrap(),
            room_name: "Room".to_owned(),
            direct_url: None,
            pins: Pins { moderator: Pin::new(moderator), participant: Pin::new(participant) },
            at: Timestamp::from_seconds(0),
            zone: Zone::utc(),
        }
    }

    #[test]
    fn a_mail_takes_the_place_of_those_whose_pins_are_all_replaced() {
        assert_eq!(notice("1", "2").topic(), "pins:r1:both");
        assert_eq!(notice("1", "2").supersedes(), ["pins:r1:moderator", "pins:r1:participant", "pins:r1:both"]);
        assert_eq!(notice("1", "").supersedes(), ["pins:r1:moderator"]);
        assert!(!format!("{:?}", notice("4711", "")).contains("4711"));
    }
}
