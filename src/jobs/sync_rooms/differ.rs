//! Compares a room's wanted settings with the server's. Pure.

use std::collections::BTreeMap;

use crate::model::kept::is_told_text;
use crate::model::{Part, Room, RoomChange, fold};

/// A field that is not as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in the API.
    pub(super) name: &'static str,
    /// The value on the server; `None` where the server does not tell.
    pub(super) is: Option<String>,
    /// The wanted value.
    pub(super) wanted: String,
}

/// Returns the policy with what a row says in front.
pub(super) fn overlaid(set: &RoomChange, row: &RoomChange) -> RoomChange {
    RoomChange {
        room_name: row.room_name.clone().or_else(|| set.room_name.clone()),
        desc: row.desc.clone().or_else(|| set.desc.clone()),
        moderators: row.moderators.or(set.moderators),
        participants: row.participants.or(set.participants),
        wait_for_moderator: row.wait_for_moderator.or(set.wait_for_moderator),
        knock: row.knock.or(set.knock),
        auto_recording: row.auto_recording.or(set.auto_recording),
    }
}

/// Returns the part of `wanted` that the room is not, to be sent, and the same for people.
pub(super) fn differing(wanted: &RoomChange, room: &Room) -> (RoomChange, Vec<Field>) {
    let mut fields = Vec::new();
    let told = &mut fields;
    let is_number = |part| room.numbers.has(part);
    let change = RoomChange {
        room_name: text(told, ("room_name", is_number(Part::Name)), wanted.room_name.as_deref(), Some(&room.room_name)),
        desc: text(told, ("desc", is_number(Part::Desc)), wanted.desc.as_deref(), room.desc.as_deref()),
        moderators: value(told, "moderators", wanted.moderators, room.moderators),
        participants: value(told, "participants", wanted.participants, room.participants),
        wait_for_moderator: value(told, "wait_for_moderator", wanted.wait_for_moderator, room.wait_for_moderator),
        knock: value(told, "knock", wanted.knock, room.knock),
        auto_recording: value(told, "auto_recording", wanted.auto_recording, room.auto_recording),
    };
    (change, fields)
}

fn text(
    fields: &mut Vec<Field>,
    (name, is_number): (&'static str, bool),
    wanted: Option<&str>,
    is: Option<&str>,
) -> Option<String> {
    // Sent as the server will keep it, and compared as it may have kept it.
    let wanted = fold::normal(wanted?);
    if is_told_text(is.unwrap_or_default(), &wanted, is_number) {
        return None;
    }
    let (shown_is, shown) = fold::side_by_side(is.unwrap_or_default(), &wanted, usize::MAX);
    fields.push(Field { name, is: is.map(|_| shown_is), wanted: shown });
    Some(wanted.into_owned())
}

fn value<T: PartialEq + ToString>(
    fields: &mut Vec<Field>,
    name: &'static str,
    wanted: Option<T>,
    is: Option<T>,
) -> Option<T> {
    let wanted = wanted.filter(|wanted| is.as_ref() != Some(wanted))?;
    fields.push(Field { name, is: is.map(|is| is.to_string()), wanted: wanted.to_string() });
    Some(wanted)
}

/// Returns old and new of each field, for the result.
pub(super) fn changes(fields: &[Field]) -> BTreeMap<String, [Option<String>; 2]> {
    fields.iter().map(|field| (field.name.to_owned(), [field.is.clone(), Some(field.wanted.clone())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Numbers, Pins, RoomId};

    fn room() -> Room {
        Room {
            room_id: RoomId::new("r1").unwrap(),
            user_id: None,
            room_name: "Room of Ada ".to_owned(),
            desc: None,
            pins: Pins::default(),
            direct_url: None,
            moderators: Some(1),
            participants: Some(30),
            wait_for_moderator: Some(true),
            knock: None,
            auto_recording: Some(false),
            numbers: Numbers::default(),
        }
    }

    #[test]
    fn a_column_goes_before_the_policy() {
        let set = RoomChange { knock: Some(true), participants: Some(50), ..RoomChange::default() };
        let row = RoomChange { participants: Some(20), desc: Some("Lab".to_owned()), ..RoomChange::default() };
        let expected = RoomChange {
            knock: Some(true),
            participants: Some(20),
            desc: Some("Lab".to_owned()),
            ..RoomChange::default()
        };
        assert_eq!(overlaid(&set, &row), expected);
    }

    #[test]
    fn a_text_in_the_servers_own_form_is_as_wanted_and_one_that_looks_alike_is_told_apart() {
        let name = |wanted: &str, is: &str| {
            let room = Room { room_name: is.to_owned(), ..room() };
            let wanted = RoomChange { room_name: Some(wanted.to_owned()), ..RoomChange::default() };
            differing(&wanted, &room)
        };
        for (wanted, is) in [("R&D", "R&amp;D"), ("\u{200B}Lab\u{2800}", "Lab"), ("Caf\u{e9}", "Cafe\u{301}")] {
            assert!(name(wanted, is).1.is_empty(), "{wanted} {is}");
        }
        // A letter's filler inside a name is invisible, and is no form of the server's.
        let (change, fields) = name("\u{FEFF}Lab 1", "Lab\u{3164} 1");
        assert_eq!(change.room_name.as_deref(), Some("Lab 1"));
        assert!(fields[0].is.as_deref().is_some_and(|is| is.contains("[with U+3164")), "{fields:?}");
    }

    #[test]
    fn only_what_differs_is_sent_and_told_with_old_and_new() {
        let wanted = RoomChange {
            room_name: Some("Room of Ada".to_owned()),
            participants: Some(50),
            wait_for_moderator: Some(true),
            knock: Some(false),
            ..RoomChange::default()
        };
        let (change, fields) = differing(&wanted, &room());
        // A setting that the server does not tell may be anything: it is said.
        assert_eq!(change, RoomChange { participants: Some(50), knock: Some(false), ..RoomChange::default() });
        let told: Vec<_> = fields.iter().map(|field| (field.name, field.is.as_deref(), &*field.wanted)).collect();
        assert_eq!(told, [("participants", Some("30"), "50"), ("knock", None, "false")]);
        assert!(differing(&RoomChange::default(), &room()).1.is_empty());
    }
}
