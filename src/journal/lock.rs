//! The lock file, which alone says who is the one process that writes. The database's own locks are no part of this.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::JournalError;

/// Held from before the journal is opened until after it is closed; the kernel drops it when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct Lock {
    directory: PathBuf,
    _file: File,
}

impl Lock {
    /// Makes the state directory where there is none (mode 0750), and takes its lock; does not wait. `purpose` tells others
    /// who holds it: `roomkeeper daemon`.
    pub fn acquire(directory: &Path, purpose: &str) -> Result<Self, JournalError> {
        make_directory(directory)?;
        let path = directory.join("lock");
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
                // Whoever holds it may not have written yet; then there is nothing to tell but that somebody does.
                let told = file.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
                return Err(JournalError::Held {
                    place: directory.display().to_string(),
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
        Ok(Self { directory: directory.to_owned(), _file: file })
    }

    /// Tells whether a process holds the lock; also where that cannot be found out. While it looks, for a moment, nobody can take
    /// the lock.
    #[must_use]
    pub fn is_held(directory: &Path) -> bool {
        let shared = |file: File| flock(&file, FlockOperation::NonBlockingLockShared);
        match File::open(directory.join("lock")) {
            Ok(file) => shared(file).is_err(),
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// The state directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
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
        let state = folder.path().join("state");
        assert!(!Lock::is_held(&state));
        let held = Lock::acquire(&state, "roomkeeper daemon").unwrap();
        assert!(Lock::is_held(&state));
        let refusal = Lock::acquire(&state, "roomkeeper import").unwrap_err();
        assert!(refusal.to_string().contains("roomkeeper daemon (process "), "{refusal}");
        drop(held);
        assert!(!Lock::is_held(&state));
        assert!(Lock::acquire(&state, "roomkeeper import").is_ok());
    }

    #[test]
    fn a_file_where_the_state_directory_should_be_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, "").unwrap();
        let refusal = Lock::acquire(&path, "roomkeeper daemon").unwrap_err();
        assert!(refusal.to_string().contains("cannot be used as the state directory"), "{refusal}");
    }
}
