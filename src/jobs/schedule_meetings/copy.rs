//! Copies of our own of what a run reads: of a file that a person keeps, which may change meanwhile, and of the rows of an
//! earlier run that are to be done again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::input::Input;
use crate::engine::{Recall, RecordError};
use crate::model::{ItemFilter, ItemView, RowToken, RunId, RunKey};
use crate::table::{CopyWriter, Dialect, cells};

/// The reason why a copy could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// The disk.
    #[error("a copy of the file could not be written to {}: {why}", .path.display())]
    Write {
        /// The path of the copy.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// The file has become larger than it may be since it was opened.
    #[error("the file has grown beyond max_file_size while it was read: import it once nobody writes to it any more")]
    TooLarge,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] RecordError),
}

/// Copies a file that is open already, of at most `max_size` bytes, into `folder`, under the run's id.
pub(super) fn copy_file(from: &File, max_size: u64, folder: &Path, run: RunId) -> Result<PathBuf, CopyError> {
    let path = folder.join(format!("{run}.csv"));
    let write = || -> io::Result<bool> {
        let mut to = create(folder, &path)?;
        // One byte more tells that there is more: a file that is still being written may never end.
        let copied = io::copy(&mut from.take(max_size.saturating_add(1)), &mut to)?;
        to.sync_all()?;
        Ok(copied <= max_size)
    };
    let failure = match write() {
        Ok(true) => None,
        Ok(false) => Some(CopyError::TooLarge),
        Err(error) => Some(CopyError::Write { path: path.clone(), why: error.to_string() }),
    };
    if let Some(failure) = failure {
        // Half a copy would only keep a full disk full.
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!(%error, "half a copy could not be removed");
        }
        return Err(failure);
    }
    Ok(path)
}

/// Writes the rows of a run that did not succeed into `folder`, under the new run's id.
pub(super) async fn copy_rows(
    recall: &Recall,
    of: RunKey,
    input: &Input,
    folder: &Path,
    run: RunId,
) -> Result<PathBuf, CopyError> {
    let path = folder.join(format!("{run}.csv"));
    let failed = |error: io::Error| CopyError::Write { path: path.clone(), why: error.to_string() };
    let dialect = input.delimiter.map_or_else(Dialect::default, |delimiter| Dialect { delimiter, mark: false });
    let file = BufWriter::new(create(folder, &path).map_err(failed)?);
    let mut copy = CopyWriter::begin(file, dialect, &input.headings, input.headless).map_err(failed)?;
    // A row keeps the token that it has in the run that is repeated.
    let id = recall.handed_in(of, Vec::new()).await?.map_or(run, |handed| handed.run);
    let write = |item: ItemView| {
        let own = item.source.as_deref().and_then(|text| cells::decode(text).ok()).unwrap_or_default();
        let token = RowToken::of(of, id, item.item);
        copy.write(item.line.map_or(0, u64::from), token, &own).map_err(failed)
    };
    recall.each_item(of, ItemFilter::Problems, write).await?;
    let file = copy.finish().map_err(failed)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    // Only this waits for the disk.
    let syncing = tokio::task::spawn_blocking(move || file.sync_all());
    syncing.await.map_err(io::Error::other).and_then(|synced| synced).map_err(failed)?;
    Ok(path)
}

fn create(folder: &Path, path: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_that_is_too_large_no_copy_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = (folder.path().join("a.csv"), folder.path().join("incoming"));
        std::fs::write(&path, "12345").unwrap();
        let copy = |max_size| copy_file(&File::open(&path).unwrap(), max_size, &copies, RunId::generate());
        assert!(matches!(copy(4), Err(CopyError::TooLarge)));
        assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0);
        assert_eq!(std::fs::read(copy(5).unwrap()).unwrap(), b"12345");
    }
}
