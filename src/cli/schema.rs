//! `roomkeeper schema`: the JSON Schema of the configuration, for editors.

use super::{ExitCode, Failure, json};

pub(super) fn run() -> Result<ExitCode, Failure> {
    json::answer(&crate::config::schema())?;
    Ok(ExitCode::Done)
}
