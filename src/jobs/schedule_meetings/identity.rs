//! Recognises a row that comes again: by its identity within the job, the key that two meetings never share, and a
//! fingerprint of its content. Says, too, by what its meeting is recognised on the server, which may keep texts and ids in a
//! form of its own.

use std::borrow::Cow;

use super::row::{Action, TimetableRow, ZoneChoice};
use crate::clock::Timestamp;
use crate::model::fold::fold;
use crate::model::kept::{as_kept, without_zeros};
use crate::model::{Digest, MeetingId, Numbers, Part, UserId};

impl TimetableRow {
    /// Returns the row's identity within its job, as text: `ref:TT-0001`; without a `ref`, `at:` and the match key
    /// (`at:2027-02-01 08:00:00|u00001|60|Algebra I 1`), or `id:` and the meeting for an `update` or `cancel` that names
    /// one. The start comes first, so that the rows of a file lie side by side in an index.
    ///
    /// `own` is the credentials' own user, whose meeting it is where the row names no user. `None` when a fault
    /// leaves the row without an identity.
    #[must_use]
    pub fn identity(&self, own: Option<&UserId>) -> Option<String> {
        match (&self.reference, &self.meeting_id, self.action) {
            (Some(reference), ..) => Some(["ref:", reference].concat()),
            (None, Some(meeting), Action::Update | Action::Cancel) => Some(["id:", meeting.as_str()].concat()),
            _ => self.key(own, |title| fold(title)).map(|key| ["at:", &key].concat()),
        }
    }

    /// Returns the identity that earlier versions gave a row with these texts: its title as it was written.
    #[must_use]
    pub fn identity_before(&self, own: Option<&UserId>) -> Option<String> {
        match (&self.reference, &self.meeting_id, self.action) {
            (None, None, _) | (None, Some(_), Action::Schedule) => self.match_key(own).map(|key| format!("at:{key}")),
            _ => self.identity(own),
        }
    }

    /// Tells whether earlier versions gave a row with these texts the same identity: where there is a `ref`, or folding leaves the
    /// title as it is.
    #[must_use]
    pub fn has_lasting_identity(&self) -> bool {
        self.reference.is_some() || self.room_name.as_deref().is_none_or(|title| fold(title) == title)
    }

    /// Returns start (UTC), user, duration and title, which tell whether the server has this meeting already.
    #[must_use]
    pub fn match_key(&self, own: Option<&UserId>) -> Option<String> {
        self.key(own, Cow::Borrowed)
    }

    fn key<'a>(&'a self, own: Option<&UserId>, form: impl Fn(&'a str) -> Cow<'a, str>) -> Option<String> {
        let (start, minutes, title) = (self.start?, self.duration_min?, form(self.room_name.as_deref()?));
        let user = self.user_id.as_ref().or(own).map_or("", UserId::as_str);
        Some(match_key_of(start, user, minutes, &title))
    }

    /// Returns a fingerprint of the fields as they would be sent, defaults applied. A zone counts by its name, since the server's
    /// ids of a zone come and go with its clock changes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // No cell holds a NUL, so name, NUL, value, NUL can be taken apart in one way only.
        let mut bytes = Vec::with_capacity(256);
        let mut put = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(value);
            bytes.push(0);
        };
        put("action\0", self.action.as_str().as_bytes());
        let texts = [
            (
                "meeting_id\0",
                self.meeting_id.as_ref().filter(|_| self.action != Action::Schedule).map(MeetingId::as_str),
            ),
            ("user_id\0", self.user_id.as_ref().map(UserId::as_str)),
            ("room_name\0", self.room_name.as_deref()),
            ("desc\0", self.desc.as_deref()),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                put(name, value.as_bytes());
            }
        }
        match &self.zone {
            Some(ZoneChoice::Name(name)) => put("timezone\0", name.as_bytes()),
            Some(ZoneChoice::Id(id)) => put("timezone_id\0", id.as_bytes()),
            None => {}
        }
        let numbers = [
            ("start\0", self.start.map(Timestamp::millis)),
            ("duration\0", self.duration_min.map(i64::from)),
            ("moderators\0", self.moderators.map(i64::from)),
            ("participants\0", self.participants.map(i64::from)),
        ];
        for (name, value) in numbers {
            if let Some(value) = value {
                put(name, itoa::Buffer::new().format(value).as_bytes());
            }
        }
        let switches = [
            ("wait_for_moderator\0", self.wait_for_moderator),
            ("knock\0", self.knock),
            ("auto_recording\0", self.auto_recording),
            ("send_mail\0", self.send_mail),
        ];
        for (name, value) in switches {
            if let Some(on) = value {
                put(name, if on { b"1" } else { b"0" });
            }
        }
        let lists = [
            ("contact\0", &self.invitees.contact_ids),
            ("group\0", &self.invitees.group_ids),
            ("email\0", &self.invitees.emails),
        ];
        for (name, values) in lists {
            for value in values {
                put(name, value.as_bytes());
            }
        }
        Digest::of(&bytes)
    }
}

