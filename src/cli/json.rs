//! Shapes the answers for programs: keys as documented, times in RFC 3339 UTC, absent values null.

use serde::Serialize;

use super::Failure;
use super::screen::{self, Screen};
use crate::clock::Timestamp;
use crate::engine::Would;
use crate::journal::{AttemptView, ItemView};
use crate::model::{Code, State, Status};

/// An item, as in `show`. An open item has no status yet.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the keys are documented")]
pub(super) struct Item<'a> {
    item: u32,
    line: Option<u32>,
    label: &'a str,
    status: Option<Status>,
    code: Option<Code>,
    error: Option<&'a str>,
    result: serde_json::Value,
    attempts: Vec<Attempt<'a>>,
}

#[derive(Debug, Serialize)]
struct Attempt<'a> {
    at: Timestamp,
    http: Option<u16>,
    code: Option<Code>,
    ms: Option<u64>,
    error: Option<&'a str>,
}

impl<'a> Item<'a> {
    pub(super) fn of(item: &'a ItemView, attempts: &'a [AttemptView]) -> Self {
        let status = match item.state {
            State::Done(status) => Some(status),
            State::Pending | State::Sending | State::Settling { .. } => None,
        };
        let result = item.result.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            item: item.item.0,
            line: item.line,
            label: &item.label,
            status,
            code: item.code,
            error: item.error.as_deref(),
            result: result.unwrap_or_else(|| serde_json::json!({})),
            attempts: attempts
                .iter()
                .map(|attempt| Attempt {
                    at: attempt.at,
                    http: attempt.http,
                    code: attempt.code,
                    ms: attempt.millis,
                    error: attempt.error.as_deref(),
                })
                .collect(),
        }
    }
}

/// The effect that an item would have, as in a dry run.
#[derive(Debug, Serialize)]
pub(super) struct WouldItem<'a> {
    item: u32,
    line: Option<u32>,
    label: &'a str,
    would: Status,
    code: Option<Code>,
    error: Option<&'a str>,
    changes: serde_json::Map<String, serde_json::Value>,
}

impl<'a> WouldItem<'a> {
    pub(super) fn of(would: &'a Would) -> Self {
        let changes =
            would.changes.iter().map(|(field, old, new)| (field.clone(), serde_json::json!([old, new]))).collect();
        Self {
            item: would.item.0,
            line: would.line,
            label: &would.label,
            would: would.would,
            code: would.code,
            error: would.error.as_deref(),
            changes,
        }
    }
}

/// Prints a value for a program.
pub(super) fn print(screen: &mut Screen<'_>, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::failed(format!("the answer cannot be written as JSON: {error}")))?;
    Ok(writeln!(screen.out, "{text}")?)
}

/// Prints a value for a program on this process's standard output.
pub(super) fn answer(value: &impl Serialize) -> Result<(), Failure> {
    print(&mut screen::Here::new().screen(), value)
}
