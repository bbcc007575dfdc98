//! Reads the columns of a list of rooms.

use super::row::{RoomRow, Which};
use crate::model::fold::{self, LOST};
use crate::model::{Column, RoomChange, RoomId, UserId, spreadsheet};
use crate::table::{ADDRESS_ENDS, ADDRESS_WORDS, Addresses, FieldWords, Known, Unused, shown_heading, value};

/// The columns that a list may have, by their headings.
const NAMES: [&str; 11] = [
    "user_id",
    "room_id",
    "email",
    "name",
    "room_name",
    "desc",
    "moderators",
    "participants",
    "wait_for_moderator",
    "knock",
    "auto_recording",
];

/// The meaning of a heading that speaks of mail.
const ADDRESSES: FieldWords = FieldWords { field: "email", words: ADDRESS_WORDS, ends: ADDRESS_ENDS };

/// The position of each column in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns([Option<usize>; NAMES.len()]);

impl Columns {
    /// Resolves the headings; words where they do not do.
    pub(super) fn resolve<'a>(headings: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let headings: Vec<&str> = headings.collect();
        let mut places = [None; NAMES.len()];
        for (at, heading) in headings.iter().enumerate() {
            let name = Column::normalized(heading);
            let Some(column) = NAMES.iter().position(|known| *known == name) else { continue };
            if let Some(first) = places[column].replace(at) {
                return Err(format!(
                    "columns {} and {} both say {name}: rename or remove one of them",
                    first + 1,
                    at + 1
                ));
            }
        }
        if places[0].is_none() && places[1].is_none() {
            let shown: Vec<_> =
                headings.iter().take(20).map(|heading| format!("`{}`", shown_heading(heading))).collect();
            return Err(format!("there is no column user_id and none room_id; the headings are {}", shown.join(", ")));
        }
        Ok(Self(places))
    }

    /// Finds the headings that nothing is read from.
    pub(super) fn unused<'a>(&self, headings: impl Iterator<Item = &'a str>) -> Unused {
        let unread = headings.enumerate().filter(|(at, _)| !self.0.contains(&Some(*at))).map(|(_, heading)| heading);
        Unused::of(unread, &Known { names: NAMES.to_vec(), meanings: &[ADDRESSES] })
    }

    /// Reads the cells of a row; whatever is wrong with them is noted in it.
    pub(super) fn read(&self, line: u32, cells: &[&str]) -> RoomRow {
        let cell = |name: &str| -> &str {
            let place = NAMES.iter().position(|known| *known == name).and_then(|column| self.0[column]);
            place.and_then(|at| cells.get(at)).map_or("", |cell| fold::trimmed(cell))
        };
        let (user_id, room_id) = (fold::normal(cell("user_id")), fold::normal(cell("room_id")));
        let ids = [("user_id", &*user_id), ("room_id", &*room_id)];
        let which = match (UserId::new(&user_id), RoomId::new(&room_id)) {
            (Some(user), room) => Which::OfUser { user, room },
            (None, Some(room)) => Which::Room(room),
            (None, None) => Which::Nowhere,
        };
        let mut row = RoomRow { line: Some(line), ..RoomRow::of(which) };
        if row.which == Which::Nowhere {
            row.faults.push("the row names no room: fill in user_id or room_id".to_owned());
        }
        for (noun, text) in ids {
            let damage = fold::hidden(text).or_else(|| text.contains(LOST).then_some(LOST));
            if let Some(damage) = damage {
                row.faults.push(format!("the {noun} {text:?} holds {}: delete that character", fold::named(damage)));
            }
        }
        row.name = Some(cell("name").to_owned()).filter(|name| !name.is_empty());
        for (noun, text) in ids {
            row.faults.extend(spreadsheet::why_no_id(text, noun).map(|why| format!("the {noun} {text:?} {why}")));
        }
        if let Some(name) = row.name.take_if(|name| spreadsheet::is_error(name)) {
            row.faults
                .push(format!("{name:?} is a spreadsheet's error, not a name: correct the cell, or leave it blank"));
        }
        if row.name.as_ref().is_some_and(|name| name.contains(LOST)) {
            row.faults.push(format!("the name {}: a letter was lost when the list was saved", shown(cell("name"))));
        }
        let Addresses { good, wrong } = Addresses::read(cell("email"));
        row.email = good;
        if let [first, ..] = &wrong[..] {
            row.email_fault = Some(format!("{} is not a mail address", shown(first)));
        }
        let mut faults = Faults(Vec::new());
        row.change = RoomChange {
            room_name: faults.title(cell("room_name")),
            desc: faults.desc(cell("desc")),
            moderators: faults.count("moderators", cell("moderators"), 1),
            participants: faults.count("participants", cell("participants"), 0),
            wait_for_moderator: faults.flag("wait_for_moderator", cell("wait_for_moderator")),
            knock: faults.flag("knock", cell("knock")),
            auto_recording: faults.flag("auto_recording", cell("auto_recording")),
        };
        row.change_faults = faults.0;
        row
    }
}

