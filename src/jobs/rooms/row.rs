//! Describes one room as it is asked for: by a row of a list, or by the configuration itself.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{RoomChange, RoomId, UserId, line};

/// A room that a job is to deal with, and what the list says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::jobs) struct RoomRow {
    /// The row of the list, as a spreadsheet numbers it.
    #[serde(skip)]
    pub(in crate::jobs) line: Option<u32>,
    /// The room.
    pub(in crate::jobs) which: Which,
    /// The owner's addresses; earlier versions kept one alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub(in crate::jobs) email: Vec<String>,
    /// The owner's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) name: Option<String>,
    /// The settings that the list wants for the room.
    #[serde(default)]
    pub(in crate::jobs) change: RoomChange,
    /// The faults of the row, whatever the job does with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::jobs) faults: Vec<String>,
    /// The fault of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::jobs) email_fault: Option<String>,
    /// The faults of the wanted settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::jobs) change_faults: Vec<String>,
}

/// The way in which a row names its room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::jobs) enum Which {
    /// The permanent room of the credentials' own user.
    Own,
    /// The permanent room of a user; where an id is said too, it must be that one.
    OfUser {
        /// The owner.
        user: UserId,
        /// The room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
    },
    /// The room of this id.
    Room(RoomId),
    /// The row does not say.
    Nowhere,
}

impl RoomRow {
    /// Makes a room of which nothing more is said.
    pub(in crate::jobs) fn of(which: Which) -> Self {
        Self {
            line: None,
            which,
            email: Vec::new(),
            name: None,
            change: RoomChange::default(),
            faults: Vec::new(),
            email_fault: None,
            change_faults: Vec::new(),
        }
    }

    /// Returns a person's name for the room, where the server has not told its own.
    pub(in crate::jobs) fn label(&self) -> String {
        let shown = match (&self.name, &self.which) {
            (Some(name), _) => name.clone(),
            (None, Which::OfUser { user, .. }) => format!("room of user {user}"),
            (None, Which::Room(room)) => format!("room {room}"),
            (None, Which::Own) => "own room".to_owned(),
            (None, Which::Nowhere) => "no room".to_owned(),
        };
        line::label(&shown)
    }

    /// Returns the same with its line, for a sentence.
    pub(in crate::jobs) fn told(&self) -> String {
        match self.line {
            Some(line) => format!("line {line} ({})", self.label()),
            None => self.label(),
        }
    }

    /// Says which row it is and what is wrong with its owner's address, by `takes` too; `None` where the owner can be written to.
    pub(in crate::jobs) fn without_address(&self, takes: impl Fn(&str) -> Result<(), String>) -> Option<String> {
        let refused = self.email_fault.clone().or_else(|| self.email.iter().find_map(|email| takes(email).err()));
        match refused {
            Some(why) => Some(format!("{}: {why}", self.told())),
            None => self.email.is_empty().then(|| self.told()),
        }
    }
}

/// Reads one text or several.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Texts::deserialize(from)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_an_earlier_version_kept_has_its_address() {
        let room = RoomId::new("r1").unwrap();
        let mut row = RoomRow::of(Which::Room(room));
        row.email = vec!["a@example.org".to_owned()];
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<RoomRow>(&text).unwrap(), row);
        let before = text.replace("[\"a@example.org\"]", "\"a@example.org\"");
        assert_ne!(before, text);
        assert_eq!(serde_json::from_str::<RoomRow>(&before).unwrap(), row);
    }
}
