//! The lock file, which alone says who is the one process that writes. The database's own locks are no part of this.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::{JournalError, Workspace};
use crate::clock::{BootId, Clock, SystemClock};

/// Held from before the journal is opened until after it is closed; the kernel drops it when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct Lock {
    workspace: Workspace,
    purpose: String,
    file: File,
}

impl Lock {
    /// Takes the lock, as [`Workspace::lock`] says.
    pub(super) fn acquire(workspace: Workspace, purpose: &str) -> Result<Self, JournalError> {
        make_directory(workspace.directory())?;
        let path = workspace.lock_file();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(&path)
            .map_err(|error| refused(&path, &error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut by = String::new();
                // The holder may not have written yet; then there is nothing to tell but that another process holds it.
                let told = file.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
                return Err(JournalError::Held {
                    place: workspace.directory().display().to_string(),
                    by: if told { by.trim().to_owned() } else { "another process".to_owned() },
                });
            }
            Err(error) => return Err(refused(&path, &error.into())),
        }
        let note = format!("{purpose} (process {})\n", std::process::id());
        let written =
            file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| file.write_all(note.as_bytes()));
        if let Err(error) = written {
            // On a full disk the lock still holds; only its note is missing.
            tracing::debug!(%error, "the lock file's note could not be written");
        }
        Ok(Self { workspace, purpose: note.trim_end().to_owned(), file })
    }

    /// Tells whether a process holds the lock, as [`Workspace::is_locked`] says.
    pub(super) fn is_held(workspace: &Workspace) -> bool {
        let shared = |file: File| flock(&file, FlockOperation::NonBlockingLockShared);
        match File::open(workspace.lock_file()) {
            Ok(file) => shared(file).is_err(),
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// Names the lock among all locks of all machines, as long as this machine is up: a process that holds one of that name knows that
    /// the one that held it before is gone. `None` where nothing tells them apart.
    pub(super) fn identity(&self) -> Option<Vec<u8>> {
        let boot = SystemClock.uptime().boot;
        let found = self.file.metadata().ok()?;
        let (device, inode) = (found.dev().to_le_bytes(), found.ino().to_le_bytes());
        (boot != BootId::default()).then(|| [boot.as_slice(), &device, &inode].concat())
    }

    /// The holder, as others are told.
    pub(super) fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The state directory that it guards.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }
}

fn make_directory(directory: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o750).create(directory);
    match made {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(refused(directory, &error)),
        Err(error) => Err(JournalError::Unusable { place: directory.display().to_string(), why: error.to_string() }),
    }
}

fn refused(path: &Path, error: &std::io::Error) -> JournalError {
    match error.kind() {
        ErrorKind::StorageFull => JournalError::Full,
        _ => JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let state = Workspace::at(&folder.path().join("state"));
        assert!(!state.is_locked());
        let held = state.lock("roomkeeper daemon").unwrap();
        assert!(state.is_locked());
        let refusal = state.lock("roomkeeper import").unwrap_err();
        assert!(refusal.to_string().contains("roomkeeper daemon (process "), "{refusal}");
        drop(held);
        assert!(!state.is_locked());
        assert!(state.lock("roomkeeper import").is_ok());
    }

    #[test]
    fn a_file_where_the_state_directory_should_be_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, "").unwrap();
        let refusal = Workspace::at(&path).lock("roomkeeper daemon").unwrap_err();
        assert!(refusal.to_string().contains("cannot be used as the state directory"), "{refusal}");
    }
}
