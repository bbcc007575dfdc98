//! What happened and what is about to: the one place that survives a crash, and the only one that speaks SQL.

mod backup;
mod check;
mod claims;
mod connection;
mod error;
mod files;
mod guard;
mod habits;
mod held;
mod identities;
mod items;
mod letters;
mod lock;
mod mark;
mod outbox;
mod pin_print;
mod prune;
mod read;
mod readings;
mod recovery;
mod runs;
mod schema;
mod scratch;
mod seal;
mod skips;
mod state;
mod statements;
mod troubles;
mod writer;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::clock::{Clock, SystemClock};

use read::Reader;

pub use backup::{BackupError, Snapshot};
pub use check::{Findings, Law, Violation};
pub use claims::{Claim, NewClaim};
pub use error::JournalError;
pub use habits::Habit;
pub use held::HeldLetter;
pub use identities::Known;
pub use items::{AttemptRecord, Intent, NewItem, Remember, Start, Step};
pub use letters::{LetterState, LetterView};
pub use lock::Lock;
pub use outbox::{Delivery, Letter, NewLetter, OutboxState, PrivateLetter};
pub use pin_print::{PinPrinter, PinPrints};
pub use prune::{Over, Pruned, Pruning};
pub use read::{
    AttemptView, Beside, HistoryFilter, ItemFilter, ItemView, ItemsPage, OpenItem, PendingAsked, PendingPage, RunView,
    SettlingItem, Tally, UnfinishedRun,
};
pub use readings::{Readings, Reply};
pub use recovery::FailuresLeft;
pub use runs::{Ending, JobKey, NewRun, RunKey, Stop};
pub use scratch::Scratch;
pub use seal::Seal;
pub use skips::{Skip, SkipView, Watch};
pub use troubles::{Seen, Trouble, TroubleChanges};

/// The open journal of the one process that writes it.
#[derive(Debug)]
pub struct Journal {
    writer: writer::Writer,
    /// Until it was closed.
    thread: Mutex<Option<JoinHandle<()>>>,
    connections: read::Connections,
    directory: PathBuf,
    owner: String,
    seal: Seal,
    guard: Arc<guard::Guard>,
}

impl Journal {
    /// Opens the journal in the lock's state directory, and makes it where there is none.
    pub fn open(lock: Lock) -> Result<Self, JournalError> {
        Self::open_by(lock, Arc::new(SystemClock))
    }

    /// The same by another clock than the machine's.
    pub fn open_by(lock: Lock, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let directory = lock.directory().to_owned();
        let (writer, guard, thread) = writer::Writer::start(lock, clock)?;
        let seal = Seal::open(&directory)?;
        let owner = format!("process {}", std::process::id());
        let (thread, connections) = (Mutex::new(Some(thread)), read::Connections::of(&directory));
        Ok(Self { writer, thread, connections, directory, owner, seal, guard })
    }

    /// Where the journal and its lock lie.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Seals and opens PINs.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// How many operations the writing thread has answered: a number that grows is a thread that lives.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.writer.answered()
    }

    /// Asks the writing thread for a sign of life: an error is one too.
    pub async fn ping(&self) -> Result<(), JournalError> {
        self.writer.write(|_| Ok(())).await
    }

    /// The questions that it answers.
    #[must_use]
    pub fn readings(&self) -> &dyn Readings {
        &self.connections
    }

    /// Waits for what is queued and for reads under way, and closes the database: the writer last, for only a connection that
    /// can write leaves no write-ahead log behind. The lock goes after it. Whoever still has the journal finds it closed. Where
    /// it is merely dropped, the same happens, and nobody waits for it.
    pub async fn close(&self) {
        self.connections.close().await;
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.writer.close().await;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the journal's thread did not end in order");
        }
    }
}

impl Deref for Journal {
    type Target = dyn Readings;

    fn deref(&self) -> &Self::Target {
        &self.connections
    }
}
