//! Holds what the job remembers of a meeting beyond a run, under the identity of its row.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::model::{Numbers, UserId};

/// The facts that are remembered of a meeting that was made. They are written as a list, in the order of these fields, up to the last
/// that is not as usual; earlier versions wrote the fields with their names.
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
    /// Set when it was made by another creator, and the row was told that it exists.
    #[serde(default)]
    pub(super) theirs: bool,
    /// The parts of this that the server told as a number, so that zeros in front may be missing.
    #[serde(default)]
    pub(super) numbers: Numbers,
}

impl Facts {
    pub(super) fn end(&self) -> Timestamp {
        self.start.plus_minutes(self.duration_min)
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let unusual = [self.invited.is_some(), self.theirs, !self.numbers.is_empty()];
        let more = unusual.iter().rposition(|is| *is).map_or(0, |last| last + 1);
        let mut list = to.serialize_seq(Some(4 + more))?;
        list.serialize_element(&self.user)?;
        list.serialize_element(&self.room_name)?;
        list.serialize_element(&self.start)?;
        list.serialize_element(&self.duration_min)?;
        if more > 0 {
            list.serialize_element(&self.invited)?;
        }
        if more > 1 {
            list.serialize_element(&self.theirs)?;
        }
        if more > 2 {
            list.serialize_element(&self.numbers)?;
        }
        list.end()
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
        assert_eq!(json(&Facts { theirs: true, user: None, ..facts() }), format!("[null{},null,true]", &always[4..]));
    }

    #[test]
    fn facts_of_an_earlier_version_have_names() {
        let named = "{\"user\":\"u1\",\"room_name\":\"Algebra\",\"start\":\"2027-02-01T08:00:00Z\",\"duration_min\":90";
        assert_eq!(serde_json::from_str::<Facts>(&format!("{named}}}")).unwrap(), facts());
        let theirs = serde_json::from_str::<Facts>(&format!("{named},\"theirs\":true,\"invited\":true}}")).unwrap();
        assert_eq!(theirs, Facts { theirs: true, invited: Some(true), ..facts() });
    }
}
