//! Puts what SQLite says into the journal's words.

use std::path::PathBuf;

use crate::journal::JournalError;

impl JournalError {
    /// The journal holds what it cannot hold; its path is not known here.
    pub(super) fn damaged(why: String) -> Self {
        Self::Damaged { path: PathBuf::from(super::connection::FILE), why }
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