/// The faults in a room's wanted settings.
struct Faults(Vec<String>);

impl Faults {
    fn desc(&mut self, text: &str) -> Option<String> {
        if spreadsheet::is_error(text) {
            return self.note("desc", text, "a description, not a spreadsheet's error");
        }
        if text.contains(LOST) {
            return self.note("desc", text, "as it was meant: a letter was lost when the list was saved");
        }
        Some(fold::normal(text).into_owned()).filter(|desc| !desc.is_empty())
    }

    fn title(&mut self, text: &str) -> Option<String> {
        if spreadsheet::is_error(text) {
            return self.note("room_name", text, "a title, not a spreadsheet's error");
        }
        let text = &*fold::normal(text);
        match text.chars().count() {
            0 => None,
            3..=50 if !text.contains(|c| fold::is_control(c) || c == LOST) => Some(text.to_owned()),
            _ => self.note("room_name", text, "one line of 3 to 50 characters"),
        }
    }

    fn count(&mut self, name: &str, text: &str, least: u32) -> Option<u32> {
        if text.is_empty() {
            return None;
        }
        match value::whole(text).ok().and_then(|number| u32::try_from(number).ok()) {
            Some(number) if number >= least => Some(number),
            _ => self.note(name, text, &format!("a whole number from {least} on")),
        }
    }

    fn flag(&mut self, name: &str, text: &str) -> Option<bool> {
        if text.is_empty() {
            return None;
        }
        match value::boolean(text) {
            Ok(flag) => Some(flag),
            Err(value::NotOne) => self.note(name, text, "yes or no"),
        }
    }

    fn note<T>(&mut self, name: &str, text: &str, wanted: &str) -> Option<T> {
        let text: String = text.chars().take(60).collect();
        self.0.push(format!("{name} is {}, and must be {wanted}", shown(&text)));
        None
    }
}

/// Returns a cell's text as it is told; what is not seen of it is named.
fn shown(text: &str) -> String {
    match fold::lookalike(text) {
        Some(unseen) => format!("{text:?} (with {})", fold::named(unseen)),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headings: &str, row: &str) -> RoomRow {
        let columns = Columns::resolve(headings.split(',')).unwrap();
        columns.read(2, &row.split(',').collect::<Vec<_>>())
    }

    #[test]
    fn a_row_names_its_room_by_its_owner_or_its_id() {
        let row = read("Name,User ID,E-Mail,email,Hall", "Biology, u1 ,x,biology@example.org,A");
        assert_eq!(row.which, Which::OfUser { user: UserId::new("u1").unwrap(), room: None });
        assert_eq!((row.name.as_deref(), &row.email[..]), (Some("Biology"), &["biology@example.org".to_owned()][..]));
        assert_eq!(read("room_id,user_id", "r1,").which, Which::Room(RoomId::new("r1").unwrap()));
        let nowhere = read("room_id,user_id", " , ");
        assert!(nowhere.faults[0].contains("names no room"), "{nowhere:?}");
    }

    #[test]
    fn every_cell_that_is_wrong_is_told_where_it_counts() {
        let headings = "user_id,email,moderators,participants,knock,room_name,wait_for_moderator";
        let row = read(headings, "u1,ada,0,many,perhaps,ab,JA");
        assert_eq!(row.change, RoomChange { wait_for_moderator: Some(true), ..RoomChange::default() });
        assert_eq!((row.faults.len(), row.change_faults.len()), (0, 4), "{row:?}");
        assert_eq!(row.email_fault.as_deref(), Some("\"ada\" is not a mail address"));
    }

    #[test]
    fn headings_without_a_room_or_with_two_are_refused() {
        let refused = |headings: &str| Columns::resolve(headings.split(',')).unwrap_err();
        assert!(refused("email,name").contains("the headings are `email`, `name`"));
        assert!(refused("user_id,email,E_mail,EMAIL").contains("columns 2 and 4 both say email"));
    }
}
