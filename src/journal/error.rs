//! Names what can go wrong with the journal, in words that say what to do.

use super::Mark;
use crate::model::IllegalStep;

/// The reason why the journal could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// Another process is the one that writes.
    #[error("the journal in {place} is held by {by}. Stop that first, or wait until it has finished")]
    Held {
        /// The place where it lies, in words.
        place: String,
        /// The process that holds it, as far as it said.
        by: String,
    },
    /// Another process of this machine's name writes the journal.
    #[error(
        "the journal {place} is written by {by}, which is called {node:?} as this machine is. Give each machine a `node` of its own under [state]"
    )]
    SameNode {
        /// The place where it lies, in words.
        place: String,
        /// The name.
        node: String,
        /// The process that writes it.
        by: String,
    },
    /// This user may not use the journal, or what lies beside it.
    #[error(
        "{place} cannot be opened: {why}. Run this as the owner of the state directory, or give this user access to it"
    )]
    NotPermitted {
        /// The part that could not be opened, in words.
        place: String,
        /// The system's reason.
        why: String,
    },
    /// The journal cannot be kept there.
    #[error("{place} cannot be used as the state directory: {why}")]
    Unusable {
        /// The place where it was to lie, in words.
        place: String,
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
    /// It was copied, is being copied, or is an unfinished copy.
    #[error("the journal {place} {mark}")]
    Marked {
        /// The place where it lies, in words.
        place: String,
        /// The mark of the copy that was made of it, or that it is.
        mark: Mark,
    },
    /// The database does not answer.
    #[error(
        "the journal's database {place} cannot be reached: {why}. Nothing was lost; once it answers, the work goes on"
    )]
    Unreachable {
        /// The place where it lies, in words.
        place: String,
        /// The reason.
        why: String,
    },
    /// The database does not let this program do what it has to.
    #[error(
        "the journal's database {place} refuses: {why}. Check the address, the password and the user's rights there"
    )]
    NotAdmitted {
        /// The place where it lies, in words.
        place: String,
        /// The database's reason.
        why: String,
    },
    /// The key that seals PINs is no key, or another than the one that this journal's PINs are sealed with.
    #[error("the PIN key cannot be used: {0}")]
    PinKey(String),
    /// Another process does this one's work by now.
    #[error(
        "the work of this process was taken over by {by}: it counted as gone in the journal {place}, and has written nothing since"
    )]
    TakenOver {
        /// The place where it lies, in words.
        place: String,
        /// The process that does it.
        by: String,
    },
    /// This process could give no sign of life for so long that another may do its work by now.
    #[error(
        "the journal {place} could not be told for {seconds} s that this process lives, so that another machine may have taken over its work"
    )]
    Lapsed {
        /// The place where it lies, in words.
        place: String,
        /// The time that a sign of life counts for.
        seconds: u64,
    },
    /// The database may know less than this process has committed.
    #[error(
        "the journal {0} may lack what was written last: a backup was put back, or another server took the place of the one that had it. \
         What is not over is looked for before it is sent"
    )]
    SetBack(String),
    /// The disk has no room.
    #[error("the disk that holds the journal is full. Nothing was lost; make room, and the work goes on")]
    Full,
    /// The disk failed, or what was committed is not known.
    #[error("the journal could not be written: {0}")]
    Io(String),
    /// A run's notebook in the temporary folder could not be read or written.
    #[error("the notes of the run could not be kept: {0}")]
    Notebook(String),
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
    /// A due time was to begin a run of a job that another machine works on: that machine decides what becomes of it.
    #[error("{0} works on a run of the job")]
    Elsewhere(String),
    /// A dropped file was to be claimed, and another run has claimed it.
    #[error("the file is another run's by now")]
    Claimed,
    /// Nothing of that name is in the journal.
    #[error("the journal knows no {0}")]
    Unknown(&'static str),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// Tells whether a database on a server does not answer.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Tells whether another process may do this one's work by now.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::TakenOver { .. } | Self::Lapsed { .. } | Self::SetBack(_))
    }

    /// Tells whether the same may well succeed later: a full or failing disk, a database that is away.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Full | Self::Io(_) | Self::Unreachable { .. } | Self::Notebook(_))
    }
}
