//! Puts what SQLite says into the journal's words.

use std::path::Path;

use crate::journal::JournalError;

/// The remedy for a database that is damaged.
const REMEDY: &str = "Put it aside together with the files journal.db-wal and journal.db-shm, if they are there, and restore a backup \
                      (`roomkeeper journal backup` makes them)";

impl JournalError {
    /// The journal holds what it cannot hold; its path is not known here.
    pub(super) fn damaged(why: String) -> Self {
        Self::damaged_at(Path::new(super::connection::FILE), why)
    }

    /// The same, of a file.
    pub(in crate::journal) fn damaged_at(path: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { place: path.display().to_string(), why: why.into(), remedy: REMEDY }
    }

    /// There is no journal at that path.
    pub(super) fn absent(path: &Path) -> Self {
        Self::Absent(path.display().to_string())
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as E;
        match error.sqlite_error_code() {
            Some(E::DiskFull) => Self::Full,
            Some(E::ConstraintViolation) => Self::Conflict(error.to_string()),
            Some(E::DatabaseCorrupt | E::NotADatabase) => Self::damaged(error.to_string()),
            Some(_) => Self::Io(error.to_string()),
            None if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::Unknown("such row"),
            // A value that is not what it must be: waiting mends nothing.
            None => Self::damaged(error.to_string()),
        }
    }
}
