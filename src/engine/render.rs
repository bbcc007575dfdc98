//! Hands over what mails are made of: a run that ends, and the reset of a room's PINs for its owner. Facts only; what a mail
//! says is no business of the engine.

use super::finished::Finished;
use crate::clock::{Timestamp, Zone};
use crate::journal::NewLetter;
use crate::model::{ItemView, Pins, RoomId, RunView};

/// Makes the mails about a run that ends.
pub trait Render: Send + Sync {
    /// Returns the mails, which enter the outbox in the transaction that ends the run.
    fn letters(&self, report: &RunReport) -> Vec<NewLetter>;

    /// Returns the name of the file that a run worked on, where it did.
    fn file_of(&self, run: &RunView) -> Option<String> {
        run.file.clone()
    }

    /// Makes the mail to a person outside about one item; `None` where such mails are not made.
    fn notice(&self, _notice: &Notice) -> Option<NewLetter> {
        None
    }
}

/// The report of a run that ends.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run, with its outcome and end.
    pub run: RunView,
    /// True when it has made good what an earlier run failed at.
    pub recovers: bool,
    /// The first problems.
    pub problems: Vec<ItemView>,
    /// The files and words that it left behind.
    pub finished: Finished,
    /// True when its job is paused now.
    pub paused: bool,
    /// The zone to tell times in.
    pub zone: Zone,
}

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
