//! Which run a person means.

use super::refusal::Refusal;
use crate::journal::{Reader, RunView};
use crate::model::RunId;

/// The run that a person names by its id.
pub fn run_named(reader: &Reader, text: &str) -> Result<RunView, Refusal> {
    let unknown = || Refusal::usage(format!("there is no run {text}; `roomkeeper history` tells them"));
    let id: RunId = text.parse().map_err(|_| unknown())?;
    reader.run(id)?.ok_or_else(unknown)
}
