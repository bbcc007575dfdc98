//! The one thread that writes. Whatever is queued while a commit is under way goes into the next transaction together, and
//! a caller goes on only after the commit that holds its operation.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::operation::{Operation, Queued, apply_alone, apply_first};
use super::{connection, guard, wal_identity};
use crate::clock::Clock;
use crate::failpoint;
use crate::journal::guard::Guard;
use crate::journal::{JournalError, Lock};

/// Operations that may wait; a caller beyond them waits to queue.
const QUEUE: usize = 256;
/// Operations that one transaction holds at most.
const GROUP: usize = 256;
/// Pages in the write-ahead log from which on it is carried over into the database (4 KiB each): that waits for the disk three
/// times, so it is not done after every pause of a few milliseconds.
const WAL_PAGES: u64 = 4000;
/// The same while the one who writes most rests: then nothing waits for it.
const WAL_PAGES_AT_REST: u64 = 500;
/// Pages in it from which on readers are waited for, each time that so many more were written: readers that overlap would let
/// it grow for ever, and none of them is there for long.
const WAL_PAGES_MOST: u64 = 8000;
/// The time for which the thread waits for readers at once then, while no operation goes on.
const READERS_LEAVE: Duration = Duration::from_millis(25);
/// The number of tries: a reader that comes takes the place of the one that goes, and only a new try sees that it may stay.
const TRIES: u32 = 10;

/// The way to the thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    answered: Arc<AtomicU64>,
    /// The database, for errors to name.
    path: Arc<PathBuf>,
}

/// The time when an operation is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// Before its caller goes on.
    Immediate,
    /// With the next that is so at once, or when the log is carried over: until then a power failure undoes it.
    Deferred,
}

/// A message for the thread.
enum Message {
    Apply(Durability, Box<dyn Operation>),
    /// Little comes for a while.
    Rest,
    /// The log is to be carried over and cut short now.
    CutShort(oneshot::Sender<()>),
    /// Nothing more is taken; what was queued before is done, and the database closed.
    Close,
}

impl Writer {
    /// Opens the database and starts the thread, which ends when the last `Writer` is gone. The thread keeps the lock, so
    /// that no other process writes before its last commit.
    pub(super) fn start(
        path: PathBuf,
        lock: Lock,
        clock: Arc<dyn Clock>,
        process: Uuid,
    ) -> Result<(Self, Arc<Guard>, JoinHandle<()>), JournalError> {
        let connection = connection::open_writer(&path)?;
        let guard =
            Arc::new(guard::load(&connection, clock, process).map_err(|error| connection::name_file(error, &path))?);
        let (queue, operations) = mpsc::channel(QUEUE);
        let answered = Arc::new(AtomicU64::new(0));
        let named = Arc::new(path.clone());
        let mut thread = Thread {
            path,
            connection: Some(connection),
            guard: Arc::clone(&guard),
            operations,
            answered: Arc::clone(&answered),
            held: None,
            cuts: Vec::new(),
            syncs: Durability::Immediate,
            is_marked: false,
            wait_from: WAL_PAGES_MOST,
            _lock: lock,
        };
        let joined = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || thread.work())
            .map_err(|error| JournalError::Io(error.to_string()))?;
        Ok((Self { queue, answered, path: named }, guard, joined))
    }

    /// Queues `work` and waits until it is durable, or has failed.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        self.queue(Durability::Immediate, work).await
    }

    /// Queues `work` and waits until it is committed, not until it is durable: it is that with the next that is written with
    /// [`Self::write`], and a power failure before undoes it. For what a start finds undone and does again.
    pub(super) async fn write_deferred<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        self.queue(Durability::Deferred, work).await
    }

    async fn queue<T, W>(&self, durable: Durability, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let queued = Queued::new(work, reply);
        self.queue.send(Message::Apply(durable, Box::new(queued))).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?.map_err(|error| connection::name_file(error, &self.path))
    }

    /// Carries the log over into the database and cuts it short, so that what was deleted is nowhere: it is durable then, too. Where
    /// a reader stays in the way, the log is cut short when it has grown long.
    pub(super) async fn cut_short(&self) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Message::CutShort(reply)).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)
    }

    /// Says that little comes for a while. Where the queue is full, others have much to write.
    pub(super) fn rest(&self) {
        let _ = self.queue.try_send(Message::Rest);
    }

    /// Ends the thread once it has done what was queued before; later operations find it closed.
    pub(super) async fn close(&self) {
        // A closed queue is one whose thread has ended already.
        let _ = self.queue.send(Message::Close).await;
    }

    /// Returns how many operations were answered, with success or not, since the start.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

