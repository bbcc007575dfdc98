//! Checks the path of a file that a table names.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::check::Table;
use super::problem::Complaint;
use super::surroundings::Surroundings;

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
        // A user who may not look is not told that it is missing: the service may be another user.
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
