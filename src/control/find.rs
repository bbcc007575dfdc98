//! Which run a person means.

use super::refusal::Refusal;
use crate::journal::{Readings, RunView};
use crate::model::RunId;

/// The run that a person names by its id.
pub async fn run_named(journal: &dyn Readings, text: &str) -> Result<RunView, Refusal> {
    let id: RunId = text.parse().map_err(|_| no_run(text))?;
    journal.run(id).await?.ok_or_else(|| no_run(text))
}

/// Nobody knows a run of that id.
#[must_use]
pub fn no_run(text: &str) -> Refusal {
    Refusal::usage(format!("there is no run {text}; `roomkeeper history` tells them"))
}
