//! Finds where a table begins in its file: below a `sep=` line, and below the titles that people write over it.

use super::dialect::{self, DELIMITERS};
use super::front;
use super::headings::Layout;
use crate::model::{Column, fold};

/// The beginning of a file's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Top {
    /// Between two cells.
    pub(super) delimiter: u8,
    /// The bytes in front of the table.
    pub(super) bytes: usize,
    /// The rows among them, as a spreadsheet counts; its `sep=` line is none.
    pub(super) rows: u64,
    /// The lines of text among them.
    pub(super) lines: u64,
    /// True when the table's first row is no headings: the job says them.
    pub(super) is_headless: bool,
}

/// Rows that may stand above the headings and be found without being said.
const TITLES: usize = 30;
/// Rows at the beginning that are looked at.
const MOST: usize = 1100;

impl Top {
    /// Looks at the beginning of a text.
    pub(super) fn find(head: &[u8], layout: &Layout) -> Self {
        let declared = dialect::declared(head);
        let from = declared.map_or(0, |(_, bytes)| bytes);
        let enough = layout.skip_rows.map_or(0, |said| usize::try_from(said).unwrap_or(MOST)).max(TITLES) + 1;
        let at = |delimiter: u8| {
            let rows = rows_of(&head[from..], delimiter, enough);
            let first = first_row(&rows, layout);
            (rows, first)
        };
        let delimiter = declared.map_or_else(
            || {
                let best = DELIMITERS.into_iter().max_by_key(|delimiter| {
                    let (rows, first) = at(*delimiter);
                    let cells = rows.get(first).map_or(&[][..], |row| &row.cells);
                    (cells.iter().filter(|cell| layout.knows(cell)).count(), cells.len())
                });
                best.unwrap_or(b',')
            },
            |(delimiter, _)| delimiter,
        );
        let (rows, first) = at(delimiter);
        let start = rows.get(first).map_or(0, |row| row.start);
        // Blank rows above stay, and are counted with the others.
        let (start, skipped) = if first == 0 || is_blank(&rows[..first]) { (0, 0) } else { (start, first) };
        let is_headless = !layout.headings.is_empty()
            && !rows
                .get(first)
                .is_some_and(|row| is_ours(row) || has_all(row, layout.headings.iter().map(String::as_str)));
        let bytes = from + start;
        Self {
            delimiter,
            bytes,
            rows: u64::try_from(skipped).unwrap_or_default(),
            lines: lines_of(&head[..bytes]),
            is_headless,
        }
    }
}

/// A row at the beginning of a text.
struct Row {
    start: usize,
    cells: Vec<String>,
}

impl Row {
    fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

fn is_blank(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.filled() == 0)
}

/// Tells whether a row is the headings of a file that we wrote, perhaps without the one or other column that a person deleted. Files of
/// earlier versions have no tokens.
fn is_ours(row: &Row) -> bool {
    let others = front::RETRY.into_iter().filter(|name| *name != front::TOKEN);
    let there = others.clone().filter(|name| has_all(row, std::iter::once(*name))).count();
    there == others.count() || there >= 2 && has_all(row, std::iter::once(front::TOKEN))
}

fn has_all<'a>(row: &Row, mut names: impl Iterator<Item = &'a str>) -> bool {
    let there: Vec<_> = row.cells.iter().map(|cell| Column::normalized(cell)).collect();
    names.all(|name| {
        let name = Column::normalized(name);
        name.is_empty() || there.contains(&name)
    })
}

/// Returns the place of the table's first row.
fn first_row(rows: &[Row], layout: &Layout) -> usize {
    let says = |row: &&Row| row.filled() > 0;
    if rows.iter().find(says).is_some_and(is_ours) {
        return rows.iter().position(|row| row.filled() > 0).unwrap_or(0);
    }
    if let Some(said) = layout.skip_rows {
        return usize::try_from(said).unwrap_or(usize::MAX).min(rows.len());
    }
    let is_title = |row: &&Row| row.filled() <= 1 && !row.cells.iter().any(|cell| layout.knows(cell));
    let titles = rows.iter().take(TITLES).take_while(is_title).count();
    let is_table = rows.get(titles).is_some_and(|row| {
        row.filled() > 1 && (!layout.headings.is_empty() || row.cells.iter().any(|cell| layout.knows(cell)))
    });
    let is_narrow = layout.headings.len() == 1;
    let first = rows.iter().position(|row| row.filled() > 0).unwrap_or(0);
    if is_table && !is_narrow { titles } else { first }
}

