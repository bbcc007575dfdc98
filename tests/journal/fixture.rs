//! A journal in a temporary folder, and the few things every test puts into it.

use std::path::Path;

use crate::reader::Reader;
pub(crate) use crate::rows::{intent, item, new_run};
use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{JobKey, Journal, JournalError, NewIntents, RunKey, Workspace};
use roomkeeper::model::{JobKind, Life, Limits};
use tempfile::TempDir;

/// The time in every test.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000)
}

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) journal: Journal,
    pub(crate) job: JobKey,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path()).unwrap();
        let job = job(&journal, "timetable").await;
        Self { folder, journal, job }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(self.path()).unwrap()
    }

    /// A run of the job with `n` pending items, past its planning.
    pub(crate) async fn run_of(&self, n: u32) -> RunKey {
        let run = self.journal.begin(new_run(self.job)).await.unwrap();
        self.journal.plan(self.job, run, (1..=n).map(item).collect()).await.unwrap();
        self.journal.planned(run, String::new()).await.unwrap();
        run
    }

    /// Makes items of the run `sending`.
    pub(crate) async fn intend(&self, run: RunKey, items: &[u32]) -> Vec<Life> {
        let intents = items.iter().map(|n| intent(*n, Life::default())).collect();
        self.journal.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap()
    }

    /// Closes the journal and opens it again, as the next start of the program does.
    pub(crate) async fn restart(self) -> Self {
        let Self { folder, journal, job } = self;
        journal.close().await;
        let journal = open_again(folder.path()).unwrap();
        Self { folder, journal, job }
    }
}

pub(crate) fn open(folder: &Path) -> Result<Journal, JournalError> {
    Journal::open(Workspace::at(folder).lock("a test")?)
}

/// The same after another process had it open. A test beside this one that starts a process lends it our files, and the lock with
/// them, until that process is another program.
pub(crate) fn open_again(folder: &Path) -> Result<Journal, JournalError> {
    loop {
        match open(folder) {
            Err(JournalError::Held { .. }) => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

pub(crate) async fn job(journal: &Journal, name: &str) -> JobKey {
    journal.job(&name.parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap()
}

/// Counts the transactions of the write-ahead log: a frame that ends one says how long the database is after it.
pub(crate) fn transactions(folder: &Path) -> usize {
    let log = std::fs::read(folder.join("journal.db-wal")).unwrap_or_default();
    let Some(salts) = log.get(16..24) else { return 0 };
    log.get(32..)
        .unwrap_or_default()
        .chunks_exact(24 + 4096)
        .take_while(|frame| frame[8..16] == *salts)
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}
