//! Holds what the job remembers of a meeting beyond a run, under the identity of its row.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::model::{Numbers, UserId};

/// The facts that are remembered of a meeting. They are written as a list, in the order of these fields, up to the last that is not as
/// usual. Earlier versions wrote the fields with their names, and so are those of another's meeting still: the journal knows them by
/// `"theirs":true`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Facts {
    /// Its owner.
    pub(super) user: Option<UserId>,
    /// Its title.
    pub(super) room_name: String,
    /// Its start.
    pub(super) start: Timestamp,
    /// Minutes.
    pub(super) duration_min: u32,
    /// True where a run gave it invitees, false where none ever did; `None` where that is not known.
    #[serde(default)]
    pub(super) invited: Option<bool>,
    /// The parts of this that the server told as a number, so that zeros in front may be missing.
    #[serde(default)]
    pub(super) numbers: Numbers,
    /// Set when it was made by another creator, and the row was told that it exists.
    #[serde(default)]
    pub(super) theirs: bool,
}

impl Facts {
    pub(super) fn end(&self) -> Timestamp {
        self.start.plus_minutes(self.duration_min)
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { user, room_name, start, duration_min, invited, numbers, theirs } = self;
        if *theirs {
            let mut named = to.serialize_struct("Facts", 7)?;
            named.serialize_field("user", user)?;
            named.serialize_field("room_name", room_name)?;
            named.serialize_field("start", start)?;
            named.serialize_field("duration_min", duration_min)?;
            named.serialize_field("invited", invited)?;
            named.serialize_field("numbers", numbers)?;
            named.serialize_field("theirs", theirs)?;
            return named.end();
        }
        match (invited, numbers.is_empty()) {
            (None, true) => (user, room_name, start, duration_min).serialize(to),
            (invited, true) => (user, room_name, start, duration_min, invited).serialize(to),
            (invited, false) => (user, room_name, start, duration_min, invited, numbers).serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::option::of;
    use proptest::prelude::*;

    use super::super::planned_action::json;
    use super::*;

    fn facts() -> Facts {
        Facts {
            user: UserId::new("u1"),
            room_name: "Algebra".to_owned(),
            start: Timestamp::from_api("2027-02-01 08:00:00").unwrap(),
            duration_min: 90,
            invited: None,
            theirs: false,
            numbers: Numbers::default(),
        }
    }

    proptest! {
        #[test]
        fn facts_are_read_as_they_were_written(
            (user, title) in (of("[a-z0-9]{1,9}"), ".{0,30}"),
            (start, minutes) in (any::<i32>(), any::<u32>()),
            (invited, theirs, numbers) in (of(any::<bool>()), any::<bool>(), any::<u8>()),
        ) {
            let facts = Facts {
                user: user.as_deref().and_then(UserId::new),
                room_name: title,
                start: Timestamp::from_seconds(start.into()),
                duration_min: minutes,
                invited,
                theirs,
                numbers: Numbers::of_bits(numbers),
            };
            prop_assert_eq!(serde_json::from_str::<Facts>(&json(&facts)).unwrap(), facts);
        }
    }

    #[test]
    fn facts_end_with_the_last_that_is_not_as_usual() {
        let always = "\"u1\",\"Algebra\",\"2027-02-01T08:00:00Z\",90";
        assert_eq!(json(&facts()), format!("[{always}]"));
        assert_eq!(json(&Facts { invited: Some(false), ..facts() }), format!("[{always},false]"));
        let numbers = Numbers::of_bits(1);
        assert_eq!(json(&Facts { numbers, user: None, ..facts() }), format!("[null{},null,1]", &always[4..]));
    }

    #[test]
    fn the_journal_knows_anothers_meeting_by_its_facts() {
        let theirs = json(&Facts { theirs: true, ..facts() });
        assert!(theirs.contains("\"theirs\":true"), "{theirs}");
        let named_so = Facts { room_name: "\"theirs\":true".to_owned(), ..facts() };
        assert!(!json(&named_so).contains("\"theirs\":true"));
    }

    #[test]
    fn facts_of_an_earlier_version_have_names() {
        let named = "{\"user\":\"u1\",\"room_name\":\"Algebra\",\"start\":\"2027-02-01T08:00:00Z\",\"duration_min\":90";
        assert_eq!(serde_json::from_str::<Facts>(&format!("{named}}}")).unwrap(), facts());
        let theirs = serde_json::from_str::<Facts>(&format!("{named},\"theirs\":true,\"invited\":true}}")).unwrap();
        assert_eq!(theirs, Facts { theirs: true, invited: Some(true), ..facts() });
    }
}
