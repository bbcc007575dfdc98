//! Reads a file of meetings row by row: the one way in.

mod returned;
mod row;

pub use row::Row;

use std::io::{Cursor, Read, Seek, SeekFrom};

use csv::StringRecord;
use encoding_rs::UTF_8;

use super::decode::{Decoder, Recoded};
use super::dialect::Dialect;
use super::encoding::{self, Survey};
use super::end::{End, Left};
use super::headings::{Headings, Layout};
use super::refusal::{ReadError, Refusal};
use super::rows::{BLANK_LINE, Rows};
use super::span::Span;
use super::top::Top;
use super::unused::{Unused, letters};
use crate::model::{Column, fold};

type Text<R> = std::io::Chain<Cursor<Vec<u8>>, Decoder<R>>;

/// A file of meetings, read from its first row to its last.
pub struct Reader<R> {
    rows: csv::Reader<Rows<Text<R>>>,
    record: StringRecord,
    line: u64,
    /// So much less than that is the number of a row.
    behind: u64,
    /// The rows above the table.
    above: u64,
    is_headless: bool,
    end: End,
    /// The record is a row that was not handed out yet.
    is_ahead: bool,
    headings: Headings,
    dialect: Dialect,
    survey: Survey,
    words: Vec<String>,
    /// The words with a sign, if no word has a letter beyond ASCII.
    signs: Vec<String>,
    /// Columns without a heading in which nothing stood so far, and those in which something did.
    nameless: Vec<usize>,
    filled: Vec<usize>,
}

/// So many words show how a text was read.
const WORDS: usize = 3;
/// The longest of them, in characters.
const WORD: usize = 40;

/// The number of bytes of a text that are searched for its delimiter: more than any headings take.
const HEAD: usize = 64 * 1024;

impl<R: Read + Seek> Reader<R> {
    /// Goes through `source` to its end for the encoding, and back, and reads the headings.
    pub fn open(source: R, layout: &Layout) -> Result<Self, ReadError> {
        Self::begin(source, layout, |record| Headings::resolve(record.iter(), layout))
    }

    fn begin(
        mut source: R,
        layout: &Layout,
        resolve: impl FnOnce(&StringRecord) -> Result<Headings, Refusal>,
    ) -> Result<Self, ReadError> {
        let survey = encoding::survey(&mut source, layout.encoding)?;
        Self::resolved(source, survey, layout, resolve)
    }

    /// Goes back to the first row, without another look for the encoding.
    pub fn again(self, layout: &Layout) -> Result<Self, ReadError> {
        let (_, text) = self.rows.into_inner().into_source().into_inner();
        let mut source = text.into_source();
        source.seek(SeekFrom::Start(self.survey.mark))?;
        let headings = self.headings;
        Self::resolved(source, self.survey, layout, |_| Ok(headings))
    }

    /// Reads the headings of a source that stands behind its byte order mark.
    fn resolved(
        source: R,
        survey: Survey,
        layout: &Layout,
        resolve: impl FnOnce(&StringRecord) -> Result<Headings, Refusal>,
    ) -> Result<Self, ReadError> {
        let mut text = Decoder::new(source, survey.encoding);
        let mut head = head(&mut text)?;
        let top = Top::find(&head, layout);
        head.drain(..top.bytes);
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(top.delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(HEAD)
            .from_reader(Rows::new(Cursor::new(head).chain(text), top.delimiter, top.lines + 1));
        let (mut record, mut line) = (StringRecord::new(), top.rows);
        if top.is_headless {
            record.extend(&layout.headings);
        } else if !next(&mut rows, &mut record, &mut line)? {
            return Err(Refusal::NoHeadings.into());
        }
        let end = End::new(&layout.until);
        let behind = u64::from(layout.is_copy_of_headless);
        let mut is_ahead = false;
        let headings = match resolve(&record) {
            Err(refusal) => {
                // A length may stand in the cell of the start, which only a row shows.
                let headings = Headings::resolve_without_length(record.iter(), layout).map_err(|_| refusal.clone())?;
                is_ahead = next(&mut rows, &mut record, &mut line)?;
                let first = Row::of(line - behind, &record, &headings);
                if !is_ahead || Span::of(&first.get(Column::StartTime)).end.is_none() {
                    return Err(refusal.into());
                }
                headings
            }
            found => found?,
        };
        let dialect = Dialect::like(top.delimiter);
        let nameless = headings.nameless();
        Ok(Self {
            rows,
            record,
            line,
            behind,
            is_ahead,
            end,
            above: top.rows,
            is_headless: top.is_headless || layout.is_copy_of_headless,
            headings,
            dialect,
            survey,
            words: Vec::new(),
            signs: Vec::new(),
            nameless,
            filled: Vec::new(),
        })
    }

    /// Returns the next row in which anything stands; `None` at the end.
    ///
    /// After an error there are no more rows, and those before it are not to be used: the file is refused whole.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        let is_ahead = std::mem::take(&mut self.is_ahead);
        let mut more = is_ahead || next(&mut self.rows, &mut self.record, &mut self.line)?;
        if more && !self.end.is_none() {
            more = self.leave_end()?;
        }
        if more && self.survey.encoding != UTF_8 && self.words.len() < WORDS {
            note_words(&self.record, &mut self.words);
            note_signs(&self.record, &mut self.signs);
        }
        if more && !self.nameless.is_empty() {
            let Self { nameless, filled, record, .. } = self;
            let says = |at: usize| record.get(at).is_some_and(|cell| !fold::trimmed(cell).is_empty());
            filled.extend(nameless.extract_if(.., |at| says(*at)));
        }
        Ok(more.then_some(Row::of(self.line - self.behind, &self.record, &self.headings)))
    }
}

