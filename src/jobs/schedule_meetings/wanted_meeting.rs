//! Describes a meeting that is to be made, as the journal keeps it, with what it is recognised by and held under.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize, Serializer};

use super::identity::{Sight, match_key_of};
use super::session::make_lease;
use crate::model::{MeetingDraft, UserId};

/// A meeting to be made. What follows from the draft is not written a second time, and a clone is the same one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenCreate")]
pub(super) struct Create(Arc<WantedMeeting>);

/// What is to be made, and whose.
#[derive(Debug)]
pub(super) struct WantedMeeting {
    /// The draft that is sent.
    pub(super) draft: MeetingDraft,
    /// The future meeting's owner: the draft's user, or the credentials' own.
    pub(super) user: UserId,
    /// Start, user, duration and title, where an earlier version wrote others than the draft says.
    key: Option<String>,
    lease: OnceLock<String>,
}

impl PartialEq for WantedMeeting {
    fn eq(&self, other: &Self) -> bool {
        (&self.draft, &self.user, &self.key) == (&other.draft, &other.user, &other.key)
    }
}

impl Eq for WantedMeeting {}

impl Deref for Create {
    type Target = WantedMeeting;

    fn deref(&self) -> &WantedMeeting {
        &self.0
    }
}

impl Create {
    /// Makes that draft's meeting that user's.
    pub(super) fn of(draft: MeetingDraft, user: UserId) -> Self {
        Self(Arc::new(WantedMeeting { draft, user, key: None, lease: OnceLock::new() }))
    }
}

impl WantedMeeting {
    /// Returns what the server's form of it is compared with.
    pub(super) fn sight(&self) -> Sight<'_> {
        match &self.key {
            Some(key) => Sight::of(key),
            None => {
                let MeetingDraft { start, duration_min, room_name, .. } = &self.draft;
                Sight::of_meeting(*start, self.user.as_str(), *duration_min, room_name)
            }
        }
    }

    /// Returns the lease of the making.
    pub(super) fn lease(&self) -> &str {
        self.lease.get_or_init(|| make_lease(&self.sight()))
    }

    /// Returns what is seen of it but its length, which the lease ends with.
    pub(super) fn seen_meeting(&self) -> &str {
        self.lease().split_once('|').map_or("", |(_, meeting)| meeting)
    }
}

fn key_of(draft: &MeetingDraft, user: &UserId) -> String {
    match_key_of(draft.start, user.as_str(), draft.duration_min, &draft.room_name)
}

/// As a list: the draft, then the user where it is not the draft's, then the key of an earlier version.
impl Serialize for Create {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let user = Some(&self.user).filter(|user| self.draft.user_id.as_ref() != Some(*user));
        match (user, &self.key) {
            (None, None) => (&self.draft,).serialize(to),
            (user, None) => (&self.draft, user).serialize(to),
            (user, Some(key)) => (&self.draft, user, key).serialize(to),
        }
    }
}

/// The same as it is written; earlier versions wrote all of it, and with names.
#[derive(Deserialize)]
struct WrittenCreate {
    draft: MeetingDraft,
    #[serde(default)]
    user: Option<UserId>,
    #[serde(default)]
    key: Option<String>,
}

impl TryFrom<WrittenCreate> for Create {
    type Error = &'static str;

    fn try_from(written: WrittenCreate) -> Result<Self, Self::Error> {
        let WrittenCreate { draft, user, key } = written;
        let user = user.or_else(|| draft.user_id.clone()).ok_or("a meeting is to be made for no user")?;
        let key = key.filter(|key| *key != key_of(&draft, &user));
        Ok(Self(Arc::new(WantedMeeting { draft, user, key, lease: OnceLock::new() })))
    }
}

#[cfg(test)]
mod tests {
    use super::super::planned_action::json;
    use super::*;

    #[test]
    fn what_follows_from_a_draft_is_written_once_and_what_earlier_versions_wrote_is_read() {
        let named = r#"{"draft":{"user_id":"u|1","room_name":"Algebra","start":"2027-02-01T08:00:00Z","timezone_id":"1000","duration_min":60,"moderators":1,"participants":30}}"#;
        let create: Create = serde_json::from_str(named).unwrap();
        let key = Sight::of("2027-02-01 08:00:00|u\\|1|60|Algebra");
        assert_eq!((create.user.as_str(), create.sight(), create.lease()), ("u|1", key.clone(), &*make_lease(&key)));
        let draft = r#"["u|1","Algebra","2027-02-01T08:00:00Z","1000",60,1,30]"#;
        assert_eq!(json(&create), format!("[{draft}]"));
        assert_eq!(serde_json::from_str::<Create>(&json(&create)).unwrap(), create);
        let before = named.replace("}}", r#"},"user":"own","key":"another"}"#);
        let create: Create = serde_json::from_str(&before).unwrap();
        assert_eq!((create.user.as_str(), create.sight()), ("own", Sight::of("another")));
        assert_eq!(json(&create), format!(r#"[{draft},"own","another"]"#));
        assert_eq!(serde_json::from_str::<Create>(&json(&create)).unwrap(), create);
        let of_nobody = named.replace(r#""user_id":"u|1","#, "");
        let told = serde_json::from_str::<Create>(&of_nobody).unwrap_err().to_string();
        assert!(told.starts_with("a meeting is to be made for no user"), "{told}");
        let of_the_credentials =
            Create::of(MeetingDraft { user_id: None, ..create.draft.clone() }, create.user.clone());
        let read: Create = serde_json::from_str(&json(&of_the_credentials)).unwrap();
        assert_eq!(read, of_the_credentials);
    }
}
