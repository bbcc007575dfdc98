//! Reads a file of meetings row by row: the one way in.

use std::borrow::Cow;
use std::io::{Cursor, Read, Seek, SeekFrom};

use csv::StringRecord;
use encoding_rs::UTF_8;

use super::decode::{Decoder, Recoded};
use super::dialect::{self, Dialect};
use super::encoding::{self, Survey};
use super::guard::unguard;
use super::headings::{FieldCells, Headings, Layout};
use super::refusal::{ReadError, Refusal};
use super::rows::{BLANK_LINE, Rows};
use super::unused::{Unused, letters};
use crate::model::{Column, fold};

type Text<R> = std::io::Chain<Cursor<Vec<u8>>, Decoder<R>>;

/// A file of meetings, read from its first row to its last.
pub struct Reader<R> {
    rows: csv::Reader<Rows<Text<R>>>,
    record: StringRecord,
    line: u64,
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

/// One row, until the next one is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    line: u64,
    record: &'a StringRecord,
    headings: &'a Headings,
}

/// So many words show how a text was read.
const WORDS: usize = 3;
/// The longest of them, in characters.
const WORD: usize = 40;

/// The number of bytes of a text that are searched for its delimiter: more than any headings take.
const HEAD: usize = 64 * 1024;

impl<R: Read + Seek> Reader<R> {
    /// Goes through `source` to its end for the encoding, and back, and reads the headings.
    pub fn open(mut source: R, layout: &Layout) -> Result<Self, ReadError> {
        let survey = encoding::survey(&mut source, layout.encoding)?;
        Self::begin(source, survey, layout)
    }

    /// Goes back to the first row, without another look for the encoding.
    pub fn again(self, layout: &Layout) -> Result<Self, ReadError> {
        let (_, text) = self.rows.into_inner().into_source().into_inner();
        let mut source = text.into_source();
        source.seek(SeekFrom::Start(self.survey.mark))?;
        Self::begin(source, self.survey, layout)
    }

    /// Reads the headings of a source that stands behind its byte order mark.
    fn begin(source: R, survey: Survey, layout: &Layout) -> Result<Self, ReadError> {
        let mut text = Decoder::new(source, survey.encoding);
        let mut head = head(&mut text)?;
        let (delimiter, sep_line) = dialect::detect(&head, layout);
        head.drain(..sep_line);
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(HEAD)
            .from_reader(Rows::new(Cursor::new(head).chain(text), delimiter, if sep_line > 0 { 2 } else { 1 }));
        let (mut record, mut line) = (StringRecord::new(), 0);
        if !next(&mut rows, &mut record, &mut line)? {
            return Err(Refusal::NoHeadings.into());
        }
        let headings = Headings::resolve(record.iter(), layout)?;
        let dialect = Dialect::like(delimiter);
        let nameless = headings.nameless();
        Ok(Self {
            rows,
            record,
            line,
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
        let more = next(&mut self.rows, &mut self.record, &mut self.line)?;
        if more && self.survey.encoding != UTF_8 && self.words.len() < WORDS {
            note_words(&self.record, &mut self.words);
            note_signs(&self.record, &mut self.signs);
        }
        if more && !self.nameless.is_empty() {
            let Self { nameless, filled, record, .. } = self;
            let says = |at: usize| record.get(at).is_some_and(|cell| !fold::trimmed(cell).is_empty());
            filled.extend(nameless.extract_if(.., |at| says(*at)));
        }
        Ok(more.then_some(Row { line: self.line, record: &self.record, headings: &self.headings }))
    }
}

impl<R> Reader<R> {
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

impl<'a> Row<'a> {
    /// Returns the row, as a spreadsheet numbers it: the first is 1, blank ones count, line breaks in cells do not.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns the row's text for a field, trimmed and without a guard; blank if it has none.
    #[must_use]
    pub fn get(&self, column: Column) -> Cow<'a, str> {
        match self.headings.place(column) {
            None => Cow::Borrowed(""),
            Some(FieldCells::One(at)) => Cow::Borrowed(self.value(*at)),
            Some(FieldCells::Joined(all)) => {
                let parts = all.iter().map(|at| self.value(*at)).filter(|part| !part.is_empty());
                Cow::Owned(parts.collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Returns what a retry file carries on of its file's dates; blank in any other.
    #[must_use]
    pub fn date_order(&self) -> &'a str {
        self.headings.date_order().map_or("", |at| self.value(at))
    }

    /// Returns the number of cells that the row has in the file.
    #[must_use]
    pub fn width(&self) -> usize {
        self.record.len()
    }

    /// Returns the row's text for a field as earlier versions read it: with unseen characters at its ends, but without blanks.
    #[must_use]
    pub fn as_before(&self, column: Column) -> Option<&'a str> {
        match self.headings.place(column) {
            Some(FieldCells::One(at)) => {
                let cell = unguard(self.record.get(*at).unwrap_or_default().trim()).trim_start();
                (cell != self.value(*at) || !cell.is_ascii()).then_some(cell)
            }
            _ => None,
        }
    }

    /// Returns the heading under which the file has a field, to be named to a person.
    #[must_use]
    pub fn name_of(&self, column: Column) -> String {
        self.headings.name_of(column)
    }

    /// Returns the cells of the file's own columns as they stand there, but for guards; then those beyond the last heading.
    pub fn own(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let Self { record, headings, .. } = *self;
        let own = headings.own_cells().iter().map(|at| record.get(*at).unwrap_or_default());
        own.chain(record.iter().skip(headings.width())).map(unguard)
    }

    /// Returns the first text that stands beyond the last heading. An unquoted delimiter in a cell pushes the rest there.
    #[must_use]
    pub fn surplus(&self) -> Option<&'a str> {
        if self.record.len() <= self.headings.width() {
            return None;
        }
        self.record.iter().skip(self.headings.width()).map(fold::trimmed).find(|cell| !cell.is_empty())
    }

    fn value(&self, at: usize) -> &'a str {
        fold::trimmed(unguard(fold::trimmed(self.record.get(at).unwrap_or_default())))
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
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, String)> {
        let layout = Layout::default();
        let mut reader = Reader::open(Cursor::new(text.as_bytes().to_vec()), &layout).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((row.line(), row.own().collect::<Vec<_>>().join("|")));
        }
        rows
    }

    fn numbers(text: &str) -> Vec<u64> {
        rows(text).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = |rows: &[&str]| rows.join(end);
            assert_eq!(numbers(&text(&["action,ref", "a,1", "", "a,2", "", "", "a,3", ""])), [2, 4, 7], "{end:?}");
            assert_eq!(numbers(&text(&["action,ref", "a,\"1", "1\"", "a,2", " , ", "a,3"])), [2, 3, 5], "{end:?}");
            assert_eq!(numbers(&text(&["sep=,", "action,ref", "a,1"])), [2], "{end:?}");
            assert_eq!(numbers(&text(&["", ",", "action,ref", "", "a,1"])), [5], "{end:?}");
        }
    }

