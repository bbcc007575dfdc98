//! Writes an item's state as a number below 10 while the item is open, so that an index can hold the open ones alone: the same number
//! in every kind of database.

use crate::model::{State, Status};

/// Open items have a code below this.
pub(super) const DONE: i64 = 10;

/// The number of a state.
pub(super) fn to_code(state: State) -> i64 {
    match state {
        State::Pending => 0,
        State::Sending => 1,
        State::Settling { at_start: false } => 2,
        State::Settling { at_start: true } => 3,
        State::Done(status) => DONE + status_code(status),
    }
}

/// The state of a number; `None` where it means nothing.
pub(super) fn from_code(code: i64) -> Option<State> {
    match code {
        0 => Some(State::Pending),
        1 => Some(State::Sending),
        2 => Some(State::Settling { at_start: false }),
        3 => Some(State::Settling { at_start: true }),
        done => Status::ALL.into_iter().find(|status| DONE + status_code(*status) == done).map(State::Done),
    }
}

/// These numbers are in journals: they may grow and never change.
fn status_code(status: Status) -> i64 {
    match status {
        Status::Created => 0,
        Status::Updated => 1,
        Status::Cancelled => 2,
        Status::Reset => 3,
        Status::Added => 4,
        Status::Removed => 5,
        Status::Exported => 6,
        Status::Unchanged => 7,
        Status::Exists => 8,
        Status::Skipped => 9,
        Status::Invalid => 10,
        Status::Failed => 11,
        Status::Unknown => 12,
        Status::NotRun => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_from_its_number() {
        let open =
            [State::Pending, State::Sending, State::Settling { at_start: false }, State::Settling { at_start: true }];
        for state in open.into_iter().chain(Status::ALL.map(State::Done)) {
            assert_eq!(from_code(to_code(state)), Some(state));
            assert_eq!(to_code(state) >= DONE, state.is_done());
        }
        assert_eq!(from_code(99), None);
    }
}
