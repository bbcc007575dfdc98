//! Finds the run that a person means.

use super::refusal::Refusal;
use crate::journal::{Readings, RunView};
use crate::model::RunId;

/// Digits that a name must have: fewer are a slip.
const FEWEST: usize = 4;

/// Returns the run that a person names by its id, or by the beginning or end of that, where there is one such run alone.
pub async fn run_named(journal: &dyn Readings, text: &str) -> Result<RunView, Refusal> {
    let text = text.trim();
    if let Ok(id) = text.parse::<RunId>() {
        return journal.run(id).await?.ok_or_else(|| no_run(text));
    }
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    if digits.len() < FEWEST || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(no_run(text));
    }
    let mut found = journal.runs_named(digits).await?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(no_run(text)),
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Refusal::usage(format!(
            "several runs are named {text}; write more of it (`roomkeeper history` tells them)"
        ))),
    }
}

/// Refuses a run id that is unknown.
#[must_use]
pub fn no_run(text: &str) -> Refusal {
    Refusal::usage(format!("there is no run {text}; `roomkeeper history` tells them"))
}