struct Thread {
    path: PathBuf,
    connection: Option<Connection>,
    /// Takes along what was seen of the clocks.
    guard: Arc<Guard>,
    operations: mpsc::Receiver<Message>,
    answered: Arc<AtomicU64>,
    /// Came while a transaction was open that is not synced, and needs one that is.
    held: Option<Box<dyn Operation>>,
    /// Wait for the log to be cut short.
    cuts: Vec<oneshot::Sender<()>>,
    /// The way the connection commits.
    syncs: Durability,
    /// The log begins with a transaction that shows whose it is.
    is_marked: bool,
    /// Pages in the log from which on readers are waited for.
    wait_from: u64,
    _lock: Lock,
}

impl Thread {
    fn work(&mut self) {
        while let Some((durable, first)) = self.next() {
            let mut group = vec![first];
            let outcome = self.commit(durable, &mut group);
            self.answered.fetch_add(group.len() as u64, Ordering::Relaxed);
            for operation in group {
                operation.answer(outcome.clone());
            }
            self.carry_over(WAL_PAGES);
        }
        if let Some(connection) = self.connection.take()
            && let Err((_, error)) = connection.close()
        {
            tracing::warn!(%error, "the journal was not closed cleanly");
        }
    }

    /// Waits for the operation that the next transaction begins with; `None` when there will be none.
    fn next(&mut self) -> Option<(Durability, Box<dyn Operation>)> {
        self.cut_for_those_who_wait();
        if let Some(held) = self.held.take() {
            return Some((Durability::Immediate, held));
        }
        loop {
            match self.operations.blocking_recv()? {
                Message::Apply(durable, operation) => return Some((durable, operation)),
                Message::Rest => self.carry_over(WAL_PAGES_AT_REST),
                Message::CutShort(reply) => {
                    self.cuts.push(reply);
                    self.cut_for_those_who_wait();
                }
                Message::Close => self.operations.close(),
            }
        }
    }

    /// Another operation for a transaction that is open, where one is queued that may share it.
    fn joining(&mut self, durable: Durability) -> Option<Box<dyn Operation>> {
        match self.operations.try_recv().ok()? {
            Message::Apply(Durability::Immediate, operation) if durable == Durability::Deferred => {
                self.held = Some(operation);
                None
            }
            Message::Apply(_, operation) => Some(operation),
            // Others have much to write.
            Message::Rest => None,
            Message::CutShort(reply) => {
                self.cuts.push(reply);
                None
            }
            Message::Close => {
                self.operations.close();
                None
            }
        }
    }

