//! Describes a meeting that is to be made, and how the journal keeps it: as a list, since each of a file's rows has one.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::{Invitees, UserId};
use crate::clock::Timestamp;

/// The meeting that Schedule Meeting is asked to make; already checked. It is written as a list, in the order of these fields, up to the
/// last that is there; earlier versions wrote the fields with their names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MeetingDraft {
    /// For whom; the credentials' own user when absent.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The title, 3 to 50 characters.
    pub room_name: String,
    /// The time at which it begins.
    pub start: Timestamp,
    /// The server's id of the zone it is shown in.
    pub timezone_id: String,
    /// Minutes, at least 10.
    pub duration_min: u32,
    /// Seats for moderators, at least 1.
    pub moderators: u32,
    /// Seats for participants.
    pub participants: u32,
    /// The description; left out of the request when absent.
    #[serde(default)]
    pub desc: Option<String>,
    /// Left to the server when absent, as are the three below.
    #[serde(default)]
    pub wait_for_moderator: Option<bool>,
    /// True when participants are let in one by one.
    #[serde(default)]
    pub knock: Option<bool>,
    /// True when it is recorded by itself.
    #[serde(default)]
    pub auto_recording: Option<bool>,
    /// True when the server mails the invitees.
    #[serde(default)]
    pub send_mail: Option<bool>,
    /// Whom it mails.
    #[serde(default)]
    pub invitees: Invitees,
}

impl Serialize for MeetingDraft {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let flags = [self.wait_for_moderator, self.knock, self.auto_recording, self.send_mail];
        let optional = match flags.iter().rposition(Option::is_some) {
            _ if !self.invitees.is_empty() => 6,
            Some(last) => 2 + last,
            None => usize::from(self.desc.is_some()),
        };
        let mut list = to.serialize_seq(Some(7 + optional))?;
        list.serialize_element(&self.user_id)?;
        list.serialize_element(&self.room_name)?;
        list.serialize_element(&self.start)?;
        list.serialize_element(&self.timezone_id)?;
        for number in [self.duration_min, self.moderators, self.participants] {
            list.serialize_element(&number)?;
        }
        if optional > 0 {
            list.serialize_element(&self.desc)?;
        }
        for flag in flags.iter().take(optional.saturating_sub(1)) {
            list.serialize_element(flag)?;
        }
        if optional > 5 {
            list.serialize_element(&self.invitees)?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::option::of;
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn draft()(
            (user, title, zone) in (of("[a-z0-9]{1,9}"), ".{3,30}", "[0-9]{1,4}"),
            (start, minutes, moderators, participants) in (any::<i32>(), any::<u32>(), any::<u32>(), any::<u32>()),
            (desc, wait, knock, record, mail) in
                (of(".{0,30}"), of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), of(any::<bool>())),
            emails in prop::collection::vec("[a-z]{1,5}@example\\.org", 0..3),
        ) -> MeetingDraft {
            MeetingDraft {
                user_id: user.as_deref().and_then(UserId::new),
                room_name: title,
                start: Timestamp::from_seconds(start.into()),
                timezone_id: zone,
                duration_min: minutes,
                moderators,
                participants,
                desc,
                wait_for_moderator: wait,
                knock,
                auto_recording: record,
                send_mail: mail,
                invitees: Invitees { emails, ..Invitees::default() },
            }
        }
    }

    proptest! {
        #[test]
        fn a_draft_is_read_as_it_was_written(draft in draft()) {
            let written = serde_json::to_string(&draft).unwrap();
            prop_assert_eq!(serde_json::from_str::<MeetingDraft>(&written).unwrap(), draft);
        }
    }

    #[test]
    fn a_draft_ends_with_the_last_field_that_is_there() {
        let draft = MeetingDraft {
            user_id: UserId::new("u1"),
            room_name: "Algebra".to_owned(),
            start: Timestamp::from_api("2027-02-01 08:00:00").unwrap(),
            timezone_id: "1000".to_owned(),
            duration_min: 90,
            moderators: 1,
            participants: 20,
            desc: None,
            wait_for_moderator: None,
            knock: None,
            auto_recording: None,
            send_mail: None,
            invitees: Invitees::default(),
        };
        let written = |draft: &MeetingDraft| serde_json::to_string(draft).unwrap();
        let always = "\"u1\",\"Algebra\",\"2027-02-01T08:00:00Z\",\"1000\",90,1,20";
        assert_eq!(written(&draft), format!("[{always}]"));
        let described = MeetingDraft { desc: Some("Sets".to_owned()), ..draft.clone() };
        assert_eq!(written(&described), format!("[{always},\"Sets\"]"));
        let knocking = MeetingDraft { knock: Some(true), ..draft };
        assert_eq!(written(&knocking), format!("[{always},null,null,true]"));
    }

    #[test]
    fn a_draft_of_an_earlier_version_has_names() {
        let written = "{\"room_name\":\"Algebra\",\"start\":\"2027-02-01T08:00:00Z\",\"timezone_id\":\"1000\",\"duration_min\":90,\"moderators\":1,\"participants\":20,\"knock\":false,\"invitees\":{\"emails\":[\"a@example.org\"]}}";
        let draft: MeetingDraft = serde_json::from_str(written).unwrap();
        assert_eq!((draft.user_id, draft.knock, draft.invitees.emails.len()), (None, Some(false), 1));
    }
}
