//! Finds the row at which a table ends though its file goes on, such as that of its totals, and keeps account of what stands outside
//! of the table.

use csv::StringRecord;
use serde::{Deserialize, Serialize};

use crate::model::fold;

/// The rows of a file that are no part of its table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Left {
    /// The number of rows above it.
    pub above: u64,
    /// The row that ended it, and those below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<Below>,
}

/// The rows from the one on that ended a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    /// The row that ended it, as a spreadsheet numbers it.
    pub line: u64,
    /// Its first cell.
    pub text: String,
    /// The number of rows, with that one.
    pub rows: u64,
    /// The number of those that have a start, as meetings have.
    pub with_start: u64,
}

/// The words at which the table of one file ends.
#[derive(Debug, Default)]
pub(super) struct End {
    words: Vec<String>,
    found: Option<Below>,
}

impl Left {
    /// Says what was not read, each a sentence.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let above = match self.above {
            0 => None,
            1 => Some("Row 1, above the table, was not read.".to_owned()),
            rows => Some(format!("Rows 1 to {rows}, above the table, were not read.")),
        };
        let below = self.below.as_ref().map(|Below { line, text, rows, with_start }| {
            let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
            let meetings = match with_start {
                0 => String::new(),
                1 => " 1 of them has a start: if that is a meeting, move it above.".to_owned(),
                many => format!(" {many} of them have a start: if those are meetings, move them above."),
            };
            format!("The table ends at `{text}` in line {line} (until): {rows} from there on were not read.{meetings}")
        });
        above.into_iter().chain(below).collect()
    }
}

impl End {
    pub(super) fn new(words: &[String]) -> Self {
        Self { words: words.iter().map(|word| plain(word)).collect(), found: None }
    }

    /// Tells whether no table of the job ends before its file does.
    pub(super) fn is_none(&self) -> bool {
        self.words.is_empty()
    }

    /// Tells whether this row ends the table: its first filled cell is one of the words, and it has no start.
    pub(super) fn is_at(&mut self, line: u64, record: &StringRecord, has_start: bool) -> bool {
        let first = record.iter().map(fold::trimmed).find(|cell| !cell.is_empty()).unwrap_or_default();
        let ends = !has_start && self.words.contains(&plain(first));
        if ends {
            self.found = Some(Below { line, text: first.to_owned(), rows: 1, with_start: 0 });
        }
        ends
    }

    /// Takes a row below into account.
    pub(super) fn pass(&mut self, has_start: bool) {
        if let Some(found) = &mut self.found {
            found.rows += 1;
            found.with_start += u64::from(has_start);
        }
    }

    pub(super) fn left(&self) -> Option<Below> {
        self.found.clone()
    }
}

/// Returns a cell as it is compared: without a colon behind it, in small letters.
fn plain(cell: &str) -> String {
    fold::normal(cell).trim_end_matches(':').trim_end().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_totals_ends_the_table_and_a_meeting_of_that_name_does_not() {
        let is_at = |cells: &[&str], has_start| {
            End::new(&["Total".to_owned()]).is_at(9, &StringRecord::from(cells.to_vec()), has_start)
        };
        assert!(is_at(&["", "TOTAL:", "", "12"], false) && is_at(&[" total "], false));
        assert!(!is_at(&["Total quality"], false) && !is_at(&["Total"], true) && !is_at(&["Algebra", "Total"], false));
    }

    #[test]
    fn what_was_left_is_told() {
        let mut end = End::new(&["Total".to_owned()]);
        assert!(end.is_at(40, &StringRecord::from(vec!["Total"]), false));
        end.pass(false);
        end.pass(true);
        let notes = Left { above: 2, below: end.left() }.notes();
        assert_eq!(notes[0], "Rows 1 to 2, above the table, were not read.");
        assert_eq!(
            notes[1],
            "The table ends at `Total` in line 40 (until): 3 rows from there on were not read. 1 of them has a start: if that is a meeting, move it above."
        );
        assert!(Left::default().notes().is_empty());
    }
}
