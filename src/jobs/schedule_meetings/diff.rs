//! Finds the fields of a meeting that are not as a row wants them. Pure.

use super::noted::Noted;
use crate::clock::Timestamp;
use crate::model::kept::{as_kept, is_told_id, is_told_text};
use crate::model::{MeetingChange, Part, UserId};

/// A field that a row speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in a timetable.
    pub(super) name: &'static str,
    /// The value on the server; `None` where the server did not tell.
    pub(super) is: Option<String>,
    /// The wanted value.
    pub(super) wanted: Option<String>,
}

impl Field {
    /// `participants (30 there, 25 here)`.
    pub(super) fn in_words(&self) -> String {
        let shown = |value: &Option<String>| {
            let text: String = value.as_deref().unwrap_or("").chars().take(40).collect();
            if text.is_empty() { "nothing".to_owned() } else { text }
        };
        format!("{} ({} there, {} here)", self.name, shown(&self.is), shown(&self.wanted))
    }
}

/// Returns the fields that a change speaks of, as text.
pub(super) fn wanted(change: &MeetingChange) -> Vec<(&'static str, String)> {
    let yes_no = |value: bool| (if value { "yes" } else { "no" }).to_owned();
    [
        ("room_name", change.room_name.clone()),
        ("desc", change.desc.clone()),
        ("start_time", change.start.map(Timestamp::to_api)),
        ("timezone_id", change.timezone_id.clone()),
        ("duration", change.duration_min.map(|minutes| minutes.to_string())),
        ("moderators", change.moderators.map(|n| n.to_string())),
        ("participants", change.participants.map(|n| n.to_string())),
        ("wait_for_moderator", change.wait_for_moderator.map(yes_no)),
        ("knock", change.knock.map(yes_no)),
        ("auto_recording", change.auto_recording.map(yes_no)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// Returns the wanted fields that the server has otherwise. A field that it does not tell counts as being as
/// wanted.
pub(super) fn differences(wanted: &[(&'static str, String)], noted: &Noted) -> Vec<Field> {
    let yes_no = |value: bool| (if value { "yes" } else { "no" }).to_owned();
    let is = |name: &str| match name {
        "room_name" => Some(noted.room_name.clone()),
        "desc" => noted.desc.as_deref().map(|desc| desc.trim().to_owned()),
        "start_time" => noted.start.map(Timestamp::to_api),
        "timezone_id" => noted.timezone_id.clone(),
        "duration" => noted.duration_min.map(|minutes| minutes.to_string()),
        "moderators" => noted.moderators.map(|n| n.to_string()),
        "participants" => noted.participants.map(|n| n.to_string()),
        "wait_for_moderator" => noted.wait_for_moderator.map(yes_no),
        "knock" => noted.knock.map(yes_no),
        "auto_recording" => noted.auto_recording.map(yes_no),
        _ => None,
    };
    wanted
        .iter()
        .filter_map(|(name, wanted)| {
            let is = is(name)?;
            let is_same = match *name {
                "room_name" => is == wanted.trim() || is_told_text(&is, wanted, noted.numbers.has(Part::Name)),
                "desc" => is == wanted.trim() || is_told_text(&is, wanted, noted.numbers.has(Part::Desc)),
                "timezone_id" => is_told_id(&is, wanted.trim(), noted.numbers.has(Part::Zone)),
                _ => is == wanted.trim(),
            };
            (!is_same).then(|| Field { name, is: Some(is), wanted: Some(wanted.clone()) })
        })
        .collect()
}

/// Returns the user, where the meeting is another one's than the row wants.
pub(super) fn user_difference(wanted: &UserId, noted: &Noted) -> Option<Field> {
    let is = noted.user_id.as_ref()?;
    let is_same = is_told_id(&as_kept(is.as_str()), &as_kept(wanted.as_str()), noted.numbers.has(Part::User));
    (!is_same).then(|| Field { name: "user_id", is: Some(is.to_string()), wanted: Some(wanted.to_string()) })
}

/// Returns the fields of a change as the meeting has them: what stood there before.
pub(super) fn as_it_is(change: &MeetingChange, noted: &Noted) -> MeetingChange {
    MeetingChange {
        room_name: change.room_name.as_ref().map(|_| noted.room_name.clone()),
        desc: change.desc.as_ref().and_then(|_| noted.desc.clone()),
        start: change.start.and(noted.start),
        duration_min: change.duration_min.and(noted.duration_min),
        moderators: change.moderators.and(noted.moderators),
        participants: change.participants.and(noted.participants),
        wait_for_moderator: change.wait_for_moderator.and(noted.wait_for_moderator),
        knock: change.knock.and(noted.knock),
        auto_recording: change.auto_recording.and(noted.auto_recording),
        ..MeetingChange::default()
    }
}

/// Tells whether a list told all that a change speaks of: a field that it left out must be asked for.
pub(super) fn is_told(change: &MeetingChange, noted: &Noted) -> bool {
    let is = |wanted: bool, told: bool| told || !wanted;
    is(true, noted.start.is_some())
        && is(change.timezone_id.is_some(), noted.timezone_id.is_some())
        && is(change.desc.is_some(), noted.desc.is_some())
        && is(change.duration_min.is_some(), noted.duration_min.is_some())
        && is(change.moderators.is_some(), noted.moderators.is_some())
        && is(change.participants.is_some(), noted.participants.is_some())
        && is(change.wait_for_moderator.is_some(), noted.wait_for_moderator.is_some())
        && is(change.knock.is_some(), noted.knock.is_some())
        && is(change.auto_recording.is_some(), noted.auto_recording.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MeetingId, Numbers};

    fn noted() -> Noted {
        Noted {
            meeting_id: MeetingId::new("m1").unwrap(),
            user_id: UserId::new("u1"),
            room_name: "Algebra".to_owned(),
            start: Some(Timestamp::from_api("2027-02-01 08:00").unwrap()),
            duration_min: Some(60),
            timezone_id: None,
            room_id: None,
            direct_url: None,
            desc: None,
            moderators: Some(1),
            participants: Some(30),
            wait_for_moderator: Some(false),
            knock: None,
            auto_recording: None,
            ours: false,
            numbers: Numbers::default(),
        }
    }

    #[test]
    fn a_text_that_the_server_keeps_in_its_own_form_is_no_difference() {
        let change = |desc: &str| MeetingChange { desc: Some(desc.to_owned()), ..MeetingChange::default() };
        let kept = Noted { desc: Some("R&amp;D".to_owned()), ..noted() };
        assert_eq!(differences(&wanted(&change("R&D\u{200B}")), &kept), []);
        assert_eq!(differences(&wanted(&change("R&E")), &kept).len(), 1);
        let zone = |id: &str| MeetingChange { timezone_id: Some(id.to_owned()), ..MeetingChange::default() };
        let kept = Noted { timezone_id: Some("42".to_owned()), ..noted() };
        assert_eq!(differences(&wanted(&zone("0042")), &kept).len(), 1);
        let kept = Noted { numbers: Numbers::of([(Part::Zone, true)]), ..kept };
        assert_eq!(differences(&wanted(&zone("0042")), &kept), []);
        assert_eq!(differences(&wanted(&zone("43")), &kept).len(), 1);
    }

    #[test]
    fn another_user_is_a_difference_and_an_id_told_as_a_number_is_none() {
        let of = |user: &str, is_number| Noted {
            user_id: UserId::new(user),
            numbers: Numbers::of([(Part::User, is_number)]),
            ..noted()
        };
        let differs =
            |noted: &Noted| user_difference(&UserId::new("0042").unwrap(), noted).map(|field| field.in_words());
        assert_eq!(differs(&of("u1", false)).as_deref(), Some("user_id (u1 there, 0042 here)"));
        assert_eq!(differs(&of("0042", false)), None);
        assert_eq!(differs(&of("42", true)), None);
        assert!(differs(&of("42", false)).is_some());
        assert_eq!(differs(&Noted { user_id: None, ..noted() }), None);
    }

    #[test]
    fn only_fields_that_differ_and_that_the_server_tells_are_named() {
        let change = MeetingChange {
            participants: Some(25),
            moderators: Some(1),
            wait_for_moderator: Some(true),
            knock: Some(true),
            ..MeetingChange::default()
        };
        let fields = differences(&wanted(&change), &noted());
        let words: Vec<_> = fields.iter().map(Field::in_words).collect();
        assert_eq!(words, ["participants (30 there, 25 here)", "wait_for_moderator (no there, yes here)"]);
    }
}
