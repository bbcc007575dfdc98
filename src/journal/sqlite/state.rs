//! Reads an item's state out of the number that stands for it in the database. Its column `open` is 1 while the item is open, and NULL
//! after that: the indexes of open items go by it, so that none of them changes while an item is sent and settled.

pub(super) use crate::journal::state_code::{DONE, to_code};
use crate::journal::{JournalError, state_code};
use crate::model::State;

/// The state of a number.
pub(super) fn from_code(code: i64) -> Result<State, JournalError> {
    state_code::from_code(code)
        .ok_or_else(|| JournalError::damaged(format!("an item has the state {code}, which means nothing")))
}
