//! Reads an item's state out of the number that stands for it in the database.

pub(super) use crate::journal::state_code::{DONE, to_code};
use crate::journal::{JournalError, state_code};
use crate::model::State;

/// The state of a number.
pub(super) fn from_code(code: i64) -> Result<State, JournalError> {
    state_code::from_code(code)
        .ok_or_else(|| JournalError::damaged(format!("an item has the state {code}, which means nothing")))
}
