//! Reads the first rows of a file of which nothing is known yet, and finds where its table begins.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use super::meaning::Meaning;
use crate::config::ScheduleMeetings;
use crate::jobs::workbook::as_text;
use crate::model::{Column, fold, spreadsheet};
use crate::table::{Choice, Layout, Nature, ReadError, Reader, Refusal, Sheet, Span};

/// The first rows of a file.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) columns: Vec<SampleColumn>,
    /// The rows above the headings.
    pub(super) skipped: u64,
    /// The headings are ours, since the file has none.
    pub(super) is_headless: bool,
    /// The first cell of a row of totals.
    pub(super) end: Option<String>,
    /// The encoding in which it was read, where it is not UTF-8.
    pub(super) encoding: Option<String>,
    /// The same encoding, where a job must say it.
    pub(super) said: Option<&'static str>,
    /// The sheet that was read, where the file is a workbook.
    sheet: Option<Sheet>,
}

/// A column of those rows.
#[derive(Debug)]
pub(super) struct SampleColumn {
    pub(super) at: usize,
    pub(super) heading: String,
    pub(super) meaning: Option<Meaning>,
    pub(super) nature: Nature,
    cells: Vec<String>,
}

/// Rows that are looked at.
const ROWS: usize = 200;
/// Rows that may stand above the headings.
const ABOVE: u64 = 8;
/// The heading of a file of which none is known: no other has it.
const UNKNOWN: &str = "roomkeeper's own";
/// The first cells of rows of totals, in small letters.
const TOTALS: [&str; 12] =
    ["total", "totals", "sum", "summe", "gesamt", "somme", "suma", "totale", "totaal", "razem", "soma", "toplam"];

struct Raw {
    rows: Vec<Vec<String>>,
    encoding: Option<String>,
}

impl Sample {
    /// Reads the first rows; those of this sheet, where one is said of a workbook.
    pub(super) fn of(file: &File, sheet: Option<&str>) -> Result<Self, String> {
        let (file, sheet) = text_of(file, sheet).map_err(words)?;
        let file = &file;
        let (first, said) = match Raw::read(file, 0, None) {
            Err(ReadError::Refused(Refusal::OtherEncoding { label, .. })) => {
                let said = encoding_rs::Encoding::for_label(label.as_bytes());
                (Raw::read(file, 0, said), said.map(|_| label))
            }
            read => (read, None),
        };
        let encoding = said.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        let first = first.map_err(words)?;
        let mut best = (score(&first), 0, first);
        for above in 1..=ABOVE {
            let Ok(raw) = Raw::read(file, above, encoding) else { break };
            if raw.rows.is_empty() {
                break;
            }
            let found = score(&raw);
            if found > best.0 && found > 1 {
                best = (found, above, raw);
            }
        }
        let (score, skipped, Raw { mut rows, encoding }) = best;
        let is_headless = score < 2 && rows.first().is_some_and(|row| is_data(row));
        let headings = if is_headless || rows.is_empty() { Vec::new() } else { rows.remove(0) };
        let end = end_of(&mut rows);
        let width = rows.iter().map(Vec::len).chain([headings.len()]).max().unwrap_or(0);
        let column = |at: usize| {
            let heading =
                if is_headless { format!("column_{}", at + 1) } else { headings.get(at).cloned().unwrap_or_default() };
            let cells: Vec<_> = rows.iter().map(|row| row.get(at).cloned().unwrap_or_default()).collect();
            let nature = Nature::of(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            let heading = heading.trim().to_owned();
            SampleColumn { at, meaning: Meaning::of(&heading), nature, heading, cells }
        };
        Ok(Self { columns: (0..width).map(column).collect(), skipped, is_headless, end, encoding, said, sheet })
    }
}

impl Sample {
    /// Returns the sheet's name where a job must say it: the workbook has others that people see.
    pub(super) fn sheet_to_name(&self) -> Option<&str> {
        self.sheet.as_ref().filter(|sheet| sheet.of > 1).map(|sheet| sheet.name.as_str())
    }

