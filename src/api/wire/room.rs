//! Reads a permanent room in a reply (reference: Get, Update, Reset PINs of Permanent Room).

use serde::Deserialize;

use crate::api::lenient::Scalar;
use crate::model::{Numbers, Part, Pins, Room, RoomId, UserId};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoomWire<'a> {
    #[serde(borrow)]
    room_id: Scalar<'a>,
    user_id: Scalar<'a>,
    room_name: Scalar<'a>,
    desc: Scalar<'a>,
    mpin: Scalar<'a>,
    ppin: Scalar<'a>,
    direct_url: Scalar<'a>,
    moderators: Scalar<'a>,
    participants: Scalar<'a>,
    wait_for_moderator: Scalar<'a>,
    knock: Scalar<'a>,
    auto_recording: Scalar<'a>,
}

impl RoomWire<'_> {
    pub(super) fn read(&self) -> Option<Room> {
        Some(Room {
            room_id: RoomId::new(&self.room_id.text()?)?,
            user_id: self.user_id.text().and_then(|id| UserId::new(&id)),
            room_name: self.room_name.owned().unwrap_or_default(),
            desc: self.desc.owned(),
            pins: Pins { moderator: self.mpin.pin(), participant: self.ppin.pin() },
            direct_url: self.direct_url.owned(),
            moderators: self.moderators.count(),
            participants: self.participants.count(),
            wait_for_moderator: self.wait_for_moderator.flag(),
            knock: self.knock.flag(),
            auto_recording: self.auto_recording.flag(),
            numbers: Numbers::of([
                (Part::Id, self.room_id.is_number()),
                (Part::Name, self.room_name.is_number()),
                (Part::Desc, self.desc.is_number()),
            ]),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::api::wire::Body;

    #[test]
    fn a_room_is_read_leniently_and_one_without_an_id_is_none() {
        let json = br#"{"permanent_room":{"room_id":" r1 ","user_id":5,"room_name":"A","mpin":"0123","moderators":"2",
            "participants":50,"knock":"false","wait_for_moderator":true,"duration":"0"}}"#;
        let room = Body::parse(json).unwrap().room().unwrap();
        assert_eq!((room.room_id.as_str(), room.user_id.unwrap().as_str()), ("r1", "5"));
        assert_eq!(room.pins.moderator.unwrap().reveal(), "0123");
        assert_eq!((room.moderators, room.participants), (Some(2), Some(50)));
        assert_eq!((room.knock, room.wait_for_moderator, room.auto_recording), (Some(false), Some(true), None));
        assert!(Body::parse(br#"{"permanent_room":{"room_name":"A"}}"#).unwrap().room().is_none());
    }
}
