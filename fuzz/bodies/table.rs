//! A file of meetings: whatever is in it, it is read to its end or refused, the same each time, with rows that can be told apart.

use std::io::Cursor;

use roomkeeper::table::guard::{guard, unguard};
use roomkeeper::table::{Layout, MAX_COLUMNS, Reader};

/// Reads the bytes as a file.
pub fn check(bytes: &[u8]) {
    let once = read(bytes);
    assert_eq!(once, read(bytes), "the same file is read otherwise the second time");
    for cell in once.into_iter().flatten().flat_map(|(_, cells)| cells) {
        assert_eq!(unguard(&guard(&cell)), cell);
    }
}

/// The rows with their lines; `None` where the file is refused.
fn read(bytes: &[u8]) -> Option<Vec<(u64, Vec<String>)>> {
    let mut reader = Reader::open(Cursor::new(bytes), &Layout::default()).ok()?;
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    loop {
        match reader.next_row() {
            Ok(Some(row)) => {
                let cells: Vec<_> = row.own().map(str::to_owned).collect();
                assert!(cells.len() <= MAX_COLUMNS, "a row of {} cells", cells.len());
                assert!(rows.last().is_none_or(|(before, _)| *before < row.line()), "line {} again", row.line());
                rows.push((row.line(), cells));
            }
            Ok(None) => return Some(rows),
            Err(refusal) => {
                assert!(!refusal.to_string().is_empty());
                return None;
            }
        }
    }
}
