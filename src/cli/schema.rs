//! `roomkeeper schema`: the JSON Schema of the configuration, for editors.

use super::output::Output;
use super::{ExitCode, Failure};

pub(super) fn run() -> Result<ExitCode, Failure> {
    Output::new().json(&crate::config::schema())?;
    Ok(ExitCode::Done)
}
