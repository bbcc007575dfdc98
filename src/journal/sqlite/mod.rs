//! The journal in a SQLite database: one thread writes, and any number of connections read.

mod backup;
mod check;
mod claims;
mod connection;
mod failure;
mod files;
mod guard;
mod habits;
mod held;
mod identities;
mod items;
mod letters;
mod outbox;
mod prune;
mod read;
mod recovery;
mod runs;
mod schema;
mod scratch;
mod skips;
mod state;
mod statements;
mod store;
mod troubles;
mod wal_identity;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use self::read::{Connections, Reader, Reads};
use crate::clock::Clock;
use crate::journal::{JournalError, Lock, Reply};

pub use backup::{BackupError, Snapshot};
pub use read::Beside;
pub use scratch::Scratch;

/// The open database of the one process that writes it.
#[derive(Debug)]
pub(super) struct Database {
    writer: writer::Writer,
    /// Until it was closed.
    thread: Mutex<Option<JoinHandle<()>>>,
    connections: Connections,
    owner: String,
    guard: Arc<guard::Guard>,
}

impl Database {
    /// Opens the database in the lock's state directory, and makes it where there is none.
    pub(super) fn open(lock: Lock, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let connections = Connections::of(lock.directory());
        let (writer, guard, thread) = writer::Writer::start(lock, clock)?;
        let owner = format!("process {}", std::process::id());
        Ok(Self { writer, thread: Mutex::new(Some(thread)), connections, owner, guard })
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
    fn read<T, R>(&self, read: R) -> Reply<'_, T>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    {
        self.connections.read(read)
    }
}
