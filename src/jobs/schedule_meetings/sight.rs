//! Says by what a meeting is recognized on the server, which may keep texts and ids in a form of its own. Pure.

use crate::model::kept::{as_kept, without_zeros};
use crate::model::{Numbers, Part, UserId};

/// A match key in the form in which servers compare texts and ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sight {
    /// Start, user and title.
    pub(super) meeting: String,
    /// Minutes, as text.
    pub(super) minutes: String,
    user: String,
    title: String,
}

impl Sight {
    /// Reads a match key: start, user, minutes and title, separated by bars; a bar in the user's id is written `\|`.
    pub(super) fn of(key: &str) -> Self {
        let (start, rest) = key.split_once('|').unwrap_or((key, ""));
        let (user, rest) = rest.split_at(end_of_user(rest));
        let (minutes, title) = rest.trim_start_matches('|').split_once('|').unwrap_or((rest, ""));
        let (user, title) = (as_kept(user), as_kept(title));
        let meeting = format!("{start}|{}|{}", without_zeros(&user), without_zeros(&title));
        Self { meeting, minutes: minutes.to_owned(), user: user.into_owned(), title: title.into_owned() }
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
        format!("{}|{}", self.minutes, self.meeting)
    }
}

/// Returns the end of the user's id: at the first bar with no backslash before it that belongs to it.
fn end_of_user(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            '|' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_recognized_in_the_form_a_server_keeps_it_and_another_is_not() {
        let sight = |user: &str, title: &str| Sight::of(&format!("2027-02-01 08:00:00|{user}|60|{title}"));
        assert_eq!(sight("u1", "\u{200B}R&D | x"), sight("u1", "R&amp;D | x"));
        assert_eq!(sight("0042", "007").meeting, sight("42", "7").meeting);
        assert_ne!(sight("u1", "R&D"), sight("u2", "R&D"));
        assert_ne!(sight("a\\|60\\|b", "c"), sight("a", "b|60|c"));
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
}