impl<R: Read> Reader<R> {
    /// Passes over the rest of the file where the present row ends the table: all of it must be sound all the same. Tells whether the
    /// row is one of the table.
    fn leave_end(&mut self) -> Result<bool, ReadError> {
        let row = |reader: &Self| {
            let row = Row::of(reader.line - reader.behind, &reader.record, &reader.headings);
            !fold::trimmed(&row.get(Column::StartTime)).is_empty()
        };
        let has_start = row(self);
        if !self.end.is_at(self.line - self.behind, &self.record, has_start) {
            return Ok(true);
        }
        while next(&mut self.rows, &mut self.record, &mut self.line)? {
            let has_start = row(self);
            self.end.pass(has_start);
        }
        Ok(false)
    }
}

impl<R> Reader<R> {
    /// Tells whether the file has no headings of its own.
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.is_headless
    }

    /// Returns what of the file is no part of the table: complete when all rows were read.
    #[must_use]
    pub fn left(&self) -> Left {
        Left { above: self.above, below: self.end.left() }
    }

    /// Returns the headings.
    #[must_use]
    pub fn headings(&self) -> &Headings {
        &self.headings
    }

    /// Returns the form in which files about this one are to be written, so that a program that opens this one opens them.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the headings that nothing is read from, and the columns without one in which something stands: complete when all
    /// rows were read.
    #[must_use]
    pub fn unused(&self) -> Unused {
        Unused { nameless: self.nameless(), ..self.headings.unused().clone() }
    }

    /// Returns the letters of the columns without a heading in which something stands: complete when all rows were read.
    #[must_use]
    pub fn nameless(&self) -> Vec<String> {
        let mut filled = self.filled.clone();
        filled.sort_unstable();
        filled.into_iter().map(letters).collect()
    }

    /// Tells how the text was read, if it was not UTF-8: complete when all rows were read.
    #[must_use]
    pub fn recoded(&self) -> Option<Recoded> {
        let words = if self.words.is_empty() { &self.signs } else { &self.words };
        let encoding = self.survey.encoding;
        let recoded = || Recoded { encoding: encoding.name().to_owned(), words: words.clone() };
        (encoding != UTF_8).then(recoded)
    }
}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, dialect, survey, .. } = self;
        let encoding = survey.encoding.name();
        write!(f, "Reader(row {line}, {dialect:?}, {encoding:?})")
    }
}

/// Notes the words of a row that hold a letter beyond ASCII.
fn note_words(record: &StringRecord, words: &mut Vec<String>) {
    let all = record.iter().flat_map(|cell| cell.split(|c: char| !c.is_alphanumeric()));
    all.filter(|word| !word.is_ascii()).for_each(|word| note(word, words));
}

/// Notes the words of a row that hold a sign beyond ASCII; a sign that stands alone is noted with the word before it.
fn note_signs(record: &StringRecord, words: &mut Vec<String>) {
    for cell in record {
        let mut before = "";
        for word in cell.split_ascii_whitespace().map(fold::trimmed).filter(|word| !word.is_empty()) {
            if !word.is_ascii() && !before.is_empty() && !word.contains(char::is_alphanumeric) {
                note(&format!("{before} {word}"), words);
            } else if !word.is_ascii() {
                note(word, words);
            }
            before = word;
        }
    }
}

fn note(word: &str, words: &mut Vec<String>) {
    let word: String = word.chars().take(WORD).collect();
    if words.len() < WORDS && !words.contains(&word) {
        words.push(word);
    }
}

/// Reads the next row that is not blank into `record`; `line` counts those that are, too.
fn next<R: Read>(
    rows: &mut csv::Reader<Rows<R>>,
    record: &mut StringRecord,
    line: &mut u64,
) -> Result<bool, ReadError> {
    while rows.read_record(record)? {
        *line += 1;
        if record.iter().any(|cell| cell != BLANK_LINE && !fold::trimmed(cell).is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn head<R: Read>(text: &mut Decoder<R>) -> Result<Vec<u8>, ReadError> {
    let mut head = vec![0; HEAD];
    let mut filled = 0;
    // The decoder wants room for a few letters.
    while filled < HEAD / 2 {
        match text.read(&mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    head.truncate(filled);
    Ok(head)
}

#[cfg(test)]
mod tests;
