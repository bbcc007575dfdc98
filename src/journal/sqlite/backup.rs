//! A backup of the journal while others write it: one moment's state, verified, and in its place whole or not at all.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode};
use tempfile::NamedTempFile;

use super::{Reader, wal_identity};
use crate::journal::JournalError;

/// Pages that are copied at once (4 KiB each).
const STEP: std::ffi::c_int = 256;

/// The reason why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The place is taken.
    #[error("{} is there already, and nothing is overwritten. Name another file", .0.display())]
    Exists(PathBuf),
    /// The file could not be written.
    #[error("the backup {} could not be written: {why}. Nothing was left behind", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// The copy is not sound, so neither is the journal.
    #[error("the backup was not kept, for what was copied is damaged: {0}. `roomkeeper journal check` tells more")]
    Damaged(String),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// One moment's state of the journal. While it lives, the journal's log cannot be cut short.
#[derive(Debug)]
pub struct Snapshot(Reader);

impl Snapshot {
    /// Holds on to the journal of a state directory as it is now.
    pub(in crate::journal) fn take(directory: &Path) -> Result<Self, JournalError> {
        let reader = Reader::open(directory)?;
        reader.connection.execute_batch("BEGIN")?;
        // A transaction begins with its first read.
        reader.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Self(reader))
    }

    /// Writes it to `path`, which must not be there yet, for its owner alone (mode 0600). Tells how many bytes it has. The key
    /// that seals PINs is not in it, so PINs that wait in the journal cannot be read from it.
    pub fn write_to(self, path: &Path) -> Result<u64, BackupError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
            _ => BackupError::Write { path: path.to_owned(), why: error.to_string() },
        };
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let aside = NamedTempFile::with_prefix_in(".journal-", folder).map_err(failed)?;
        self.copy(aside.path()).map_err(|error| match error {
            CopyError::Sqlite(error) => told(path, &error),
            CopyError::Damaged(why) => BackupError::Damaged(why),
            CopyError::Journal(error) => error.into(),
        })?;
        aside.as_file().sync_all().map_err(failed)?;
        let placed = aside.persist_noclobber(path).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(placed.metadata().map_err(failed)?.len())
    }

    fn copy(self, aside: &Path) -> Result<(), CopyError> {
        let mut copy = Connection::open(aside)?;
        // It is synced when it is whole; until then it is nothing.
        copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let backup = Backup::new(&self.0.connection, &mut copy)?;
        loop {
            match backup.step(STEP)? {
                StepResult::Done => break,
                StepResult::More => {}
                // No other process has the copy open, and a snapshot waits for none.
                _ => {
                    return Err(CopyError::Journal(JournalError::Io(
                        "the journal is locked by another program".to_owned(),
                    )));
                }
            }
        }
        drop(backup);
        // One file, that needs no log beside it; and another database, so that no log is taken for its own.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        wal_identity::assign(&copy).map_err(CopyError::Journal)?;
        let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(CopyError::Damaged(verdict));
        }
        copy.close().map_err(|(_, error)| CopyError::Sqlite(error))
    }
}

enum CopyError {
    Sqlite(rusqlite::Error),
    Damaged(String),
    Journal(JournalError),
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

fn told(path: &Path, error: &rusqlite::Error) -> BackupError {
    let why = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "its disk is full".to_owned(),
        _ => error.to_string(),
    };
    BackupError::Write { path: path.to_owned(), why }
}
