//! Notices starts that some programs write a minute too early: 10:00 in a workbook becomes 09:59 in the CSV that
//! xlsx2csv 0.8.6 makes of it. Nothing is changed by that; the reader of the mail looks.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A quarter of an hour, and where the last minute of one begins, in milliseconds.
const QUARTER: i64 = 15 * 60_000;
const LAST_MINUTE: i64 = 14 * 60_000;

/// Counts the rows of a file that begin one minute before a quarter of an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    rows: u32,
    /// The line of the first.
    first: u32,
}

impl Early {
    /// Takes a row into account. The time zones of the world are whole quarters of an hour apart.
    pub(super) fn see(&mut self, line: u32, start: Timestamp) {
        if start.millis().rem_euclid(QUARTER) == LAST_MINUTE {
            self.rows += 1;
            if self.rows == 1 {
                self.first = line;
            }
        }
    }

    /// Says which rows to look at; `None` where there is no such row.
    pub(in crate::jobs) fn note(self) -> Option<String> {
        let (rows, one) = match self.rows {
            0 => return None,
            1 => ("1 row begins".to_owned(), true),
            rows => (format!("{rows} rows begin"), false),
        };
        let place = if one { format!("line {}", self.first) } else { format!("the first in line {}", self.first) };
        Some(format!(
            "{rows} one minute before a quarter of an hour ({place}); some programs that turn a workbook into CSV write times one \
             minute too early (10:00 becomes 09:59). If that is not meant, correct the start times and hand the rows in again"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_minute_of_a_quarter_is_noticed() {
        let mut early = Early::default();
        for (line, time) in ["09:59", "10:00", "10:14", "10:15", "10:58", "23:59"].into_iter().enumerate() {
            let start = Timestamp::from_rfc3339(&format!("2027-02-01T{time}:00+05:45")).unwrap();
            early.see(u32::try_from(line).unwrap() + 2, start);
        }
        let words = early.note().unwrap();
        assert!(
            words.starts_with("3 rows begin one minute before a quarter of an hour (the first in line 2)"),
            "{words}"
        );
        assert_eq!(Early::default().note(), None);
    }
}
