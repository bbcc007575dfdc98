//! Fills the places in a text of a lobby, for each meeting in its own way.

use super::problem::Complaint;
use super::value::did_you_mean;
use crate::model::{LobbyUpload, fold};

/// A text with placeholders: `Welcome to {room_name}`. `{{` and `}}` stand for the braces themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTemplate(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Place(Placeholder),
}

/// A place that is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The meeting's title.
    RoomName,
    /// The time at which it begins.
    StartTime,
    /// The id of the meeting's user.
    UserId,
    /// Its length in minutes.
    Duration,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 4] = [Self::RoomName, Self::StartTime, Self::UserId, Self::Duration];

    /// Returns its name between the braces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RoomName => "room_name",
            Self::StartTime => "start_time",
            Self::UserId => "user_id",
            Self::Duration => "duration",
        }
    }
}

impl MessageTemplate {
    /// Returns the text with its places filled by `value`; where that has nothing for a place, the place.
    pub fn fill(&self, value: impl Fn(Placeholder) -> Option<String>) -> Result<String, Placeholder> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Segment::Text(own) => text.push_str(own),
                Segment::Place(place) => text.push_str(&value(*place).ok_or(*place)?),
            }
        }
        Ok(text)
    }

    /// Reads a message, whose length is as far within the limits as can be told before it is filled in (reference: 2432,
    /// 2433).
    pub(super) fn message(text: &str) -> Result<Self, Complaint> {
        let template = Self::any(text)?;
        let own: usize = template.0.iter().map(Segment::own_length).sum();
        let is_fixed = template.0.iter().all(|part| matches!(part, Segment::Text(_)));
        let (least, most) = (*LobbyUpload::MESSAGE.start(), *LobbyUpload::MESSAGE.end());
        if own > most || (is_fixed && own < least) {
            return Err(Complaint::new(
                format!("the message {text:?} has {own} characters"),
                format!("Write {least} to {most} characters; placeholders count by what they are filled with."),
            ));
        }
        Ok(template)
    }

    /// Reads a text of any length that says something.
    pub(super) fn any(text: &str) -> Result<Self, Complaint> {
        let text = &*fold::normal(text);
        if text.is_empty() {
            return Err(Complaint::new("the text is blank", "Write something, or leave it out."));
        }
        if text.contains(char::is_control) {
            return Err(Complaint::new(format!("{text:?} is not one line"), "Write each text on one line."));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            push(&mut parts, &rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                push(&mut parts, brace);
                rest = after;
                continue;
            }
            let Some((name, after)) = (brace == "{").then(|| after.split_once('}')).flatten() else {
                let remedy = "Write {room_name} for a placeholder, and {{ or }} for a brace.";
                return Err(Complaint::new(format!("a brace in {text:?} stands alone"), remedy));
            };
            parts.push(Segment::Place(placeholder(name)?));
            rest = after;
        }
        push(&mut parts, rest);
        Ok(Self(parts))
    }
}

impl Segment {
    fn own_length(&self) -> usize {
        match self {
            Self::Text(own) => own.chars().count(),
            Self::Place(_) => 0,
        }
    }
}

fn push(parts: &mut Vec<Segment>, own: &str) {
    match parts.last_mut() {
        _ if own.is_empty() => {}
        Some(Segment::Text(text)) => text.push_str(own),
        _ => parts.push(Segment::Text(own.to_owned())),
    }
}

fn placeholder(name: &str) -> Result<Placeholder, Complaint> {
    let known = Placeholder::ALL.map(Placeholder::as_str);
    Placeholder::ALL
        .into_iter()
        .find(|place| place.as_str() == name.trim())
        .ok_or_else(|| Complaint::new(format!("there is no placeholder {{{name}}}"), did_you_mean(name.trim(), &known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, Placeholder> {
        MessageTemplate::any(text).unwrap().fill(|place| match place {
            Placeholder::RoomName => Some("Algebra {1}".to_owned()),
            Placeholder::Duration => Some("45".to_owned()),
            Placeholder::StartTime | Placeholder::UserId => None,
        })
    }

    #[test]
    fn places_are_filled_and_what_fills_them_is_not_read_again() {
        assert_eq!(filled("{room_name}: {duration} min").unwrap(), "Algebra {1}: 45 min");
        assert_eq!(filled("{{{duration}}} {{x}}").unwrap(), "{45} {x}");
        assert_eq!(filled("plain").unwrap(), "plain");
        assert_eq!(filled("{duration} {start_time}"), Err(Placeholder::StartTime));
    }

    #[test]
    fn an_unknown_placeholder_and_a_lone_brace_are_told() {
        let wrong = |text: &str| {
            let complaint = MessageTemplate::any(text).unwrap_err();
            format!("{}. {}", complaint.problem, complaint.remedy)
        };
        assert!(wrong("Welcome to {room_nam}").contains("{room_nam}. Did you mean \"room_name\"?"));
        for text in ["Welcome to {room_name", "100 } per cent"] {
            assert!(wrong(text).contains("stands alone"), "{text}");
        }
        assert!(MessageTemplate::any("two\nlines").is_err() && MessageTemplate::any("  ").is_err());
    }

    #[test]
    fn a_message_is_measured_as_far_as_it_is_known() {
        for right in ["{room_name}", "Hello", &"ü".repeat(100), &format!("{}{{duration}}", "x".repeat(100))] {
            assert!(MessageTemplate::message(right).is_ok(), "{right}");
        }
        assert!(MessageTemplate::message(&"u\u{308}".repeat(100)).is_ok(), "letters are counted as they are sent");
        for wrong in ["Hi", "Hi\u{200B}\u{200B}\u{200B}", &"ü".repeat(101), &format!("{}{{duration}}", "x".repeat(101))]
        {
            assert!(MessageTemplate::message(wrong).is_err(), "{wrong}");
        }
    }
}
