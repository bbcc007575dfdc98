//! Reads a meeting in a reply (reference: Schedule, Edit, Get Meeting, Get List of Meetings).

use serde::Deserialize;

use crate::api::lenient::{List, Object, Scalar};
use crate::clock::Timestamp;
use crate::model::{AppType, Invitees, Meeting, MeetingId, MeetingZone, Numbers, Part, Pins, RoomId, Stage, UserId};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MeetingWire<'a> {
    #[serde(borrow)]
    meeting_id: Scalar<'a>,
    /// The framework's own name for it.
    id: Scalar<'a>,
    room_id: Scalar<'a>,
    user_id: Scalar<'a>,
    room_name: Scalar<'a>,
    app_type: Scalar<'a>,
    desc: Scalar<'a>,
    start_time: Scalar<'a>,
    /// The reference writes the key with a blank at its end, throughout. Two fields rather than an alias: a server that sends
    /// both must be read as well.
    #[serde(rename = "start_time ")]
    start_time_blank: Scalar<'a>,
    timezone: Object<ZoneBlock<'a>>,
    timezone_id: Scalar<'a>,
    duration: Scalar<'a>,
    moderators: Scalar<'a>,
    participants: Scalar<'a>,
    wait_for_moderator: Scalar<'a>,
    knock: Scalar<'a>,
    auto_recording: Scalar<'a>,
    mpin: Scalar<'a>,
    ppin: Scalar<'a>,
    direct_url: Scalar<'a>,
    stage: Scalar<'a>,
    invitees: Option<Object<InviteesWire<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ZoneBlock<'a> {
    #[serde(borrow)]
    timezone_id: Scalar<'a>,
    zone_name: Scalar<'a>,
}

/// Both shapes of the reference: three lists of texts, or lists of objects.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InviteesWire<'a> {
    #[serde(borrow)]
    contact_ids: List<Scalar<'a>>,
    group_ids: List<Scalar<'a>>,
    emails: List<Scalar<'a>>,
    contacts: List<Object<Contact<'a>>>,
    groups: List<Object<Group<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Contact<'a> {
    #[serde(borrow)]
    contact_id: Scalar<'a>,
    email: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow)]
    group_id: Scalar<'a>,
}

impl MeetingWire<'_> {
    pub(super) fn meeting_id(&self) -> &Scalar<'_> {
        &self.meeting_id
    }

    /// Returns the id under either of its names.
    pub(super) fn any_id(&self) -> &Scalar<'_> {
        if self.meeting_id.text().is_some() { &self.meeting_id } else { &self.id }
    }

    pub(super) fn read(&self) -> Option<Meeting> {
        self.read_as(&self.meeting_id)
    }

    /// Reads the meeting that has this id.
    pub(super) fn read_as(&self, id: &Scalar<'_>) -> Option<Meeting> {
        Some(Meeting {
            meeting_id: MeetingId::new(&id.text()?)?,
            room_id: self.room_id.text().and_then(|id| RoomId::new(&id)),
            user_id: self.user_id.text().and_then(|id| UserId::new(&id)),
            room_name: self.room_name.owned().unwrap_or_default(),
            app_type: self.app_type.text().and_then(|text| AppType::parse(&text)),
            desc: self.desc.owned(),
            start: self.start(),
            timezone: self.zone(),
            duration_min: self.duration.count(),
            moderators: self.moderators.count(),
            participants: self.participants.count(),
            wait_for_moderator: self.wait_for_moderator.flag(),
            knock: self.knock.flag(),
            auto_recording: self.auto_recording.flag(),
            pins: Pins { moderator: self.mpin.pin(), participant: self.ppin.pin() },
            direct_url: self.direct_url.owned(),
            stage: self.stage.text().and_then(|text| Stage::parse(&text)),
            numbers: self.numbers(id),
            invitees: self.invitees.as_ref().map(|block| block.0.as_ref().map(InviteesWire::read).unwrap_or_default()),
        })
    }

    fn numbers(&self, id: &Scalar<'_>) -> Numbers {
        let zone = self.timezone.0.as_ref().map(|block| &block.timezone_id).filter(|id| id.is_given());
        let invitees = self.invitees.as_ref().and_then(|block| block.0.as_ref());
        Numbers::of([
            (Part::Id, id.is_number()),
            (Part::User, self.user_id.is_number()),
            (Part::Name, self.room_name.is_number()),
            (Part::Desc, self.desc.is_number()),
            (Part::Zone, zone.unwrap_or(&self.timezone_id).is_number()),
            (Part::Contacts, invitees.is_some_and(InviteesWire::has_contacts_by_number)),
            (Part::Groups, invitees.is_some_and(InviteesWire::has_groups_by_number)),
        ])
    }

    fn start(&self) -> Option<Timestamp> {
        let text = self.start_time.text().or_else(|| self.start_time_blank.text())?;
        Timestamp::from_api(&text).ok()
    }

    fn zone(&self) -> Option<MeetingZone> {
        let block = self.timezone.0.as_ref();
        let zone = MeetingZone {
            timezone_id: block.and_then(|block| block.timezone_id.owned()).or_else(|| self.timezone_id.owned()),
            zone_name: block.and_then(|block| block.zone_name.owned()),
        };
        (zone != MeetingZone::default()).then_some(zone)
    }
}

