//! Names what can go wrong with the journal, in words that say what to do.

use std::path::PathBuf;

use crate::model::IllegalStep;

/// The reason why the journal could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// Another process is the one that writes.
    #[error("the journal in {} is held by {by}. Stop that first, or wait until it has finished", .directory.display())]
    Held {
        /// The state directory.
        directory: PathBuf,
        /// The process that holds it, as far as it said.
        by: String,
    },
    /// The state directory or a file in it may not be used by this user.
    #[error("{} cannot be opened: {why}. Run this as the owner of the state directory, or give this user access to it", .path.display())]
    NotPermitted {
        /// The path that could not be opened.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// The state directory could not be made or read.
    #[error("{} cannot be used as the state directory: {why}", .path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// Written by a later version.
    #[error(
        "the journal {place} was written by a later version of roomkeeper (its format is {found}, this program knows {known}). Use that version, or restore a backup"
    )]
    TooNew {
        /// The place where it lies, in words.
        place: String,
        /// Its format.
        found: i64,
        /// The latest format known here.
        known: i64,
    },
    /// Not a journal, or a damaged one.
    #[error("the journal {place} is damaged or is no journal: {why}. It was left as it is. {remedy}")]
    Damaged {
        /// The place where it lies, in words.
        place: String,
        /// The database's reason.
        why: String,
        /// The remedy, as a sentence: each database has its own.
        remedy: &'static str,
    },
    /// There is no journal yet.
    #[error("there is no journal at {0} yet: nothing has run")]
    Absent(String),
    /// The disk has no room.
    #[error("the disk that holds the journal is full. Nothing was lost; make room, and the work goes on")]
    Full,
    /// The disk failed, or what was committed is not known.
    #[error("the journal could not be written: {0}")]
    Io(String),
    /// An item was asked to take a step that no item takes.
    #[error("the journal refused a step")]
    Illegal(#[from] IllegalStep),
    /// The operation contradicts what the journal holds: a due time that has its run already, an identity that another
    /// open item has, a run that is to end too early.
    #[error("the journal refused what contradicts it: {0}")]
    Conflict(String),
    /// A due time was to begin or to be skipped, and the journal has its run, or the reason why it has none.
    #[error("that due time has been dealt with")]
    Recorded,
    /// A dropped file was to be claimed, and another run has claimed it, or it is not there any more.
    #[error("the file {} is another run's by now", .0.display())]
    Claimed(PathBuf),
    /// A dropped file could not be moved: its run was taken back, and the file is left where it lies.
    #[error("the file {} cannot be moved: {why}", .file.display())]
    NotMoved {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// Nothing of that name is in the journal.
    #[error("the journal knows no {0}")]
    Unknown(&'static str),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// Tells whether the same may well succeed later: a full or failing disk.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_))
    }
}
