//! Describes a meeting as a notebook keeps it: what rows are compared with, and no PIN.

use crate::clock::Timestamp;
use crate::model::kept::is_told_id;
use crate::model::{Damaged, Meeting, MeetingId, Numbers, Packer, Part, RoomId, Unpacker, UserId};

/// A meeting as it is noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) meeting_id: MeetingId,
    pub(super) user_id: Option<UserId>,
    pub(super) room_name: String,
    pub(super) start: Option<Timestamp>,
    pub(super) duration_min: Option<u32>,
    /// Told by the list alone.
    pub(super) timezone_id: Option<String>,
    pub(super) room_id: Option<RoomId>,
    pub(super) direct_url: Option<String>,
    pub(super) desc: Option<String>,
    pub(super) moderators: Option<u32>,
    pub(super) participants: Option<u32>,
    pub(super) wait_for_moderator: Option<bool>,
    pub(super) knock: Option<bool>,
    pub(super) auto_recording: Option<bool>,
    /// This job made or changed it since the run began.
    pub(super) ours: bool,
    /// The parts of it that the server told as a number.
    pub(super) numbers: Numbers,
}

impl Noted {
    pub(super) fn of(meeting: &Meeting) -> Self {
        Self {
            meeting_id: meeting.meeting_id.clone(),
            user_id: meeting.user_id.clone(),
            room_name: meeting.room_name.trim().to_owned(),
            start: meeting.start,
            duration_min: meeting.duration_min,
            timezone_id: meeting.timezone.as_ref().and_then(|zone| zone.timezone_id.clone()),
            room_id: meeting.room_id.clone(),
            direct_url: meeting.direct_url.clone(),
            desc: meeting.desc.clone(),
            moderators: meeting.moderators,
            participants: meeting.participants,
            wait_for_moderator: meeting.wait_for_moderator,
            knock: meeting.knock,
            auto_recording: meeting.auto_recording,
            ours: false,
            numbers: meeting.numbers,
        }
    }

    /// Reads what was packed.
    pub(super) fn unpacked(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut packed = Unpacker::of(bytes);
        let text = |packed: &mut Unpacker<'_>| packed.optional(|packed| packed.text().map(str::to_owned));
        let noted = Self {
            meeting_id: MeetingId::new(packed.text()?).ok_or(Damaged::of("a meeting has no id"))?,
            user_id: packed.optional(|packed| UserId::new(packed.text()?).ok_or(Damaged::of("a user has no id")))?,
            room_name: packed.text()?.to_owned(),
            start: packed.optional(Unpacker::signed)?.map(Timestamp::from_millis),
            timezone_id: text(&mut packed)?,
            room_id: packed.optional(|packed| RoomId::new(packed.text()?).ok_or(Damaged::of("a room has no id")))?,
            direct_url: text(&mut packed)?,
            desc: text(&mut packed)?,
            duration_min: packed.optional(Unpacker::small)?,
            moderators: packed.optional(Unpacker::small)?,
            participants: packed.optional(Unpacker::small)?,
            wait_for_moderator: packed.optional(Unpacker::flag)?,
            knock: packed.optional(Unpacker::flag)?,
            auto_recording: packed.optional(Unpacker::flag)?,
            ours: packed.flag()?,
            numbers: Numbers::of_bits(packed.small()?),
        };
        packed.end()?;
        Ok(noted)
    }
}

/// Packs a meeting for the notebook, which lasts no longer than this process; `ours` where this job made or changed it since the run
/// began.
pub(super) fn packed(meeting: &Meeting, ours: bool) -> Vec<u8> {
    let mut packer = Packer::onto(Vec::with_capacity(192));
    packer.text(meeting.meeting_id.as_str());
    packer.optional(meeting.user_id.as_ref(), |packer, user| packer.text(user.as_str()));
    packer.text(meeting.room_name.trim());
    packer.optional(meeting.start, |packer, start| packer.signed(start.millis()));
    let zone = meeting.timezone.as_ref().and_then(|zone| zone.timezone_id.as_deref());
    let room = meeting.room_id.as_ref().map(RoomId::as_str);
    for text in [zone, room, meeting.direct_url.as_deref(), meeting.desc.as_deref()] {
        packer.optional(text, Packer::text);
    }
    for number in [meeting.duration_min, meeting.moderators, meeting.participants] {
        packer.optional(number, |packer, number| packer.number(number.into()));
    }
    for flag in [meeting.wait_for_moderator, meeting.knock, meeting.auto_recording] {
        packer.optional(flag, Packer::flag);
    }
    packer.flag(ours);
    packer.number(meeting.numbers.bits().into());
    packer.into_bytes()
}

/// Tells whether a reply tells that meeting.
pub(super) fn is_it(told: &Meeting, asked: &MeetingId) -> bool {
    is_told_id(told.meeting_id.as_str(), asked.as_str(), told.numbers.has(Part::Id))
}

#[cfg(test)]
mod tests {
    use proptest::option::of;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{MeetingZone, Pins};

    prop_compose! {
        fn meeting()(
            (id, user, name) in ("[a-z0-9]{1,24}", of("[a-z0-9]{1,9}"), ".{0,30}"),
            (start, minutes, moderators, participants) in
                (of(any::<i32>()), of(any::<u32>()), of(any::<u32>()), of(any::<u32>())),
            (zone, room, url, desc) in (of(".{0,9}"), of("[a-z0-9]{1,9}"), of(".{0,40}"), of(".{0,40}")),
            (wait, knock, record, numbers) in
                (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), any::<u8>()),
        ) -> Meeting {
            Meeting {
                meeting_id: MeetingId::new(&id).unwrap(),
                room_id: room.as_deref().and_then(RoomId::new),
                user_id: user.as_deref().and_then(UserId::new),
                room_name: name,
                app_type: None,
                desc,
                start: start.map(|start| Timestamp::from_millis(i64::from(start) * 1000)),
                timezone: zone.map(|zone| MeetingZone { timezone_id: Some(zone), zone_name: None }),
                duration_min: minutes,
                moderators,
                participants,
                wait_for_moderator: wait,
                knock,
                auto_recording: record,
                pins: Pins::default(),
                direct_url: url,
                stage: None,
                numbers: Numbers::of_bits(numbers),
                invitees: None,
            }
        }
    }

    proptest! {
        #[test]
        fn a_note_is_read_as_it_was_packed_and_a_torn_one_is_refused(
            (meeting, ours) in (meeting(), any::<bool>()),
            cut in any::<prop::sample::Index>(),
        ) {
            let packed = packed(&meeting, ours);
            prop_assert_eq!(Noted::unpacked(&packed), Ok(Noted { ours, ..Noted::of(&meeting) }));
            prop_assert!(Noted::unpacked(&packed[..cut.index(packed.len())]).is_err());
            prop_assert!(Noted::unpacked(&[packed, vec![0]].concat()).is_err());
        }
    }

    #[test]
    fn a_note_without_an_id_is_refused_in_words() {
        let told = Noted::unpacked(&[0]).unwrap_err().to_string();
        assert_eq!(told, "packed notes are damaged: a meeting has no id");
    }
}
