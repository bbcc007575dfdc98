//! `roomkeeper schema`: the JSON Schema of the configuration, for editors.

use super::{ExitCode, Failure, json};

#[expect(clippy::unnecessary_wraps, reason = "one shape for every command")]
pub(super) fn run() -> Result<ExitCode, Failure> {
    json::print(&crate::config::schema());
    Ok(ExitCode::Done)
}