    /// Returns what is to be known of the sheet.
    pub(super) fn sheet_notes(&self) -> Vec<String> {
        self.sheet.as_ref().map(Sheet::notes).unwrap_or_default()
    }
}

/// Returns the text of a file: of a workbook that of its first visible sheet with headings that mean something, or with anything.
fn text_of(file: &File, sheet: Option<&str>) -> Result<(File, Option<Sheet>), ReadError> {
    let has_meaning = |head: std::io::Cursor<Vec<u8>>| {
        let found =
            (0..=ABOVE).map(|above| Raw::read_from(head.clone(), above, None).map_or(0, |raw| score(&raw))).max();
        if found > Some(1) { Ok(()) } else { Err(Refusal::Empty.into()) }
    };
    let has_rows = |head| Raw::read_from(head, 0, None).map(drop);
    let max_file_size = ScheduleMeetings::default().max_file_size;
    let choice = |fits| Choice { sheet, max_file_size, fits };
    as_text(file.try_clone()?, choice(&has_meaning)).or_else(|_| as_text(file.try_clone()?, choice(&has_rows)))
}

impl Raw {
    /// Reads rows without knowing which are headings.
    fn read(file: &File, above: u64, encoding: Option<&'static encoding_rs::Encoding>) -> Result<Self, ReadError> {
        let mut file = file.try_clone()?;
        file.rewind()?;
        Self::read_from(BufReader::new(file), above, encoding)
    }

    fn read_from(
        from: impl Read + Seek,
        above: u64,
        encoding: Option<&'static encoding_rs::Encoding>,
    ) -> Result<Self, ReadError> {
        let layout = Layout {
            headings: vec![UNKNOWN.to_owned()],
            skip_rows: Some(above),
            defaulted: Column::ALL.into(),
            encoding,
            ..Layout::default()
        };
        let mut reader = Reader::open(from, &layout)?;
        let mut rows = Vec::new();
        if !reader.is_headless() {
            rows.push(reader.headings().own().map(str::to_owned).collect());
        }
        while rows.len() <= ROWS
            && let Some(row) = reader.next_row()?
        {
            rows.push(row.own().map(|cell| fold::trimmed(cell).to_owned()).collect());
        }
        Ok(Self { rows, encoding: reader.recoded().map(|recoded| recoded.encoding) })
    }
}

/// Counts the cells of the first row that are headings with a meaning.
fn score(raw: &Raw) -> usize {
    let Some(row) = raw.rows.first() else { return 0 };
    row.iter().filter(|cell| Meaning::of(cell).is_some()).count()
}

/// Tells whether a row holds a meeting, and no headings.
fn is_data(row: &[String]) -> bool {
    let is_time =
        |cell: &String| matches!(Nature::of(&[cell]), Nature::Day | Nature::Time | Nature::Times | Nature::Moment);
    row.iter().any(is_time)
}

/// Takes the rows from that of the totals on away, if there is one, and returns its first cell.
fn end_of(rows: &mut Vec<Vec<String>>) -> Option<String> {
    let first = |row: &Vec<String>| row.iter().find(|cell| !cell.is_empty()).cloned().unwrap_or_default();
    let is_total = |cell: &str| TOTALS.contains(&cell.trim_end_matches(':').trim_end().to_lowercase().as_str());
    let at = rows.iter().position(|row| is_total(&first(row)) && !is_data(row))?;
    let word = first(&rows[at]).trim_end_matches(':').trim_end().to_owned();
    rows.truncate(at);
    Some(word)
}

fn words(error: ReadError) -> String {
    match error {
        ReadError::Unreadable(error) => error.to_string(),
        ReadError::Refused(refusal) => refusal.to_string(),
    }
}

impl SampleColumn {
    /// Returns the cells that say something.
    pub(super) fn cells(&self) -> Vec<&str> {
        self.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect()
    }

    /// Tells whether each row has a text of its own, as a name for it needs.
    pub(super) fn is_unique(&self) -> bool {
        let mut cells = self.cells();
        let all = cells.len();
        cells.sort_unstable();
        cells.dedup();
        all > 0
            && all == self.cells.len()
            && cells.len() == all
            && cells.iter().all(|cell| spreadsheet::why_no_id(cell, "ref").is_none())
    }

    /// Tells whether the cells look like ids, not like names: without blanks, and with digits.
    pub(super) fn is_ids(&self) -> bool {
        let is_id = |cell: &&str| !cell.contains([' ', '@', ',']) && cell.contains(|c: char| c.is_ascii_digit());
        let cells = self.cells();
        !cells.is_empty() && cells.iter().all(is_id)
    }

    /// Tells whether the cells of a start have ends.
    pub(super) fn has_ends(&self) -> bool {
        self.cells().iter().all(|cell| Span::of(cell).end.is_some())
    }
}
