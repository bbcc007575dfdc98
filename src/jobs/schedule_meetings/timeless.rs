//! Notices rows that came back without the time of day of a start or an end, as `SheetJS` 0.18.5 writes them from a CSV (`2/19/27` of
//! `2027-02-19 12:45`). Such a cell means what was handed in; a time that a person had changed in it is nowhere any more.

use serde::{Deserialize, Serialize};

/// Counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeless {
    rows: u64,
    /// The line of the first.
    first: u32,
}

impl Timeless {
    /// Takes such a row into account.
    pub(super) fn see(&mut self, line: u32) {
        self.rows += 1;
        if self.rows == 1 {
            self.first = line;
        }
    }

    pub(super) fn is_none(&self) -> bool {
        self.rows == 0
    }

    /// Says how they were read; nothing where there are none.
    pub(super) fn note(self) -> Option<String> {
        let (rows, in_line) = match self.rows {
            0 => return None,
            1 => ("1 row comes".to_owned(), format!("line {}", self.first)),
            rows => (format!("{rows} rows come"), format!("the first in line {}", self.first)),
        };
        Some(format!(
            "{rows} back without a time of day ({in_line}), which some programs leave out of the dates of a file. Each was read with the \
             time that it was handed in with. If you changed a time in this file, it is lost: change it once more, in a program \
             that keeps times"
        ))
    }
}
