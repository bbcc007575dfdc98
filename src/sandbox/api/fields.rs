//! Reads the fields of a JSON body as the server's validator (Laravel's) reads them: strings trimmed, blank ones null, numbers
//! and booleans also in their other spellings.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::sandbox::faults::Habits;

/// The fields of a body.
#[derive(Debug)]
pub struct Fields(Map<String, Value>);

/// The codes of a field that holds a count.
#[derive(Debug, Clone, Copy)]
pub struct CountRule {
    /// The field.
    pub field: &'static str,
    /// The code when it is missing.
    pub missing: u16,
    /// The least value, and the code below it.
    pub least: (i64, u16),
    /// The greatest value, and the code above it.
    pub most: (u32, u16),
    /// The code when it is no whole number.
    pub form: u16,
}

/// Says whether a field must be there: when scheduling, but not when editing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It need not.
    Optional,
}

impl Fields {
    /// Returns the fields of `body`, which must be a JSON object, or nothing at all; 1002 else.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        if body.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        let not_valid = |_| Refusal::whole(super::refusal::REQUEST_NOT_VALID, hyper::StatusCode::BAD_REQUEST);
        serde_json::from_slice(body).map(Self).map_err(not_valid)
    }

    /// Returns the same, as the server's habits make them.
    pub fn taken_in(mut self, habits: Habits) -> Self {
        self.0.values_mut().for_each(|value| habits.take_in(value));
        self
    }

    /// Returns the field's value; `None` where it is missing, null or blank. The key may end in a blank, as the reference writes
    /// it.
    pub fn value(&self, field: &str) -> Option<&Value> {
        let found = self.0.get(field).or_else(|| {
            // Only the start is written with a blank behind it.
            (field == "start_time").then(|| self.0.get("start_time ")).flatten()
        });
        found.filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()))
    }

    /// Returns a text, trimmed; `Err(code)` for anything else.
    pub fn text(&self, field: &'static str, code: u16) -> Result<Option<&str>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim())),
            Some(_) => Err(Refusal::invalid(code, field)),
        }
    }

    /// Returns an id, which may be written as a number.
    pub fn id(&self, field: &'static str, code: u16) -> Result<Option<String>, Refusal> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Refusal::invalid(code, field)),
        }
    }

    /// Returns a whole number within the rule's limits, also as a string.
    pub fn count(&self, rule: CountRule, presence: Presence) -> Result<Option<u32>, Refusal> {
        let refuse = |code| Err(Refusal::invalid(code, rule.field));
        let Some(value) = self.value(rule.field) else {
            return if presence == Presence::Required { refuse(rule.missing) } else { Ok(None) };
        };
        let Some(number) = whole(value) else { return refuse(rule.form) };
        if number < rule.least.0 {
            return refuse(rule.least.1);
        }
        match u32::try_from(number) {
            Ok(number) if number <= rule.most.0 => Ok(Some(number)),
            _ => refuse(rule.most.1),
        }
    }

    /// Returns a boolean: `true`, `false`, or 1 and 0 as a number or a string. The words as strings are refused.
    pub fn flag(&self, field: &'static str, code: u16) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.value(field) else { return Ok(None) };
        match value {
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::String(text) if text.trim() == "1" => Ok(Some(true)),
            Value::String(text) if text.trim() == "0" => Ok(Some(false)),
            Value::Number(number) if number.as_i64() == Some(1) => Ok(Some(true)),
            Value::Number(number) if number.as_i64() == Some(0) => Ok(Some(false)),
            _ => Err(Refusal::invalid(code, field)),
        }
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::read(json.as_bytes()).unwrap()
    }

    const SEATS: CountRule = CountRule { field: "n", missing: 1641, least: (1, 1642), most: (200, 1643), form: 1644 };

    #[test]
    fn each_way_to_get_a_count_wrong_has_its_code() {
        let code = |json| fields(json).count(SEATS, Presence::Required).map_err(|refusal| refusal.code);
        assert_eq!(code(r#"{"n": 5}"#), Ok(Some(5)));
        assert_eq!(code(r#"{"n": " 5 "}"#), Ok(Some(5)));
        assert_eq!(code("{}"), Err(1641));
        assert_eq!(code(r#"{"n": " "}"#), Err(1641));
        assert_eq!(code(r#"{"n": 0}"#), Err(1642));
        assert_eq!(code(r#"{"n": -1}"#), Err(1642));
        assert_eq!(code(r#"{"n": 201}"#), Err(1643));
        assert_eq!(code(r#"{"n": 9999999999}"#), Err(1643));
        for form in ["1.5", "true", "[1]", r#""five""#] {
            let body = format!(r#"{{"n": {form}}}"#);
            assert_eq!(fields(&body).count(SEATS, Presence::Required).unwrap_err().code, 1644, "{form}");
        }
        assert_eq!(fields("{}").count(SEATS, Presence::Optional), Ok(None));
    }

    #[test]
    fn a_boolean_is_a_boolean_or_one_or_nought_and_never_the_word() {
        let flag = |json| fields(json).flag("f", 1694).map_err(|refusal| refusal.code);
        assert_eq!(flag(r#"{"f": true}"#), Ok(Some(true)));
        assert_eq!(flag(r#"{"f": "0"}"#), Ok(Some(false)));
        assert_eq!(flag(r#"{"f": 1}"#), Ok(Some(true)));
        assert_eq!(flag(r#"{"f": null}"#), Ok(None));
        assert_eq!(flag(r#"{"f": "true"}"#), Err(1694));
        assert_eq!(flag(r#"{"f": 2}"#), Err(1694));
    }

    #[test]
    fn the_start_is_found_under_both_of_its_keys() {
        assert_eq!(fields(r#"{"start_time ": " x "}"#).text("start_time", 1602), Ok(Some("x")));
        assert_eq!(fields(r#"{"room_name ": "x"}"#).text("room_name", 1611), Ok(None));
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_whole() {
        for body in ["[]", "{", "1"] {
            assert_eq!(Fields::read(body.as_bytes()).unwrap_err().code, 1002, "{body}");
        }
        assert!(Fields::read(b"").is_ok());
    }
}
