//! Gives jobs the error of a question to the journal, or of a note, in the engine's own type.

use crate::journal::JournalError;
use crate::model::Damaged;

/// The journal, or a run's notebook, could not be read or written. A job hands it on.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct RecordError(#[from] JournalError);

impl From<RecordError> for JournalError {
    fn from(error: RecordError) -> Self {
        error.0
    }
}

/// Makes an error of notes that cannot be read back: then nothing is decided by the rest of them.
impl From<Damaged> for RecordError {
    fn from(error: Damaged) -> Self {
        Self(JournalError::Notebook(error.to_string()))
    }
}
