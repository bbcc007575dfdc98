//! Notices starts that some programs write in place of others: 10:00 in a workbook becomes 09:59 in the CSV that xlsx2csv 0.8.6
//! makes of it, and csvkit 2.2.0 writes 9:00 as nine minutes past midnight. Nothing is changed by that; the reader of the mail
//! looks.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A quarter of an hour, and where the last minute of one begins, in milliseconds.
const QUARTER: i64 = 15 * 60_000;
const LAST_MINUTE: i64 = 14 * 60_000;

/// Rows that may all begin in the hour after midnight without being pointed out.
const FEW: u32 = 1;

/// Counts the rows of a file that begin one minute before a quarter of an hour, and those in the hour after midnight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    rows: u32,
    /// The line of the first.
    first: u32,
    /// The number of rows with a start.
    #[serde(default)]
    all: u32,
    /// Those of them that begin between midnight and one.
    #[serde(default)]
    midnight: u32,
}

impl Early {
    /// Takes a row into account, with the hour that clocks show at its start. The time zones of the world are whole quarters
    /// of an hour apart.
    pub(super) fn see(&mut self, line: u32, start: Timestamp, hour: i8) {
        self.all += 1;
        self.midnight += u32::from(hour == 0);
        if start.millis().rem_euclid(QUARTER) == LAST_MINUTE {
            self.rows += 1;
            if self.rows == 1 {
                self.first = line;
            }
        }
    }

    /// Says which rows to look at; nothing where there are none.
    pub(in crate::jobs) fn notes(self) -> Vec<String> {
        self.a_minute_early().into_iter().chain(self.after_midnight()).collect()
    }

    fn after_midnight(self) -> Option<String> {
        (self.all > FEW && self.midnight == self.all).then(|| {
            format!(
                "all {} rows begin between midnight and one o'clock; some programs write 9:00 as 0:09:00, nine minutes past midnight. \
                 If that is not meant, correct the start times and hand the rows in again",
                self.all
            )
        })
    }

    fn a_minute_early(self) -> Option<String> {
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
            early.see(u32::try_from(line).unwrap() + 2, start, 9);
        }
        let [words] = early.notes().try_into().unwrap();
        assert!(
            words.starts_with("3 rows begin one minute before a quarter of an hour (the first in line 2)"),
            "{words}"
        );
        assert_eq!(Early::default().notes(), Vec::<String>::new());
    }

    #[test]
    fn a_file_whose_rows_all_begin_after_midnight_is_pointed_out_and_one_such_row_is_not() {
        let of = |hours: &[i8]| {
            let mut early = Early::default();
            for hour in hours {
                early.see(2, Timestamp::from_seconds(0), *hour);
            }
            early.notes()
        };
        assert!(of(&[0, 0])[0].starts_with("all 2 rows begin between midnight and one o'clock"));
        assert!(of(&[0]).is_empty() && of(&[0, 1]).is_empty() && of(&[]).is_empty());
    }
}
