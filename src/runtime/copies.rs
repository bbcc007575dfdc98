//! Deletes what kills have left of the copies that runs read in place of a file.

use crate::journal::{Journal, JournalError};
use crate::model::RunId;

/// Deletes copies of files that no unfinished run reads: a kill can come between a copy and its run's beginning, or between a
/// plan and the copy's end.
pub(super) async fn clear(journal: &Journal) -> Result<(), JournalError> {
    let unfinished: Vec<_> = journal.unfinished().await?.into_iter().map(|run| run.id).collect();
    let Ok(copies) = std::fs::read_dir(journal.workspace().incoming()) else { return Ok(()) };
    for copy in copies.flatten() {
        let path = copy.path();
        let run = path.file_stem().and_then(|stem| stem.to_str()?.parse::<RunId>().ok());
        if run.is_some_and(|run| !unfinished.contains(&run))
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "a copy that nobody reads could not be deleted");
        }
    }
    Ok(())
}
