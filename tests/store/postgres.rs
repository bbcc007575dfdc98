//! Makes places for stores in PostgreSQL: a database for each, in one cluster for all tests of this process.

use std::sync::{Arc, OnceLock};

use roomkeeper::clock::Clock;
use roomkeeper::journal::{Journal, JournalError, Lock, Machine, Server, Workspace};
use tempfile::TempDir;

use crate::cluster::{self, Cluster};
use crate::fixture::{Opened, Place};

struct Database {
    /// The state directory, with the lock.
    folder: TempDir,
    server: Server,
}

/// The cluster, with its proxy where that program is there. It is never dropped: its keepers see to its end when this process has
/// come to its own.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let programs = cluster::programs("the tests in PostgreSQL").unwrap();
        let mut cluster = Cluster::start(&programs, &[], &[]);
        if let Some(program) = cluster::pgbouncer("the tests behind pgbouncer") {
            cluster.start_proxy(&program);
        }
        cluster
    })
}

/// Tells whether there is a cluster to be had.
pub(crate) fn is_ready(test: &str) -> bool {
    cluster::programs(test).is_some()
}

/// Tells whether there is also a proxy that pools transactions.
pub(crate) fn is_proxy_ready(test: &str) -> bool {
    cluster::programs(test).is_some() && cluster::pgbouncer(test).is_some()
}

/// A database of its own.
pub(crate) fn place() -> Box<dyn Place> {
    at(&cluster().database())
}

/// A database of its own, reached through the proxy.
pub(crate) fn place_behind_proxy() -> Box<dyn Place> {
    at(&cluster().database().replace(":5432/d", "%2Fproxy/d"))
}

fn at(address: &str) -> Box<dyn Place> {
    let server = Server::parse(address).unwrap();
    Box::new(Database { folder: tempfile::tempdir().unwrap(), server })
}

impl Database {
    fn open_by(&self, open: impl Fn(Lock) -> Result<Journal, JournalError>) -> Opened {
        loop {
            let workspace = Workspace::at(self.folder.path()).with_journal_on(self.server.clone());
            match workspace.lock("a test").and_then(&open) {
                Ok(journal) => return Box::new(journal),
                // A process that is being started elsewhere has the lock's file open for a moment.
                Err(JournalError::Held { .. }) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Place for Database {
    fn open(&self) -> Opened {
        self.open_by(Journal::open)
    }

    fn open_on(&self, machine: Machine, clock: Arc<dyn Clock>) -> Opened {
        self.open_by(|lock| Journal::open_on(lock, Arc::clone(&clock), machine))
    }
}
