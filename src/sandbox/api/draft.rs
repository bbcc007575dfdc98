//! Reads what a body wants a meeting or a room to be, and checks it field by field in the order of the reference's tables. The
//! first fault is the one that the server names.

use serde_json::Value;

use super::{
    fields::{CountRule, Fields, Presence},
    refusal::Refusal,
};
use crate::sandbox::{
    clock::Second,
    world::{Details, Invitees, LONGEST_MEETING, Room, Zones},
};

/// The fields that a body gave, valid each.
#[derive(Debug)]
pub struct MeetingDraft {
    common: Common,
    start: Option<Second>,
    zone: Option<u32>,
    duration: Option<u32>,
    invitees: Option<Invitees>,
    /// True when mail is to go out.
    pub send_mail: bool,
}

/// The fields that a body gave for a permanent room, valid each.
#[derive(Debug)]
pub struct RoomDraft(Common);

/// The fields that meetings and rooms share.
#[derive(Debug)]
struct Common {
    room_name: Option<String>,
    desc: Option<String>,
    moderators: Option<u32>,
    participants: Option<u32>,
    wait_for_moderator: Option<bool>,
    knock: Option<bool>,
    auto_recording: Option<bool>,
}

impl MeetingDraft {
    /// Checks the fields of a body that schedules (all required ones must be there) or edits (none need be).
    pub fn read(fields: &Fields, presence: Presence, now: Second, zones: &Zones) -> Result<Self, Refusal> {
        let room_name = title(fields, presence)?;
        let desc = description(fields)?;
        let start = start(fields, presence, now)?;
        let zone = zone(fields, presence, zones)?;
        let duration = fields.count(DURATION, presence)?;
        let common = Common::read(fields, presence, room_name, desc)?;
        let send_mail = fields.flag("send_mail", 1692)?.unwrap_or(false);
        let invitees = invitees(fields)?;
        Ok(Self { common, start, zone, duration, invitees, send_mail })
    }

    /// Returns `details` with the given fields in place of its own.
    pub fn applied_to(self, mut details: Details) -> Details {
        let Common { room_name, desc, moderators, participants, wait_for_moderator, knock, auto_recording } =
            self.common;
        set(&mut details.room_name, room_name);
        details.desc = desc.or(details.desc);
        set(&mut details.start, self.start);
        set(&mut details.zone, self.zone);
        set(&mut details.duration, self.duration);
        set(&mut details.moderators, moderators);
        set(&mut details.participants, participants);
        set(&mut details.wait_for_moderator, wait_for_moderator);
        set(&mut details.knock, knock);
        set(&mut details.auto_recording, auto_recording);
        set(&mut details.invitees, self.invitees);
        details
    }
}

impl RoomDraft {
    /// Checks the fields of a body that updates a room; none is required.
    pub fn read(fields: &Fields) -> Result<Self, Refusal> {
        let room_name = title(fields, Presence::Optional)?;
        let desc = description(fields)?;
        Common::read(fields, Presence::Optional, room_name, desc).map(Self)
    }

    /// Puts the given fields in place of the room's own.
    pub fn apply_to(self, room: &mut Room) {
        let Common { room_name, desc, moderators, participants, wait_for_moderator, knock, auto_recording } = self.0;
        set(&mut room.name, room_name);
        room.desc = desc.or(room.desc.take());
        set(&mut room.moderators, moderators);
        set(&mut room.participants, participants);
        set(&mut room.wait_for_moderator, wait_for_moderator);
        set(&mut room.knock, knock);
        set(&mut room.auto_recording, auto_recording);
    }
}

impl Common {
    fn read(
        fields: &Fields,
        presence: Presence,
        room_name: Option<String>,
        desc: Option<String>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            room_name,
            desc,
            moderators: fields.count(MODERATORS, presence)?,
            participants: fields.count(PARTICIPANTS, presence)?,
            wait_for_moderator: fields.flag("wait_for_moderator", 1693)?,
            knock: fields.flag("knock", 1694)?,
            auto_recording: fields.flag("auto_recording", 1672)?,
        })
    }
}

fn title(fields: &Fields, presence: Presence) -> Result<Option<String>, Refusal> {
    let refuse = |code| Err(Refusal::invalid(code, "room_name"));
    let Some(title) = fields.text("room_name", 1611)? else {
        return if presence == Presence::Required { refuse(1611) } else { Ok(None) };
    };
    match title.chars().count() {
        0..3 => refuse(1612),
        3..=50 => Ok(Some(title.to_owned())),
        _ => refuse(1613),
    }
}

fn description(fields: &Fields) -> Result<Option<String>, Refusal> {
    Ok(fields.text("desc", 1621)?.map(str::to_owned))
}

fn start(fields: &Fields, presence: Presence, now: Second) -> Result<Option<Second>, Refusal> {
    let refuse = |code| Err(Refusal::invalid(code, "start_time"));
    let Some(text) = fields.text("start_time", 1602)? else {
        return if presence == Presence::Required { refuse(1603) } else { Ok(None) };
    };
    match Second::parse(text) {
        None => refuse(1602),
        Some(start) if start <= now => refuse(1601),
        Some(start) => Ok(Some(start)),
    }
}

fn zone(fields: &Fields, presence: Presence, zones: &Zones) -> Result<Option<u32>, Refusal> {
    let refuse = |code| Err(Refusal::invalid(code, "timezone_id"));
    let Some(id) = fields.id("timezone_id", 1684)? else {
        return if presence == Presence::Required { refuse(1683) } else { Ok(None) };
    };
    match zones.find(&id) {
        Some(zone) => Ok(Some(zone)),
        None => refuse(1684),
    }
}

