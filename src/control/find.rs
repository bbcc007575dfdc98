//! Which run a person means.

use super::refusal::Refusal;
use crate::journal::{Reader, RunView};
use crate::model::RunId;

/// The run that a person names by its id.
pub fn run_named(reader: &Reader, text: &str) -> Result<RunView, Refusal> {
    let id: RunId = text.parse().map_err(|_| no_run(text))?;
    reader.run(id)?.ok_or_else(|| no_run(text))
}

/// Nobody knows a run of that id.
#[must_use]
pub fn no_run(text: &str) -> Refusal {
    Refusal::usage(format!("there is no run {text}; `roomkeeper history` tells them"))
}
