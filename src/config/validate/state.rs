//! Checks `[state]`, and the files that other tables name.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::Surroundings;
use super::check::Table;
use crate::config::StateConfig;
use crate::config::problem::Complaint;
use crate::config::raw::RawState;
use crate::config::state;
use crate::config::value::duration;

const DAY: Duration = Duration::from_hours(24);

/// Checks the table.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: &RawState, around: &Surroundings<'_>) -> StateConfig {
    let written = table.read("directory", raw.directory.as_deref(), |text| around.base.path(text));
    let (directory, said_by) = state::locate(written, around.environment, around.base.folder());
    if directory.metadata().is_ok_and(|found| !found.is_dir()) {
        let remedy = "Name a folder; it is made if it is not there.";
        table.problem("directory", Complaint::new(format!("{} is not a folder", directory.display()), remedy));
    }
    if directory.canonicalize().is_ok_and(|real| real.parent().is_none()) {
        let remedy = "Name a folder of its own, such as \"/var/lib/roomkeeper\".";
        table.problem("directory", Complaint::new("this is the root of the whole file system", remedy));
    }
    let keep = table.read("keep", raw.keep.as_deref(), duration(DAY..=36_500 * DAY)).unwrap_or(400 * DAY);
    StateConfig { directory, said_by, keep }
}

/// Checks the path of a file that must be there.
pub(super) fn readable_file(
    table: &mut Table<'_, '_>,
    key: &str,
    path: Option<&str>,
    around: &Surroundings<'_>,
) -> Option<PathBuf> {
    let path = table.read(key, path, |path| around.base.path(path))?;
    match path.metadata() {
        Ok(found) if found.is_file() => {}
        // Who may not look is not told that it is missing: the service may be another user.
        Err(error) if error.kind() != ErrorKind::NotFound => {}
        _ => table.problem(
            key,
            Complaint::new(
                format!("there is no file {}", path.display()),
                "Name a file that exists, or leave the key out.",
            ),
        ),
    }
    Some(path)
}
