//! Makes places for stores in SQLite.

use std::sync::Arc;

use roomkeeper::clock::Clock;
use roomkeeper::journal::{Journal, JournalError, Lock, Machine, Workspace};
use tempfile::TempDir;

use crate::fixture::{Opened, Place};

struct Folder(TempDir);

/// SQLite is part of the program.
pub(crate) fn is_ready(_: &str) -> bool {
    true
}

/// A folder of its own.
pub(crate) fn place() -> Box<dyn Place> {
    Box::new(Folder(tempfile::tempdir().unwrap()))
}

impl Folder {
    fn open_by(&self, open: impl Fn(Lock) -> Result<Journal, JournalError>) -> Opened {
        loop {
            match Workspace::at(self.0.path()).lock("a test").and_then(&open) {
                Ok(journal) => return Box::new(journal),
                // A process that is being started elsewhere has the lock's file open for a moment.
                Err(JournalError::Held { .. }) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Place for Folder {
    fn open(&self) -> Opened {
        self.open_by(Journal::open)
    }

    fn open_on(&self, machine: Machine, clock: Arc<dyn Clock>) -> Opened {
        self.open_by(|lock| Journal::open_on(lock, Arc::clone(&clock), machine))
    }
}