/// Reads three arrays as in the Schedule table; the objects of the Edit example are accepted in place of their ids.
fn invitees(fields: &Fields) -> Result<Option<Invitees>, Refusal> {
    let Some(value) = fields.value("invitees") else { return Ok(None) };
    let given = match value {
        Value::Object(given) => given,
        Value::Array(list) if list.is_empty() => return Ok(Some(Invitees::default())),
        _ => return Err(Refusal::invalid(1695, "invitees")),
    };
    let list = |names: &[&str], key: &str, field, code| match names.iter().find_map(|&name| given.get(name)) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries.iter().filter_map(|entry| id_of(entry, key)).collect()),
        Some(_) => Err(Refusal::invalid(code, field)),
    };
    Ok(Some(Invitees {
        emails: list(&["emails"], "email", "invitees.emails", 1696)?,
        contact_ids: list(&["contact_ids", "contacts"], "contact_id", "invitees.contact_ids", 1697)?,
        group_ids: list(&["group_ids", "groups"], "group_id", "invitees.group_ids", 1698)?,
    }))
}

fn id_of(entry: &Value, key: &str) -> Option<String> {
    match entry {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(object) => object.get(key).and_then(Value::as_str).map(str::to_owned),
        _ => None,
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

/// The number of people that a room holds.
const ROOM_SIZE: u32 = 200;

const DURATION: CountRule =
    CountRule { field: "duration", missing: 1631, least: (10, 1632), most: (LONGEST_MEETING, 1633), form: 1634 };
const MODERATORS: CountRule =
    CountRule { field: "moderators", missing: 1641, least: (1, 1642), most: (ROOM_SIZE, 1643), form: 1644 };
const PARTICIPANTS: CountRule =
    CountRule { field: "participants", missing: 1651, least: (0, 1652), most: (ROOM_SIZE, 1653), form: 1654 };

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Second = Second(1_800_000_000);

    fn good(zones: &Zones) -> Value {
        json!({
            "room_name": "Lecture 1", "start_time": "2027-02-01 10:00:00", "timezone_id": zones.entries()[0].id,
            "duration": 60, "moderators": 1, "participants": 30,
        })
    }

    fn code(change: impl FnOnce(&mut Value), presence: Presence) -> u16 {
        let zones = Zones::around(NOW);
        let mut body = good(&zones);
        change(&mut body);
        let fields = Fields::read(body.to_string().as_bytes()).unwrap();
        MeetingDraft::read(&fields, presence, NOW, &zones).map_or_else(|refusal| refusal.code, |_| 1)
    }

    #[test]
    fn every_fault_of_a_meeting_has_the_code_of_the_table() {
        let given = |field: &'static str, value: Value| code(|body| body[field] = value, Presence::Required);
        assert_eq!(code(|_| (), Presence::Required), 1);
        for (field, value, expected) in [
            ("room_name", Value::Null, 1611),
            ("room_name", json!("  ab "), 1612),
            ("room_name", json!("ä".repeat(50)), 1),
            ("room_name", json!("ä".repeat(51)), 1613),
            ("desc", json!(5), 1621),
            ("start_time", json!("2027-01-15 08:00:00"), 1601),
            ("start_time", json!("2027-02-01"), 1602),
            ("start_time", json!(" "), 1603),
            ("timezone_id", Value::Null, 1683),
            ("timezone_id", json!("Europe/Berlin"), 1684),
            ("duration", Value::Null, 1631),
            ("duration", json!(9), 1632),
            ("duration", json!(1441), 1633),
            ("duration", json!("1h"), 1634),
            ("moderators", Value::Null, 1641),
            ("moderators", json!(0), 1642),
            ("moderators", json!(201), 1643),
            ("moderators", json!(1.5), 1644),
            ("participants", Value::Null, 1651),
            ("participants", json!(-1), 1652),
            ("participants", json!(201), 1653),
            ("participants", json!("many"), 1654),
            ("wait_for_moderator", json!("yes"), 1693),
            ("knock", json!("true"), 1694),
            ("auto_recording", json!(7), 1672),
            ("send_mail", json!([]), 1692),
            ("invitees", json!("a@b.example"), 1695),
            ("invitees", json!({"emails": "a@b.example"}), 1696),
            ("invitees", json!({"contact_ids": 5}), 1697),
            ("invitees", json!({"group_ids": {}}), 1698),
            ("invitees", json!({"emails": ["a@b.example"], "contact_ids": [], "group_ids": []}), 1),
        ] {
            assert_eq!(given(field, value.clone()), expected, "{field} {value}");
        }
    }

    #[test]
    fn the_first_fault_in_the_tables_order_is_named_and_an_edit_requires_nothing() {
        let faulty = |body: &mut Value| {
            body["participants"] = json!(-1);
            body["start_time"] = json!("soon");
        };
        assert_eq!(code(faulty, Presence::Required), 1602);
        assert_eq!(code(|body| *body = json!({}), Presence::Optional), 1);
        assert_eq!(code(|body| *body = json!({"duration": 5}), Presence::Optional), 1632);
    }

    #[test]
    fn both_shapes_of_invitees_are_read() {
        let read = |json: Value| {
            let fields = Fields::read(json!({"invitees": json}).to_string().as_bytes()).unwrap();
            let invitees = invitees(&fields).unwrap().unwrap();
            (invitees.contact_ids, invitees.group_ids)
        };
        let expected = (vec!["c1".to_owned()], vec!["g1".to_owned()]);
        assert_eq!(read(json!({"contact_ids": ["c1"], "group_ids": ["g1"]})), expected);
        assert_eq!(read(json!({"contacts": [{"contact_id": "c1"}], "groups": [{"group_id": "g1"}]})), expected);
    }
}
