//! Keeps and tells texts in a form of the server's own, as PHP applications do: what was sent comes back otherwise.

use serde::Deserialize;
use serde_json::Value;

/// The server's treatment of what it is sent and of what it tells. The default changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits {
    /// Takes white space and invisible characters off the ends of every text that comes in, as Laravel 11 and later do.
    pub trim: bool,
    /// Tells names and texts with the five characters of markup written as entities: `R&amp;D`.
    pub escape: bool,
    /// Tells every text that is a number as a number, as `JSON_NUMERIC_CHECK` does: `012345` becomes 12345.
    pub numeric: bool,
    /// Keeps every meeting that is scheduled, or moved, so many minutes later than was asked.
    pub later_by: u32,
    /// Keeps no more than so many characters of a meeting's title.
    pub cut_titles: Option<usize>,
    /// Keeps the length of a meeting as a multiple of so many minutes.
    pub lengths_of: u32,
    /// The place where the reply to Schedule Meeting has the id.
    pub id_place: IdPlace,
    /// The meetings that are found by their ids.
    pub ids: Ids,
    /// The treatment of a form that comes with a PATCH.
    pub patch_form: PatchForm,
    /// The meetings that a list tells which is asked for without a search.
    pub lists: Lists,
    /// So many files of a form are kept; those after them are dropped in silence, as by PHP's `max_file_uploads`.
    pub max_files: Option<usize>,
}

/// The meetings that a list tells which is asked for without a search. The reference does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// Everybody's.
    #[default]
    Everybody,
    /// The credentials' own.
    Own,
}

/// The meetings that are found by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ids {
    /// Every one.
    #[default]
    Known,
    /// None: a reply names an id that no later question finds.
    Forgotten,
}

/// The place where the reply to Schedule Meeting has the id of what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdPlace {
    /// In `meeting`, as in the reference.
    #[default]
    Meeting,
    /// Beside it.
    Beside,
    /// In `data`, as a resource of the framework, and nothing else is told.
    Data,
}

/// The server's treatment of a form that comes with a PATCH: PHP reads a multipart body of a POST only, unless it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchForm {
    /// It reads it.
    #[default]
    Read,
    /// It finds an empty form, and says that the options are missing.
    Ignored,
    /// It finds an empty form, changes nothing, and calls that a success.
    IgnoredInSilence,
}

/// The keys of texts that people wrote.
const WRITTEN_BY_PEOPLE: [&str; 5] = ["room_name", "desc", "text", "caption", "msg"];

impl Habits {
    /// Changes what has come in.
    pub fn take_in(self, value: &mut Value) {
        if !self.trim {
            return;
        }
        match value {
            Value::String(text) => *text = self.text(text).to_owned(),
            Value::Array(list) => list.iter_mut().for_each(|value| self.take_in(value)),
            Value::Object(object) => object.values_mut().for_each(|value| self.take_in(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Returns the reply to Schedule Meeting with the id in its place.
    #[must_use]
    pub fn place_id(self, body: Vec<u8>) -> Vec<u8> {
        if self.id_place == IdPlace::Meeting {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { return body };
        let id = value["meeting"]["meeting_id"].take();
        if let Some(object) = value.as_object_mut() {
            if self.id_place == IdPlace::Beside {
                object["meeting"].as_object_mut().and_then(|meeting| meeting.remove("meeting_id"));
                object.insert("meeting_id".to_owned(), id);
            } else {
                object.remove("meeting");
                object.insert("data".to_owned(), serde_json::json!({ "id": id }));
            }
        }
        serde_json::to_vec(&value).unwrap_or(body)
    }

    /// Returns what is left of a text that has come in.
    pub(in crate::sandbox) fn text(self, text: &str) -> &str {
        if self.trim { trimmed(text) } else { text }
    }

    /// Changes the body of a reply; one that is no JSON stays as it is.
    #[must_use]
    pub fn give_out(self, body: Vec<u8>) -> Vec<u8> {
        if !self.escape && !self.numeric {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { return body };
        self.tell("", &mut value);
        serde_json::to_vec(&value).unwrap_or(body)
    }

    fn tell(self, key: &str, value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| self.tell(key, value)),
            Value::Object(object) => object.iter_mut().for_each(|(key, value)| self.tell(key, value)),
            Value::String(text) => {
                if self.escape && WRITTEN_BY_PEOPLE.contains(&key) {
                    *text = escaped(text);
                }
                if let Some(number) = numeric(text).filter(|_| self.numeric) {
                    *value = number;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Returns the text without what cannot be seen at its ends.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}')
}

fn escaped(text: &str) -> String {
    // The ampersand first, or those of the others would be written twice.
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#039;")
}

/// Returns a text that PHP takes for a number, as that number.
fn numeric(text: &str) -> Option<Value> {
    let text = text.trim();
    let looks_like_one = text.ends_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E'));
    if !looks_like_one {
        return None;
    }
    let whole = text.parse::<i64>().ok().map(Value::from);
    whole.or_else(|| text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Value::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ends_are_trimmed_everywhere_and_the_middle_stays() {
        let mut value = json!({"a": "\u{200B} x\u{200D}y \u{2800}", "b": ["\u{FEFF}z"], "n": 5});
        Habits { trim: true, ..Habits::default() }.take_in(&mut value);
        assert_eq!(value, json!({"a": "x\u{200D}y", "b": ["z"], "n": 5}));
    }

    #[test]
    fn texts_of_people_are_escaped_and_numbers_told_as_numbers() {
        let habits = Habits { escape: true, numeric: true, ..Habits::default() };
        let told =
            habits.give_out(br#"{"room_name":"R&D <'\"","direct_url":"x?a&b","mpin":"012345","id":"m1"}"#.to_vec());
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(
            told,
            json!({"room_name": "R&amp;D &lt;&#039;&quot;", "direct_url": "x?a&b", "mpin": 12345, "id": "m1"})
        );
        assert_eq!(habits.give_out(b"{\"msg\":\"x\".".to_vec()), b"{\"msg\":\"x\".");
        assert_eq!(numeric("1e3"), Some(json!(1000.0)));
        assert_eq!(numeric("2027-02-01"), None);
    }
}