    #[test]
    fn short_rows_are_filled_and_long_ones_told() {
        let mut reader =
            Reader::open(Cursor::new("action,ref,desc\na\na,b,c,,d, e\na,b,c,, \n"), &Layout::default()).unwrap();
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!((row.own().collect::<Vec<_>>(), row.surplus()), (vec!["a", "", ""], None));
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!((row.own().collect::<Vec<_>>(), row.surplus()), (vec!["a", "b", "c", "", "d", " e"], Some("d")));
        assert_eq!(reader.next_row().unwrap().unwrap().surplus(), None);
        assert!(reader.next_row().unwrap().is_none());
    }

    #[test]
    fn values_are_trimmed_joined_and_unguarded() {
        let columns = [(Column::StartTime, vec!["Day".to_owned(), "Begin".to_owned()])].into();
        let layout = Layout { columns, ..Layout::default() };
        let text = "action,room_name,Day,Begin\na,\" '=SUM(A1) \",2027-01-01, 9:00\na,\u{a0}x ,,9:00\n";
        let mut reader = Reader::open(Cursor::new(text), &layout).unwrap();
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!((&*row.get(Column::RoomName), &*row.get(Column::StartTime)), ("=SUM(A1)", "2027-01-01 9:00"));
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!((&*row.get(Column::RoomName), &*row.get(Column::StartTime)), ("x", "9:00"));
        assert_eq!(row.get(Column::Duration), "");
    }

    #[test]
    fn signs_are_words_where_no_letter_is_beyond_ascii() {
        let words = |bytes: &[u8]| {
            let mut reader = Reader::open(Cursor::new(bytes.to_vec()), &Layout::default()).unwrap();
            while reader.next_row().unwrap().is_some() {}
            reader.recoded().unwrap().words
        };
        assert_eq!(words(b"action,desc\na,Fee 5 \x80 for x\x85 \x96 y\na,\x93z\x94\n"), ["5 €", "x…", "x… –"]);
        assert_eq!(words(b"action,desc\na,5 \x80\na,\xDCbung\n"), ["Übung"]);
        // A blank that is none may be another encoding's letter.
        assert_eq!(words(b"action,desc\na,MATEM\xA0TICAS \xA0\n"), ["MATEM\u{a0}TICAS"]);
    }
}
