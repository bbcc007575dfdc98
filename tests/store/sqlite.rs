//! Makes places for stores in SQLite.

use roomkeeper::journal::{Journal, JournalError, Lock};
use tempfile::TempDir;

use crate::fixture::{Opened, Place};

struct Folder(TempDir);

/// A folder of its own.
pub(crate) fn place() -> Box<dyn Place> {
    Box::new(Folder(tempfile::tempdir().unwrap()))
}

impl Place for Folder {
    fn open(&self) -> Opened {
        loop {
            match Lock::acquire(self.0.path(), "a test").and_then(Journal::open) {
                Ok(journal) => return Box::new(journal),
                // A process that is being started elsewhere has the lock's file open for a moment.
                Err(JournalError::Held { .. }) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}
