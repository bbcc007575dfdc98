//! The journal in a PostgreSQL database: one thread has the connections, one of which writes and one answers questions.

mod bind;
mod check;
mod claims;
mod copy;
mod deadline;
mod ending;
mod failure;
mod figures;
mod files;
mod guard;
mod habits;
mod held;
mod identities;
mod items;
mod lease;
mod letters;
mod link;
mod mark;
mod migrations;
mod opening;
mod operation;
mod outbox;
mod owner;
mod patience;
mod pin_keys;
mod probe;
mod prune;
mod questions;
mod rates;
mod read;
mod recording;
mod recovery;
mod row;
mod runs;
mod schema;
mod server;
mod setback;
mod skips;
mod store;
mod troubles;
mod turns;
mod viewer;
mod writer;

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use futures_util::future::join;
use uuid::Uuid;

use self::lease::Holder;
use self::link::GOODBYE;
use self::questions::Questions;
use self::writer::Writer;
use crate::clock::Clock;
use crate::journal::guard::Guard;
use crate::journal::{JournalError, Lock, Machine, Seal};

pub(super) use copy::{CopyDestination, CopySide};
pub use server::Server;

/// The open database of the one process that writes it.
#[derive(Debug)]
pub(super) struct Database {
    writer: Writer,
    questions: Questions,
    /// Until it was closed.
    thread: Mutex<Option<JoinHandle<()>>>,
    owner: owner::Owner,
    guard: Arc<Guard>,
    set_back: Option<String>,
}

impl Database {
    /// Opens the journal in a database, and makes it where there is none. The lock is kept until the last commit.
    pub(super) fn open(
        server: Server,
        lock: Lock,
        clock: Arc<dyn Clock>,
        seal: &Seal,
        machine: &Machine,
    ) -> Result<Self, JournalError> {
        let holder = Holder {
            owner: Uuid::now_v7(),
            home: server.home(lock.workspace().directory(), machine),
            held_from: lock.identity(),
            node: server.node().to_owned(),
            purpose: lock.purpose().to_owned(),
            lasts: server.lasts(),
            grace: server.grace(),
            seal: seal.clone(),
        };
        let owner = owner::Owner {
            home: holder.home.clone(),
            process: holder.owner,
            held_from: holder.held_from.clone(),
            called: lease::named(&holder.node, &holder.purpose),
        };
        let (questions, mut answering) = Questions::of(server.clone());
        let ((writer, guard, set_back), thread) = start(async move || {
            let (opened, ()) = join(Writer::open(server, lock, clock, &holder), answering.connect_meanwhile()).await;
            let (writer, guard, writing, set_back) = opened?;
            Ok(((writer, guard, set_back), async move {
                join(writing.work(), answering.work()).await;
            }))
        })?;
        Ok(Self { writer, questions, thread: Mutex::new(Some(thread)), owner, guard, set_back })
    }

    async fn close(&self) {
        self.questions.close().await;
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.writer.close().await;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the journal's thread did not end in order");
        }
    }
}

/// Reads a journal beside the process that writes it, for commands that only tell.
#[derive(Debug)]
pub(super) struct Reading {
    questions: Questions,
    /// Hears when the connection has ended.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl Reading {
    /// Connects now; [`JournalError::Absent`] where there is no journal yet.
    pub(super) fn open(server: Server) -> Result<Self, JournalError> {
        Self::begin(server, true)
    }

    /// The same, and connects with the first question.
    pub(super) fn later(server: Server) -> Result<Self, JournalError> {
        Self::begin(server, false)
    }

    fn begin(server: Server, connects: bool) -> Result<Self, JournalError> {
        let (questions, mut answering) = Questions::of(server);
        let (ends, ended) = mpsc::channel();
        start(async move || {
            if connects {
                answering.open().await?;
            }
            Ok(((), async move {
                answering.work().await;
                drop(ends);
            }))
        })?;
        Ok(Self { questions, ended: Mutex::new(ended) })
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.questions.close_now() {
            // The process may end behind this, and its connections with it.
            let _ = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(GOODBYE);
        }
    }
}

/// Starts the thread that has the connections: it opens what there is to open, says so, and works until its work is done.
fn start<T, W>(
    open: impl AsyncFnOnce() -> Result<(T, W), JournalError> + Send + 'static,
) -> Result<(T, JoinHandle<()>), JournalError>
where
    T: Send + 'static,
    W: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| JournalError::Io(error.to_string()))?;
    let (ready, opened) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                match open().await {
                    Ok((value, work)) => {
                        // The caller waits for it.
                        let _ = ready.send(Ok(value));
                        work.await;
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            });
        })
        .map_err(|error| JournalError::Io(error.to_string()))?;
    let value = opened.recv().map_err(|_| JournalError::Closed)??;
    Ok((value, thread))
}
