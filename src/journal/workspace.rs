//! Names the paths of the state directory, and opens what lies there: the store and its callers are told none.

use std::path::{Path, PathBuf};

use super::{Beside, JournalError, Lock, Server, Snapshot};

/// The state directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    directory: PathBuf,
    server: Option<Server>,
}

impl Workspace {
    /// Names the state directory, which need not be there yet.
    #[must_use]
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), server: None }
    }

    /// The same, with the journal in a database on that server.
    #[must_use]
    pub fn with_journal_on(self, server: Server) -> Self {
        Self { server: Some(server), ..self }
    }

    /// Tells whether the journal lies in a database on a server, where other machines may have it, too.
    #[must_use]
    pub fn is_on_server(&self) -> bool {
        self.server().is_some()
    }

    /// The server whose database holds the journal; `None` where it lies in the state directory.
    pub(super) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Takes the lock of the one process that writes, and makes the state directory where there is none (mode 0750); does not wait.
    /// `purpose` tells others who holds it: `roomkeeper daemon`.
    pub fn lock(&self, purpose: &str) -> Result<Lock, JournalError> {
        Lock::acquire(self.clone(), purpose)
    }

    /// Tells whether a process holds the lock; also where that cannot be found out. While it looks, for a moment, no process can
    /// take the lock.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        Lock::is_held(self)
    }

    /// Opens the journal for reading, beside the process that writes it; [`JournalError::Absent`] where there is none.
    pub fn beside(&self) -> Result<Beside, JournalError> {
        Beside::open(self)
    }

    /// The same, but opens it with the first question, which is then refused where there is none.
    pub fn beside_later(&self) -> Result<Beside, JournalError> {
        Beside::later(self)
    }

    /// Takes hold of the journal as it is now, for a backup.
    pub fn snapshot(&self) -> Result<Snapshot, JournalError> {
        Snapshot::take(&self.directory)
    }

    /// The state directory's path.
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

    /// The lock file's path.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.directory.join("lock")
    }
}
