//! Knows what lies in the state directory beside the store, so that the store is told no path of it.

use std::path::{Path, PathBuf};

use super::{JournalError, Seal};

/// The state directory of the one process that writes.
#[derive(Debug)]
pub struct Workspace {
    directory: PathBuf,
    seal: Seal,
}

impl Workspace {
    /// Takes the state directory into use; makes the key that seals PINs where there is none.
    pub(super) fn open(directory: &Path) -> Result<Self, JournalError> {
        Ok(Self { directory: directory.to_owned(), seal: Seal::open(directory)? })
    }

    /// The state directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The folder of copies that runs read in place of a file.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.directory.join("incoming")
    }

    /// The folder for a run's files that have no place of their own.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        self.directory.join("results")
    }

    /// Seals and opens PINs.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }
}
