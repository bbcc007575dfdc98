//! Copies of our own of what a run reads: of a file that a person keeps, which may change meanwhile, and of the rows of an
//! earlier run that are to be done again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::input::Input;
use crate::engine::{ItemFilter, JournalError, Reader, RunKey};
use crate::model::{ItemNo, RunId};
use crate::table::{CopyWriter, Dialect, cells};

/// Why a copy could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The disk.
    #[error("a copy of the file could not be written to {}: {why}", .path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Copies a file that is open already into `folder`, under the run's id.
pub fn copy_file(mut from: &File, folder: &Path, run: RunId) -> Result<PathBuf, CopyError> {
    let path = folder.join(format!("{run}.csv"));
    let mut write = || -> io::Result<()> {
        let mut to = create(folder, &path)?;
        io::copy(&mut from, &mut to)?;
        to.sync_all()
    };
    if let Err(error) = write() {
        // Half a copy would only keep a full disk full.
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!(%error, "half a copy could not be removed");
        }
        return Err(CopyError::Write { path, why: error.to_string() });
    }
    Ok(path)
}

/// Writes the rows of a run that did not succeed into `folder`, under the new run's id.
pub fn copy_rows(reader: &Reader, of: RunKey, input: &Input, folder: &Path, run: RunId) -> Result<PathBuf, CopyError> {
    let path = folder.join(format!("{run}.csv"));
    let failed = |error: io::Error| CopyError::Write { path: path.clone(), why: error.to_string() };
    let dialect = input.delimiter.map_or_else(Dialect::default, |delimiter| Dialect { delimiter, mark: false });
    let file = BufWriter::new(create(folder, &path).map_err(failed)?);
    let mut copy = CopyWriter::begin(file, dialect, &input.headings).map_err(failed)?;
    let mut after = ItemNo(0);
    loop {
        let page = reader.items(of, ItemFilter::Problems, after, 500)?;
        let Some(last) = page.last() else { break };
        after = last.item;
        for item in &page {
            let own = item.source.as_deref().and_then(|text| cells::decode(text).ok()).unwrap_or_default();
            copy.write(item.line.map_or(0, u64::from), &own).map_err(failed)?;
        }
    }
    let file = copy.finish().map_err(failed)?;
    file.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    Ok(path)
}

fn create(folder: &Path, path: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