/// Returns the match key of a meeting that says this.
pub(super) fn match_key_of(start: Timestamp, user: &str, minutes: u32, title: &str) -> String {
    let mut key = String::with_capacity(48 + user.len() + title.len());
    start.write_api(&mut key);
    for part in [&*escaped(user), &*minutes.to_string(), title] {
        key.push('|');
        key.push_str(part);
    }
    key
}

/// Returns a user's id as it stands in a key: the title comes last, so only a bar in the id could make two keys one.
fn escaped(user: &str) -> Cow<'_, str> {
    if user.contains(['|', '\\']) {
        return Cow::Owned(user.replace('\\', "\\\\").replace('|', "\\|"));
    }
    Cow::Borrowed(user)
}

/// A match key in the form in which servers compare texts and ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sight<'a> {
    /// Start, user and title.
    pub(super) meeting: String,
    /// Minutes, as text.
    pub(super) minutes: Cow<'a, str>,
    user: Cow<'a, str>,
    title: Cow<'a, str>,
}

impl<'a> Sight<'a> {
    /// Reads a match key: start, user, minutes and title, separated by bars; a bar in the user's id is written `\|`.
    pub(super) fn of(key: &'a str) -> Self {
        let (start, rest) = key.split_once('|').unwrap_or((key, ""));
        let (user, rest) = rest.split_at(end_of_user(rest));
        let (minutes, title) = rest.trim_start_matches('|').split_once('|').unwrap_or((rest, ""));
        Self::new(|meeting| meeting.push_str(start), as_kept(user), Cow::Borrowed(minutes), as_kept(title))
    }

    /// Returns the same as of the match key of a meeting that says this.
    pub(super) fn of_meeting(start: Timestamp, user: &'a str, minutes: u32, title: &'a str) -> Self {
        let user = match escaped(user) {
            Cow::Borrowed(user) => as_kept(user),
            Cow::Owned(user) => Cow::Owned(as_kept(&user).into_owned()),
        };
        Self::new(|meeting| start.write_api(meeting), user, Cow::Owned(minutes.to_string()), as_kept(title))
    }

    fn new(
        write_start: impl FnOnce(&mut String),
        user: Cow<'a, str>,
        minutes: Cow<'a, str>,
        title: Cow<'a, str>,
    ) -> Self {
        let mut meeting = String::with_capacity(24 + user.len() + title.len());
        write_start(&mut meeting);
        for part in [&user, &title] {
            meeting.push('|');
            meeting.push_str(without_zeros(part));
        }
        Self { meeting, minutes, user, title }
    }

    /// Tells whether a meeting of this start, user and title is the one that was meant, and not one whose user or
    /// title has other zeros in front: those count where the server tells no number.
    pub(super) fn is_of(&self, user: Option<&UserId>, title: &str, numbers: Numbers) -> bool {
        // Only a text of digits comes to the same as another one.
        let is_number = self.user.bytes().all(|byte| byte.is_ascii_digit());
        let is_user = |user: &UserId| !is_number || numbers.has(Part::User) || as_kept(user.as_str()) == self.user;
        user.is_none_or(is_user) && (numbers.has(Part::Name) || as_kept(title) == self.title)
    }

    /// Returns all of it in one text.
    pub(super) fn whole(&self) -> String {
        [&*self.minutes, &self.meeting].join("|")
    }
}

