//! The journal in a SQLite database: one thread writes, and any number of connections read.

mod backup;
mod check;
mod claims;
mod connection;
mod copy;
mod ending;
mod failure;
mod figures;
mod files;
mod guard;
mod habits;
mod held;
mod identities;
mod items;
mod letters;
mod mark;
mod migrations;
mod operation;
mod outbox;
mod owner;
mod pin_keys;
mod place;
mod prune;
mod read;
mod recording;
mod recovery;
mod runs;
mod schema;
mod skips;
mod state;
mod statements;
mod store;
mod troubles;
mod wal_identity;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use uuid::Uuid;

use self::read::{Connections, Reader, Reads};
use crate::clock::Clock;
use crate::journal::guard::Guard;
use crate::journal::{JournalError, Lock, Machine, StoreFuture};

pub use backup::{BackupError, Snapshot};
pub(super) use connection::FILE;
pub(super) use copy::{CopyDestination, CopySide};
pub(super) use read::Beside;

/// The open database of the one process that writes it.
#[derive(Debug)]
pub(super) struct Database {
    writer: writer::Writer,
    /// Until it was closed.
    thread: Mutex<Option<JoinHandle<()>>>,
    connections: Connections,
    owner: owner::Owner,
    guard: Arc<Guard>,
}

impl Database {
    /// Opens the database in a directory, and makes it where there is none. The lock is kept until the last commit.
    pub(super) fn open(directory: &Path, lock: Lock, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let connections = Connections::of(directory);
        let owner = owner::Owner { machine: Machine::booted(clock.as_ref()), process: Uuid::now_v7() };
        let (writer, guard, thread) = writer::Writer::start(directory.join(FILE), lock, clock, owner.process)?;
        Ok(Self { writer, thread: Mutex::new(Some(thread)), connections, owner, guard })
    }

    /// Says on which machine this is.
    pub(super) fn on(mut self, machine: Machine) -> Self {
        self.owner.machine = machine;
        self
    }

    /// The writer goes last, for only a connection that can write leaves no write-ahead log behind; the lock goes after it.
    async fn close(&self) {
        self.connections.close().await;
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.writer.close().await;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the journal's thread did not end in order");
        }
    }
}

impl Reads for Database {
    fn read<T, R>(&self, read: R) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    {
        self.connections.read(read)
    }
}
