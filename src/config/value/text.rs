//! Reads texts that must not be blank, titles, ids, names, and patterns of names ("Lecture*").

use crate::config::problem::Complaint;
use crate::model::{AppType, JobName, NamePattern, RoomId, UserId, fold, spreadsheet};

/// Reads a text that says something, without anything unseen at its ends and in NFC.
pub(in crate::config) fn not_blank(text: &str) -> Result<String, Complaint> {
    match &*fold::normal(text) {
        "" => Err(Complaint::new("the text is blank", "Write something, or leave the key out.")),
        normal => Ok(normal.to_owned()),
    }
}

/// Reads texts that each say something; a list of none says nothing.
pub(in crate::config) fn list(texts: &[String]) -> Result<Vec<String>, Complaint> {
    if texts.is_empty() {
        return Err(Complaint::new("the list is empty", "Write at least one text, or leave the key out."));
    }
    texts.iter().map(|text| not_blank(text)).collect()
}

/// Reads the title of a meeting or the name of a room, in the form in which it is sent.
pub(in crate::config) fn title(text: &str) -> Result<String, Complaint> {
    let title = fold::normal(text);
    if spreadsheet::is_error(&title) {
        return Err(Complaint::new(
            format!("{text:?} is a spreadsheet's error, not a title"),
            "Write the title itself, or leave the key out.",
        ));
    }
    match title.chars().count() {
        3..=50 if fold::control(&title).is_none() => Ok(title.into_owned()),
        _ => Err(Complaint::new(
            format!("{text:?} cannot be a meeting's title"),
            "Write one line of 3 to 50 characters.",
        )),
    }
}

/// Reads the description of a meeting or a room.
pub(in crate::config) fn desc(text: &str) -> Result<String, Complaint> {
    if spreadsheet::is_error(fold::trimmed(text)) {
        return Err(Complaint::new(
            format!("{text:?} is a spreadsheet's error, not a description"),
            "Write the description itself, or leave the key out.",
        ));
    }
    not_blank(text)
}

/// Reads an id as the server writes it, which holds nothing that is not seen and which no spreadsheet has made.
pub(in crate::config) fn plain_id(text: &str) -> Result<String, Complaint> {
    let id = fold::normal(text);
    if id.is_empty() {
        return Err(Complaint::new("the id is blank", "Write the id, or leave the key out."));
    }
    match fold::hidden(&id).or_else(|| id.contains(fold::LOST).then_some(fold::LOST)) {
        Some(hidden) => Err(Complaint::new(
            format!("the id {id:?} holds {}", fold::named(hidden)),
            "Delete that character: write the id as the server shows it.",
        )),
        None => match spreadsheet::NoId::of(&id) {
            Some(why) => Err(Complaint::new(
                format!("{id:?} {}", why.fault("id")),
                "Write the id as the server shows it, or leave it out.",
            )),
            None => Ok(id.into_owned()),
        },
    }
}

/// Reads a user's id.
pub(in crate::config) fn id(text: &str) -> Result<UserId, Complaint> {
    plain_id(text)
        .and_then(|id| UserId::new(&id).ok_or_else(|| Complaint::new("the id is blank", "Write the user's id.")))
}

/// Reads a room's id.
pub(in crate::config) fn room_id(text: &str) -> Result<RoomId, Complaint> {
    plain_id(text)
        .and_then(|id| RoomId::new(&id).ok_or_else(|| Complaint::new("the id is blank", "Write the room's id.")))
}

/// Reads the name of a job.
pub(in crate::config) fn job_name(text: &str) -> Result<JobName, Complaint> {
    text.parse().map_err(|_| {
        Complaint::new(
            format!("{text:?} cannot be the name of a job"),
            "Use letters (a to z), digits, - and _, 64 characters at most.",
        )
    })
}

/// Reads the application type.
pub(in crate::config) fn app_type(text: &str) -> Result<AppType, Complaint> {
    AppType::parse(text).ok_or_else(|| {
        Complaint::new(
            format!("{text:?} is not an application type"),
            "Write \"vc\" for video conferences or \"wb\" for webinars.",
        )
    })
}

/// Reads a pattern of a room's or meeting's name.
pub(in crate::config) fn name_pattern(text: &str) -> Result<NamePattern, Complaint> {
    NamePattern::new(text)
        .ok_or_else(|| Complaint::new("the pattern is blank", "Write one such as \"Lecture*\", or leave the key out."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_three_to_fifty_characters_on_one_line() {
        assert_eq!(title(" Ärztin "), Ok("Ärztin".to_owned()));
        assert_eq!(title("\u{FEFF}A\u{308}rztin\u{200B}"), Ok("Ärztin".to_owned()));
        for wrong in ["ab", "ab\u{200B}\u{200B}", "ab\u{FE0F}", "two\nlines", "two\u{2028}lines", &"ü".repeat(51)] {
            assert!(title(wrong).is_err(), "{wrong}");
        }
        assert!(title(&"ü".repeat(50)).is_ok());
    }

    #[test]
    fn what_only_a_spreadsheet_writes_is_no_title_no_description_and_no_id() {
        for error in ["#REF!", "#nv", "Err: 502", "=\"#N/A\""] {
            assert!(title(error).is_err() && desc(error).is_err() && id(error).is_err(), "{error}");
        }
        for wrong in ["17.0", "1.23457E+11", "NULL", "NaN", "-", "1e5", "1,234"] {
            assert!(id(wrong).is_err() && room_id(wrong).is_err() && plain_id(wrong).is_err(), "{wrong}");
        }
        assert!(title("NULL").is_ok() && title("Mathe #1").is_ok() && desc("17.0").is_ok() && id("17").is_ok());
    }

    #[test]
    fn blank_texts_and_empty_lists_say_nothing() {
        assert!(
            not_blank(" ").is_err()
                && not_blank("\u{200B}\u{2800}").is_err()
                && list(&[]).is_err()
                && list(&["a".into(), String::new()]).is_err()
        );
        assert_eq!(list(&[" a ".into()]), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn only_the_two_products_are_application_types() {
        assert_eq!(app_type("wb"), Ok(AppType::Webinar));
        assert!(app_type("webinar").is_err());
    }
}
