//! Writes answers as programs are told of them, in one place for the command line and the page: the keys are documented, and may not
//! differ between the two.

use serde::Serialize;

use super::query::{AttemptTold, HabitTold, ItemTold, RunShown, SkipTold, Standing, TroubleTold};
use crate::clock::Timestamp;
use crate::model::{Code, JobName, State, Status};

/// Closes what [`run_head`] opens.
pub const RUN_END: &str = "]}";

/// A reason why a job did not run.
#[derive(Debug, Serialize)]
pub struct ReasonLine<'a> {
    job: &'a JobName,
    due: Option<Timestamp>,
    reason: &'a str,
    detail: &'a str,
    /// The subject of a trouble that stands, or of what a server was seen to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// Since when it stands, or when it was seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// An item. One that is open has no status yet.
#[derive(Debug, Serialize)]
pub struct ItemLine<'a> {
    item: u32,
    line: Option<u32>,
    label: &'a str,
    status: Option<Status>,
    code: Option<Code>,
    error: Option<&'a str>,
    result: serde_json::Value,
    attempts: Vec<AttemptLine<'a>>,
}

#[derive(Debug, Serialize)]
struct AttemptLine<'a> {
    at: Timestamp,
    http: Option<u16>,
    code: Option<Code>,
    ms: Option<u64>,
    error: Option<&'a str>,
}

impl<'a> AttemptLine<'a> {
    fn of(attempt: &'a AttemptTold) -> Self {
        let AttemptTold { at, http, code, ms, error, .. } = attempt;
        Self { at: *at, http: *http, code: *code, ms: *ms, error: error.as_deref() }
    }
}

impl<'a> ItemLine<'a> {
    /// Tells an item.
    #[must_use]
    pub fn of(item: &'a ItemTold) -> Self {
        let status = match item.state {
            State::Done(status) => Some(status),
            State::Pending | State::Sending | State::Settling { .. } => None,
        };
        let result = item.result.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            item: item.item,
            line: item.line,
            label: &item.label,
            status,
            code: item.code,
            error: item.error.as_deref(),
            result: result.unwrap_or_else(|| serde_json::json!({})),
            attempts: item.attempts.iter().map(AttemptLine::of).collect(),
        }
    }
}

/// Writes the head of a run, up to its items: these follow with commas between them, and [`RUN_END`].
pub fn run_head(shown: &RunShown) -> serde_json::Result<String> {
    let run = serde_json::to_string(&shown.run)?;
    let mails = serde_json::to_string(&shown.mails)?;
    let remarks = serde_json::to_string(&shown.remarks)?;
    Ok(format!("{{\"run\":{run},\"mails\":{mails},\"remarks\":{remarks},\"items\":["))
}

/// Tells why a job did not run: the troubles that stand, what its server was seen to do, and the due times that were skipped.
#[must_use]
pub fn reasons(standing: &Standing) -> Vec<ReasonLine<'_>> {
    let Standing { job, troubles, habits, skips, .. } = standing;
    let stands = troubles.iter().map(|TroubleTold { kind, subject, detail, since, .. }| {
        let (subject, since) = (Some(subject.as_str()), Some(*since));
        ReasonLine { job, due: None, reason: kind.as_str(), detail, subject, since }
    });
    let habits = habits.iter().map(|HabitTold { habit, server, words, seen }| {
        let (subject, since) = (Some(server.as_str()), Some(*seen));
        ReasonLine { job, due: None, reason: habit, detail: words, subject, since }
    });
    let skips = skips.iter().map(|SkipTold { due, reason, detail }| ReasonLine {
        job,
        due: Some(*due),
        reason: reason.as_str(),
        detail,
        subject: None,
        since: None,
    });
    stands.chain(habits).chain(skips).collect()
}