/// Returns the end of the user's id: at the first bar with no backslash before it that belongs to it.
fn end_of_user(rest: &str) -> usize {
    let mut escaped = false;
    let ends = |byte| match byte {
        b'|' if !escaped => true,
        b'\\' => {
            escaped = !escaped;
            false
        }
        _ => {
            escaped = false;
            false
        }
    };
    rest.bytes().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Invitees;

    proptest! {
        #[test]
        fn what_is_seen_of_a_meeting_is_what_is_seen_of_its_key(
            (minutes, seconds) in (any::<u32>(), 0..4_000_000_000_u32),
            user in r"[|\\\\0-9a-z&; ]{0,8}",
            title in r"[|\\\\0-9A-Za-z&;\u{200b} ]{0,12}",
        ) {
            let start = Timestamp::from_millis(i64::from(seconds) * 1000);
            let key = match_key_of(start, &user, minutes, &title);
            prop_assert_eq!(Sight::of(&key), Sight::of_meeting(start, &user, minutes, &title));
        }
    }

    fn row() -> TimetableRow {
        TimetableRow {
            user_id: UserId::new("u00001"),
            room_name: Some("Algebra I 1".to_owned()),
            start: Timestamp::from_api("2027-02-01 08:00").ok(),
            duration_min: Some(60),
            zone: Some(ZoneChoice::Name("Europe/Berlin".to_owned())),
            ..TimetableRow::default()
        }
    }

    #[test]
    fn identities_are_text_that_a_person_can_read() {
        let own = UserId::new("me");
        assert_eq!(row().identity(None).unwrap(), "at:2027-02-01 08:00:00|u00001|60|Algebra I 1");
        assert_eq!(row().match_key(None).unwrap(), "2027-02-01 08:00:00|u00001|60|Algebra I 1");
        let nobody = TimetableRow { user_id: None, ..row() };
        assert_eq!(nobody.identity(own.as_ref()).unwrap(), "at:2027-02-01 08:00:00|me|60|Algebra I 1");
        let named = TimetableRow { reference: Some("TT-0001".to_owned()), start: None, ..row() };
        assert_eq!(named.identity(None).unwrap(), "ref:TT-0001");
        let by_id = TimetableRow { action: Action::Cancel, meeting_id: MeetingId::new("m1"), ..row() };
        assert_eq!(by_id.identity(None).unwrap(), "id:m1");
        assert_eq!(TimetableRow { action: Action::Schedule, ..by_id }.identity(None), row().identity(None));
        assert_eq!(TimetableRow { start: None, ..row() }.identity(None), None);
        let twice = TimetableRow { room_name: Some("Algebra\u{a0} I\u{200b} 1".to_owned()), ..row() };
        assert_eq!(twice.identity(None), row().identity(None));
        assert!(row().has_lasting_identity() && named.has_lasting_identity() && !twice.has_lasting_identity());
        assert_eq!(twice.identity_before(None).unwrap(), "at:2027-02-01 08:00:00|u00001|60|Algebra\u{a0} I\u{200b} 1");
    }

    #[test]
    fn no_two_meetings_share_a_key() {
        let key = |user: &str, title: &str| {
            TimetableRow { user_id: UserId::new(user), room_name: Some(title.to_owned()), ..row() }
                .match_key(None)
                .unwrap()
        };
        assert_ne!(key("a|60|b", "c"), key("a", "b|60|c"));
        assert_ne!(key("a\\", "b"), key("a", "b"));
    }

    #[test]
    fn the_digest_changes_with_every_field_that_is_sent_and_with_no_other() {
        let invited = |emails: &[&str]| Invitees {
            emails: emails.iter().map(ToString::to_string).collect(),
            ..Invitees::default()
        };
        let variants = [
            row(),
            TimetableRow { action: Action::Update, ..row() },
            TimetableRow { user_id: None, ..row() },
            TimetableRow { room_name: Some("Algebra I 2".to_owned()), ..row() },
            TimetableRow { desc: Some("x".to_owned()), ..row() },
            TimetableRow { start: Timestamp::from_api("2027-02-01 08:01").ok(), ..row() },
            TimetableRow { zone: Some(ZoneChoice::Id("Europe/Berlin".to_owned())), ..row() },
            TimetableRow { duration_min: Some(61), ..row() },
            TimetableRow { moderators: Some(60), ..row() },
            TimetableRow { participants: Some(60), ..row() },
            TimetableRow { wait_for_moderator: Some(true), ..row() },
            TimetableRow { knock: Some(true), ..row() },
            TimetableRow { knock: Some(false), ..row() },
            TimetableRow { auto_recording: Some(true), ..row() },
            TimetableRow { send_mail: Some(true), ..row() },
            TimetableRow { invitees: invited(&["a@b.c"]), ..row() },
            TimetableRow { invitees: invited(&["a@b.c", "d"]), ..row() },
            TimetableRow { invitees: Invitees { group_ids: vec!["a@b.c".to_owned()], ..Invitees::default() }, ..row() },
        ];
        for (at, one) in variants.iter().enumerate() {
            for other in &variants[at + 1..] {
                assert_ne!(one.digest(), other.digest(), "{one:?} {other:?}");
            }
        }
        // Journals have it, so it stays what it is.
        let fields = "action|schedule|user_id|u00001|room_name|Algebra I 1|timezone|Europe/Berlin|start|1801468800000|";
        let whole = [fields, "duration|60|knock|1|group|a@b.c|"].concat().replace('|', "\0");
        let invitees = Invitees { group_ids: vec!["a@b.c".to_owned()], ..Invitees::default() };
        assert_eq!(TimetableRow { knock: Some(true), invitees, ..row() }.digest(), Digest::of(whole.as_bytes()));
        let renamed = TimetableRow { reference: Some("R".to_owned()), meeting_id: MeetingId::new("m1"), ..row() };
        assert_eq!(renamed.digest(), row().digest());
    }

    #[test]
    fn a_title_is_recognized_in_the_form_a_server_keeps_it_and_another_is_not() {
        let key = |user: &str, title: &str| format!("2027-02-01 08:00:00|{user}|60|{title}");
        assert_eq!(Sight::of(&key("u1", "\u{200B}R&D | x")), Sight::of(&key("u1", "R&amp;D | x")));
        assert_eq!(Sight::of(&key("0042", "007")).meeting, Sight::of(&key("42", "7")).meeting);
        assert_ne!(Sight::of(&key("u1", "R&D")), Sight::of(&key("u2", "R&D")));
        assert_ne!(Sight::of(&key("a\\|60\\|b", "c")), Sight::of(&key("a", "b|60|c")));
        let seven = Sight::of("2027-02-01 08:00:00|0042|60|007");
        let is = |user: &str, title: &str, numbers| seven.is_of(UserId::new(user).as_ref(), title, numbers);
        let numbers = |user, name| Numbers::of([(Part::User, user), (Part::Name, name)]);
        let none = Numbers::default();
        assert!(is("0042", "007", none) && is("42", "7", numbers(true, true)) && seven.is_of(None, "007", none));
        assert!(!is("42", "007", none) && !is("0042", "7", none));
        // A user's id that comes as a number says nothing of titles, which come as texts.
        assert!(is("42", "007", numbers(true, false)) && !is("42", "7", numbers(true, false)));
        assert!(is("0042", "7", numbers(false, true)) && !is("42", "7", numbers(false, true)));
        assert!(!Sight::of("s|42|60|Algebra").is_of(UserId::new("0042").as_ref(), "Algebra", none));
        let (short, long) = (Sight::of("s|u|45|T"), Sight::of("s|u|60|T"));
        assert_eq!(short.meeting, long.meeting);
        assert_ne!(short.whole(), long.whole());
    }

    proptest! {
        #[test]
        fn a_lasting_identity_is_what_it_was(
            reference in prop::option::of("[a-z]"), meeting in prop::option::of("[m]"), action in 0..3_usize,
            title in prop::option::of("[ab \u{a0}\u{200b}e\u{301}é]{0,5}")
        ) {
            let action = [Action::Schedule, Action::Update, Action::Cancel][action];
            let meeting_id = meeting.as_deref().and_then(MeetingId::new);
            let row = TimetableRow { reference, meeting_id, action, room_name: title, ..row() };
            prop_assert!(!row.has_lasting_identity() || row.identity(None) == row.identity_before(None));
        }
    }
}