/// Takes the beginning of a text apart: so many rows as are enough, and more as long as all are blank.
fn rows_of(text: &[u8], delimiter: u8, enough: usize) -> Vec<Row> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), Vec::new());
    let (mut start, mut quoted, mut at_start, mut at) = (0, false, true, 0);
    let (mut says, mut most) = (false, MOST);
    let close = |cell: &mut Vec<u8>| fold::trimmed(&String::from_utf8_lossy(&std::mem::take(cell))).to_owned();
    while at < text.len() && rows.len() < most {
        let byte = text[at];
        at += 1;
        match byte {
            b'"' if at_start => {
                quoted = true;
                at_start = false;
            }
            b'"' if quoted && text.get(at) == Some(&b'"') => {
                cell.push(b'"');
                at += 1;
            }
            b'"' if quoted => quoted = false,
            _ if quoted => cell.push(byte),
            b'\n' | b'\r' => {
                if byte == b'\r' && text.get(at) == Some(&b'\n') {
                    at += 1;
                }
                cells.push(close(&mut cell));
                let row = Row { start, cells: std::mem::take(&mut cells) };
                says |= row.filled() > 0;
                rows.push(row);
                if says {
                    most = enough.min(MOST);
                }
                (start, at_start) = (at, true);
            }
            _ if byte == delimiter => {
                cells.push(close(&mut cell));
                at_start = true;
            }
            _ => {
                at_start = false;
                cell.push(byte);
            }
        }
    }
    if start < text.len() && rows.len() < most {
        cells.push(close(&mut cell));
        rows.push(Row { start, cells });
    }
    rows
}

/// Counts the ends of lines.
fn lines_of(text: &[u8]) -> u64 {
    let is_end = |at: &usize| text[*at] == b'\n' || text[*at] == b'\r' && text.get(at + 1) != Some(&b'\n');
    (0..text.len()).filter(is_end).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(text: &str, layout: &Layout) -> (char, usize, u64, u64) {
        let Top { delimiter, bytes, rows, lines, .. } = Top::find(text.as_bytes(), layout);
        (char::from(delimiter), bytes, rows, lines)
    }

    #[test]
    fn a_sep_line_decides_and_is_taken_off() {
        let found = |text: &str| {
            let (delimiter, bytes, rows, _) = top(text, &Layout::default());
            assert_eq!(rows, 0);
            (delimiter, bytes)
        };
        assert_eq!(found("sep=;\r\nref,desc\r\n"), (';', 7));
        assert_eq!(found("SEP=\t\nref\n"), ('\t', 6));
        assert_eq!(found("sep=;"), (';', 5));
    }

    #[test]
    fn the_headings_show_the_delimiter() {
        let delimiter = |text: &str| top(text, &Layout::default()).0;
        assert_eq!(delimiter("ref,room_name,desc\n"), ',');
        assert_eq!(delimiter("ref;room_name;desc\n"), ';');
        assert_eq!(delimiter("ref\troom_name\tdesc\n"), '\t');
        assert_eq!(delimiter("room_name\n"), ',');
        assert_eq!(delimiter(""), ',');
        assert_eq!(delimiter("ref;\"a,b,c,d\";room_name\n"), ';');
        assert_eq!(delimiter("\n;;;;\n\"room_name\";x,y,z\n"), ';');
        assert_eq!(delimiter("room_name;start_time;Notes, dates, people, rooms\n"), ';');
        assert_eq!(delimiter("\"room\nname\"\tref\n"), '\t');
    }

    #[test]
    fn titles_of_one_cell_are_found_by_themselves() {
        let layout = Layout::default();
        assert_eq!(top("Timetable, spring 2027\n\nref;room_name\n", &layout), (';', 24, 2, 2));
        assert_eq!(top("\"Timetable\r\nspring\";;\r\nref;room_name;x\r\n", &layout), (';', 23, 1, 2));
        assert_eq!(top("sep=;\nTimetable;\nref;room_name\n", &layout), (';', 17, 1, 2));
        assert_eq!(top("sep=x\nref,desc\n", &layout), (',', 6, 1, 1));
        for whole in
            ["ref;room_name\n", "room_name\nAlgebra\n", "Timetable\nspring\n", "\n\nref;room_name\n", "a\nb;c\n"]
        {
            assert_eq!(top(whole, &layout), (top(whole, &layout).0, 0, 0, 0), "{whole}");
        }
    }

    #[test]
    fn rows_that_are_said_are_skipped_but_not_in_our_own_files() {
        let layout = Layout { skip_rows: Some(2), ..Layout::default() };
        assert_eq!(top("a;b\nc;d\nref;room_name\n", &layout), (';', 8, 2, 2));
        let ours = "line;status;code;error;ref\n2;invalid;;x;A\n3;invalid;;x;B\n";
        assert_eq!(top(ours, &layout), (';', 0, 0, 0));
        assert_eq!(top(&ours.replace("line;status;code;error", "row;line;status"), &layout), (';', 0, 0, 0));
        assert_eq!(top("a;b\n", &layout).2, 1);
    }

    #[test]
    fn headings_that_the_job_says_are_not_looked_for() {
        let headings = ["ref", "room_name", ""].map(str::to_owned).to_vec();
        let layout = Layout { headings, ..Layout::default() };
        let is_headless = |text: &str| Top::find(text.as_bytes(), &layout).is_headless;
        assert!(is_headless("A1;Algebra;x\n"));
        assert!(!is_headless("Ref;Room Name;Hall\nA1;Algebra;x\n"));
        assert!(!is_headless("line;status;code;error;ref;room_name\n"));
        assert_eq!(top("Timetable\nA1;Algebra;x\n", &layout), (';', 10, 1, 1));
    }
}