    /// One transaction: the operations in `group`, and those that are queued while they are applied.
    fn commit(&mut self, durable: Durability, group: &mut Vec<Box<dyn Operation>>) -> Result<(), JournalError> {
        let connection = self.ready()?;
        if self.syncs != durable {
            connection::sync_commits(&connection, durable == Durability::Immediate)?;
            self.syncs = durable;
        }
        let is_marked = self.is_marked;
        let begin = |connection: &Connection| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            if is_marked { Ok(()) } else { wal_identity::show(connection) }
        };
        begin(&connection)?;
        let changes = connection.total_changes();
        let mut at = 0;
        while let Some(operation) = group.get_mut(at) {
            let applied = match at {
                0 => apply_first(&connection, operation.as_mut(), begin),
                _ => apply_alone(&connection, operation.as_mut()),
            };
            if let Err(error) = applied {
                // Every caller in the transaction must hear that it is gone. Where SQLite has not rolled it back by itself,
                // closing the connection does.
                self.connection = Some(connection).filter(Connection::is_autocommit);
                return Err(error);
            }
            at += 1;
            if at == group.len()
                && at < GROUP
                && self.held.is_none()
                && let Some(next) = self.joining(durable)
            {
                group.push(next);
            }
        }
        let mut seen = None;
        if connection.total_changes() != changes {
            match guard::keep_with_others(&self.guard, &connection) {
                Ok(kept) => seen = kept,
                Err(error) => {
                    self.connection = Some(connection).filter(Connection::is_autocommit);
                    return Err(error);
                }
            }
        }
        if failpoint::write("journal.commit").is_err() {
            // As after a commit that failed: the connection goes, and with it what was not carried out.
            return Err(JournalError::Full);
        }
        failpoint::reach("journal.commit.before");
        let committed = connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
        failpoint::reach("journal.commit.after");
        match committed {
            Ok(_) => {
                self.connection = Some(connection);
                self.is_marked = true;
                if let Some(trust) = seen {
                    self.guard.kept(&trust);
                }
                Ok(())
            }
            // It may be on the disk or not. The connection is closed, which undoes what was not; the caller reads again what there is.
            Err(error) => Err(error.into()),
        }
    }

    fn ready(&mut self) -> Result<Connection, JournalError> {
        match self.connection.take() {
            Some(connection) if connection.is_autocommit() => Ok(connection),
            _ => {
                self.is_marked = false;
                self.syncs = Durability::Immediate;
                connection::open_writer(&self.path)
            }
        }
    }

    /// Carries the write-ahead log over into the database, where it has at least so many pages. PASSIVE never waits; the log is cut
    /// short only when no reader uses it, for behind a reader that would block every commit. Only a log that has grown too long waits
    /// for readers, and not for long: one that stays for good, such as a person's `sqlite3`, is not waited for again until it has
    /// grown as much once more.
    fn carry_over(&mut self, least: u64) {
        let Some(connection) = &self.connection else { return };
        let pages = std::fs::metadata(self.path.with_extension("db-wal")).map_or(0, |wal| wal.len() / 4096);
        if pages < least {
            return;
        }
        let is_whole = match checkpoint(connection, "PASSIVE") {
            Ok(is_whole) => is_whole,
            Err(error) => return tracing::debug!(%error, "the journal's log was not carried over"),
        };
        if is_whole {
            // SQLite may begin it anew, cut short or not.
            self.is_marked = false;
        }
        let is_too_long = pages >= self.wait_from;
        if !is_whole && !is_too_long {
            return;
        }
        let (patience, tries) = if is_too_long { (READERS_LEAVE, TRIES) } else { (Duration::ZERO, 1) };
        if !self.cut_short(patience, tries) && is_too_long {
            self.wait_from = pages + WAL_PAGES_MOST;
        }
    }

    fn cut_for_those_who_wait(&mut self) {
        if !self.cuts.is_empty() {
            self.cut_short(READERS_LEAVE, TRIES);
        }
        for reply in self.cuts.drain(..) {
            // A caller that has gone away does not want to know.
            let _ = reply.send(());
        }
    }

    /// Cuts the log short, where no reader is in the way; tells whether that was done.
    fn cut_short(&mut self, patience: Duration, tries: u32) -> bool {
        let Some(connection) = &self.connection else { return false };
        let is_cut = cut_short(connection, patience, tries).unwrap_or_else(|error| {
            tracing::debug!(%error, "the journal's log was not cut short");
            false
        });
        if let Err(error) = connection::be_patient(connection) {
            tracing::debug!(%error, "the journal will not wait for other programs");
        }
        if is_cut {
            self.is_marked = false;
            self.wait_from = WAL_PAGES_MOST;
        }
        is_cut
    }
}

/// Carries the log over and begins it anew, where no reader is in the way; tells whether that was done.
fn cut_short(connection: &Connection, patience: Duration, tries: u32) -> rusqlite::Result<bool> {
    connection.busy_timeout(patience)?;
    for _ in 0..tries {
        if checkpoint(connection, "TRUNCATE")? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Carries the log over; tells whether nothing stood in the way and all of it is in the database.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(row.get::<_, i64>(0)? == 0 && row.get::<_, i64>(1)? == row.get::<_, i64>(2)?)
    })
}
