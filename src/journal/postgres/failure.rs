//! Puts what PostgreSQL says into the journal's words, and tells which failures pass when the same is tried again.

use tokio_postgres::error::SqlState;

use crate::journal::JournalError;
use crate::model::IllegalStep;

/// The remedy for a database that is damaged.
const REMEDY: &str = "Stop roomkeeper and restore a backup of the database (`pg_dump` makes them)";

/// The reason why an operation was not carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// The journal refuses it; the same would be refused again.
    Refused(JournalError),
    /// The database refuses it, or cannot be reached.
    Database(tokio_postgres::Error),
}

/// The remedy of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same on another connection.
    Reconnect,
    /// The same in another transaction.
    Repeat,
    /// None.
    Nothing,
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Refused(error)
    }
}

impl From<IllegalStep> for Failure {
    fn from(error: IllegalStep) -> Self {
        Self::Refused(error.into())
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// The journal holds what it cannot hold.
    pub(super) fn damaged(why: impl Into<String>) -> Self {
        Self::Refused(damaged("on PostgreSQL", why))
    }

    /// Nothing of that name is there.
    pub(super) fn unknown(what: &'static str) -> Self {
        Self::Refused(JournalError::Unknown(what))
    }

    /// Tells whether the statement was not carried out merely because one before it in the transaction had failed.
    pub(super) fn is_of_another(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
    }

    /// Tells what mends it.
    pub(super) fn remedy(&self) -> Remedy {
        let Self::Database(error) = self else { return Remedy::Nothing };
        let Some(code) = error.code() else { return of_connection(error) };
        let lost = [
            &SqlState::ADMIN_SHUTDOWN,
            &SqlState::CRASH_SHUTDOWN,
            &SqlState::CANNOT_CONNECT_NOW,
            &SqlState::TOO_MANY_CONNECTIONS,
            // The server has become a replica.
            &SqlState::READ_ONLY_SQL_TRANSACTION,
            &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            &SqlState::IDLE_SESSION_TIMEOUT,
        ];
        let repeat = [
            &SqlState::T_R_SERIALIZATION_FAILURE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::LOCK_NOT_AVAILABLE,
            &SqlState::QUERY_CANCELED,
        ];
        if lost.contains(&code) || code.code().starts_with("08") {
            Remedy::Reconnect
        } else if repeat.contains(&code) {
            Remedy::Repeat
        } else {
            Remedy::Nothing
        }
    }

    /// Puts it into words, of the database at that place.
    pub(super) fn told(self, place: &str) -> JournalError {
        let remedy = self.remedy();
        let error = match self {
            Self::Refused(error) => return error,
            Self::Database(error) => error,
        };
        if remedy != Remedy::Nothing {
            return JournalError::Unreachable { place: place.to_owned(), why: words(&error) };
        }
        let Some(code) = error.code() else {
            return if is_of_encryption(&error) {
                JournalError::NotAdmitted { place: place.to_owned(), why: words(&error) }
            } else {
                damaged(place, words(&error))
            };
        };
        if *code == SqlState::DISK_FULL {
            return JournalError::Full;
        }
        match code.code().get(..2) {
            Some("23" | "54") => JournalError::Conflict(words(&error)),
            Some("XX" | "22") => damaged(place, words(&error)),
            Some("28" | "3D" | "42") => JournalError::NotAdmitted { place: place.to_owned(), why: words(&error) },
            _ => JournalError::Io(words(&error)),
        }
    }
}

pub(super) fn damaged(place: &str, why: impl Into<String>) -> JournalError {
    JournalError::Damaged { place: place.to_owned(), why: why.into(), remedy: REMEDY }
}

/// An error that the server has not told: the connection's, unless it is about a value.
fn of_connection(error: &tokio_postgres::Error) -> Remedy {
    let is_io = std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    let text = error.to_string();
    let is_lost = ["connect", "connection", "timeout", "unexpected message"].iter().any(|word| text.contains(word));
    if !is_of_encryption(error) && (error.is_closed() || is_io || is_lost) {
        Remedy::Reconnect
    } else {
        Remedy::Nothing
    }
}

/// Tells whether the two could not agree on how to encrypt: another try would end alike.
pub(super) fn is_of_encryption(error: &tokio_postgres::Error) -> bool {
    error.to_string().contains("TLS")
}

/// The error's own words, with the reason below them.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        let detail = told.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail}", told.message());
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