impl InviteesWire<'_> {
    fn has_contacts_by_number(&self) -> bool {
        self.contact_ids.iter().chain(self.contacts.objects().map(|contact| &contact.contact_id)).any(Scalar::is_number)
    }

    fn has_groups_by_number(&self) -> bool {
        self.group_ids.iter().chain(self.groups.objects().map(|group| &group.group_id)).any(Scalar::is_number)
    }

    fn read(&self) -> Invitees {
        let texts = |list: &List<Scalar<'_>>| list.iter().filter_map(Scalar::owned).collect::<Vec<_>>();
        let mut read = Invitees {
            contact_ids: texts(&self.contact_ids),
            group_ids: texts(&self.group_ids),
            emails: texts(&self.emails),
        };
        for contact in self.contacts.objects() {
            match contact.contact_id.owned() {
                Some(id) => read.contact_ids.push(id),
                None => read.emails.extend(contact.email.owned()),
            }
        }
        read.group_ids.extend(self.groups.objects().filter_map(|group| group.group_id.owned()));
        read
    }
}

#[cfg(test)]
mod tests {
    use crate::api::wire::Body;
    use crate::clock::Timestamp;
    use crate::model::{AppType, Invitees, Meeting, Stage};

    fn meeting(fields: &str) -> Meeting {
        let json = format!(r#"{{"result":1,"meeting":{{"meeting_id":"m1",{fields}}}}}"#);
        Body::parse(json.as_bytes()).unwrap().meeting().unwrap()
    }

    #[test]
    fn the_start_is_read_under_the_key_with_a_blank_and_without_and_under_both() {
        let at = Timestamp::from_api("2026-11-23 14:05:00").ok();
        for fields in [
            r#""start_time":"2026-11-23 14:05:00""#,
            r#""start_time ":"2026-11-23 14:05:00 ""#,
            r#""start_time":null,"start_time ":"2026-11-23 14:05:00 ""#,
            r#""start_time ":"2026-11-23 14:05:00 ","start_time":"2026-11-23 14:05:00""#,
        ] {
            assert_eq!(meeting(fields).start, at, "{fields}");
        }
        assert_eq!(meeting(r#""start_time":"tomorrow""#).start, None);
    }

    #[test]
    fn numbers_and_booleans_are_read_as_texts_too_and_texts_are_trimmed() {
        let read = meeting(
            r#""room_id":17,"user_id":" u1 ","room_name":" Biology ","app_type":"wb","duration":"60","moderators":1.0,
               "participants":"30","wait_for_moderator":"true","knock":1,"auto_recording":"0","mpin":123456,"ppin":" 654321 ",
               "stage":"Upcoming","desc":"""#,
        );
        assert_eq!(read.room_id.unwrap().as_str(), "17");
        assert_eq!(read.user_id.unwrap().as_str(), "u1");
        assert_eq!(read.room_name, "Biology");
        assert_eq!(read.app_type, Some(AppType::Webinar));
        assert_eq!((read.duration_min, read.moderators, read.participants), (Some(60), Some(1), Some(30)));
        assert_eq!((read.wait_for_moderator, read.knock, read.auto_recording), (Some(true), Some(true), Some(false)));
        assert_eq!(read.pins.moderator.unwrap().reveal(), "123456");
        assert_eq!(read.pins.participant.unwrap().reveal(), "654321");
        assert_eq!((read.stage, read.desc), (Some(Stage::Upcoming), None));
    }

    #[test]
    fn invitees_are_read_in_both_shapes() {
        let all = Invitees {
            contact_ids: vec!["c1".into()],
            group_ids: vec!["g1".into()],
            emails: vec!["a@example.org".into()],
        };
        for fields in [
            r#""invitees":{"contact_ids":["c1"],"group_ids":["g1"],"emails":["a@example.org",""],"contacts":null}"#,
            r#""invitees":{"contacts":[{"contact_id":"c1","name":"C","email":"c@example.org"},
               {"contact_id":"","email":"a@example.org"}],"groups":[{"group_id":"g1","group_name":"G"}],"emails":null}"#,
        ] {
            assert_eq!(meeting(fields).invitees.as_ref(), Some(&all), "{fields}");
        }
        assert_eq!(meeting(r#""invitees":[]"#).invitees, Some(Invitees::default()));
        assert_eq!(meeting(r#""knock":true"#).invitees, None);
    }

    #[test]
    fn the_zone_is_a_block_or_an_id_beside_it_or_absent() {
        let block = meeting(r#""timezone":{"timezone_id":"17","zone_name":"Europe/Berlin"},"timezone_id":"9""#);
        assert_eq!(block.timezone.unwrap().timezone_id.as_deref(), Some("17"));
        assert_eq!(meeting(r#""timezone_id":9"#).timezone.unwrap().timezone_id.as_deref(), Some("9"));
        assert_eq!(meeting(r#""timezone":{"timezone_id":"","zone_name":""}"#).timezone, None);
    }

    #[test]
    fn the_id_of_a_meeting_that_was_made_is_taken_wherever_it_stands() {
        let made = |json: &'static str| Body::parse(json.as_bytes()).unwrap().made();
        for json in [
            r#"{"result":1,"meeting":{"meeting_id":"m1","room_name":"Algebra"}}"#,
            r#"{"result":1,"meeting":{"id":"m1","room_name":"Algebra"}}"#,
            r#"{"result":1,"meeting_id":"m1","meeting":{"room_name":"Algebra"}}"#,
            r#"{"result":1,"meetings":[{"meeting_id":"m1","room_name":"Algebra"}]}"#,
            r#"{"result":1,"data":{"meeting_id":"m1","room_name":"Algebra"}}"#,
            r#"{"result":1,"data":{"id":"m1","room_name":"Algebra"}}"#,
            r#"{"result":1,"data":{"meeting":{"meeting_id":"m1","room_name":"Algebra"}}}"#,
            r#"{"result":1,"data":{"meeting_id":"m1"},"meeting":{"room_name":"Algebra"}}"#,
            r#"{"result":1,"data":[{"id":"m1","room_name":"Algebra"}]}"#,
        ] {
            let meeting = made(json).unwrap_or_else(|| panic!("{json}"));
            assert_eq!((meeting.meeting_id.as_str(), meeting.room_name.as_str()), ("m1", "Algebra"), "{json}");
        }
        assert_eq!(made(r#"{"result":1,"meeting_id":7}"#).unwrap().meeting_id.as_str(), "7");
        assert_eq!(made(r#"{"result":1,"event":{"meeting_id":"m1"}}"#).unwrap().meeting_id.as_str(), "m1");
        assert_eq!(made(r#"{"result":1,"id":"a request's","meeting":{},"data":[]}"#), None);
    }

    #[test]
    fn a_list_must_be_whole() {
        let list = |json: &'static str| Body::parse(json.as_bytes()).unwrap().meetings().map(|page| page.len());
        assert_eq!(list(r#"{"meetings":[{"meeting_id":"a"},{"meeting_id":2}]}"#), Some(2));
        assert_eq!(list(r#"{"meetings":[]}"#), Some(0));
        for json in
            [r#"{"meetings":[{"meeting_id":"a"},{"room_id":"r"}]}"#, r#"{"meetings":[[]]}"#, r#"{"meetings":null}"#]
        {
            assert!(list(json).is_none(), "{json}");
        }
    }
}
