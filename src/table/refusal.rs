//! Says why a whole file is turned away: in words for the person who dropped it, without the file's name, which the caller adds.

use std::io;

use crate::model::Column;

/// The longest row that is read, in bytes of UTF-8. A row that a person wrote is a thousand times shorter.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;

/// The most cells that a row may have.
pub const MAX_COLUMNS: usize = 1000;

/// The most cells of a sheet, blank ones with a format among them: 24 for each row that a sheet may have.
pub const MOST_CELLS: u64 = 24 * 1024 * 1024;

/// The most bytes of the part in which a workbook keeps the texts of its cells, once each; they are held in memory.
pub const MOST_OF_TEXTS: u64 = 256 * 1024 * 1024;

/// The most bytes that a sheet has unpacked for each byte that a file may have: twice what tables come to.
pub const PACKED: u64 = 20;

/// The reason why reading ended early. The two are apart because a file that cannot be read is left in its place, while one that
/// is refused is moved away.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk or the share did not give the bytes.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
    /// The bytes were read, and are no table of meetings.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// The fault of a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not one byte.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of a packed file, and no workbook is in it.
    #[error(
        "this is a packed file without a workbook that can be read in it (.numbers, .zip, .docx and the like are none): open it, and \
         save it as .xlsx, .ods or CSV UTF-8"
    )]
    Packed,
    /// A web page, or XML: `.xls` to some programs.
    #[error(
        "this is a web page or XML, whatever it is called: open it in a spreadsheet, and save it as .xlsx, .ods or CSV UTF-8"
    )]
    Markup,
    /// A workbook that is encrypted.
    #[error(
        "the workbook is protected by a password, so that nothing in it can be read: open it, take the password off (Excel: File, \
         Info, Protect Workbook, Encrypt with Password, and empty it; LibreOffice: Save As, without \"Save with password\"), and save \
         it again. The protection of a sheet alone may stay"
    )]
    Protected,
    /// A workbook that cannot be read.
    #[error(
        "the workbook is damaged ({why}): open it, and save it again as .xlsx; if it does not open, hand in another copy"
    )]
    DamagedWorkbook {
        /// The library's words.
        why: String,
    },
    /// A workbook with more in it than any table has.
    #[error(
        "unpacked, the workbook is larger than any table of meetings: a sheet may have {} million cells (blank ones with a format \
         count), {PACKED} times max_file_size unpacked, and {} MiB of text. Delete the rows and columns that are not needed, or split it",
        MOST_CELLS / 1024 / 1024, MOST_OF_TEXTS / 1024 / 1024
    )]
    WorkbookTooLarge,
    /// Formulas by the hundred thousand that no program computed.
    #[error("the workbook's formulas have no values: open it in a spreadsheet, which computes them, and save it")]
    Uncomputed,
    /// The sheet that the configuration names is not there.
    #[error(
        "there is no sheet `{wanted}`, which the configuration names (sheet = \"{wanted}\"); the workbook has {sheets}"
    )]
    NoSuchSheet {
        /// The name.
        wanted: String,
        /// Those of the visible sheets.
        sheets: String,
    },
    /// The headings are not those of such a list.
    #[error("{why}")]
    NotFitting {
        /// The headings that are missing.
        why: String,
    },
    /// No sheet has the headings.
    #[error("no visible sheet of {sheets} has the headings that are needed. The first of them: {first}")]
    NoSheet {
        /// The names of the visible sheets.
        sheets: String,
        /// The reason why it is not the first of them.
        first: String,
    },
    /// A NUL, which no text has.
    #[error(
        "this is no CSV: it holds bytes that no text has; if it is a workbook, open it and save it as .xlsx or CSV"
    )]
    Binary,
    /// Most of the text is UTF-8, some of it is not: read as Windows-1252, the rest would be garbled.
    #[error(
        "the text is UTF-8, but not in line {line}, where it is damaged or in another encoding: save the file again as CSV UTF-8"
    )]
    MixedEncodings {
        /// The line of text, from 1, with the first byte that is no UTF-8.
        line: u64,
    },
    /// Not UTF-8, and by its letters in an encoding of other languages.
    #[error(
        "the text is not UTF-8 (see line {line}); it looks like {label}, in which {language} are written. If that is right, write \
         encoding = \"{label}\" into the configuration where this file is read{}; else save it again as CSV UTF-8",
        or_western(.western.as_deref())
    )]
    OtherEncoding {
        /// The encoding's label.
        label: &'static str,
        /// The languages that are written in it.
        language: &'static str,
        /// The first line of text with a letter beyond ASCII.
        line: u64,
        /// Its word, read as Windows-1252, where nothing speaks against that.
        western: Option<String>,
    },
    /// Not UTF-8, and not Windows-1252 either, as a word shows.
    #[error(
        "the text is not UTF-8, and read as Windows-1252 line {line} says `{word}`: it is in another encoding. Save it again as CSV \
         UTF-8, which is the only way for one of DOS (code page 850, 437 or 852); or name its encoding in the configuration where \
         this file is read (encoding = \"macintosh\" for one of an older Mac; \"windows-1252\" if the word is right)"
    )]
    UnknownEncoding {
        /// The line of text.
        line: u64,
        /// The word.
        word: String,
    },
    /// UTF-8 where the configuration says something else.
    #[error(
        "the configuration says encoding = \"{said}\", and the text is UTF-8: save it with a byte order mark (CSV UTF-8), or take \
         that key out"
    )]
    SaidOtherwise {
        /// The encoding that the configuration says.
        said: &'static str,
    },
    /// Not UTF-8 where the configuration says so.
    #[error(
        "the configuration says encoding = \"{}\", and line {line} of the text is not UTF-8: save it again as CSV UTF-8, or write \
         the encoding that it is in into the configuration (take that key out to have it found)",
        encoding_rs::UTF_8.name().to_lowercase()
    )]
    NotUtf8 {
        /// The line of text, from 1, with the first byte that is no UTF-8.
        line: u64,
    },
    /// Bytes that the encoding has no letter for, or half a character.
    #[error(
        "the text is read as {encoding}, and is damaged or in another encoding near line {line}: save it again as CSV UTF-8"
    )]
    NotDecodable {
        /// The encoding's label.
        encoding: &'static str,
        /// The line of text, or the one after it.
        line: u64,
    },
    /// Longer than any row that a person writes.
    #[error(
        "row {row} is longer than {} KiB: is a quotation mark missing at the end of one of its cells?",
        MAX_ROW_BYTES / 1024
    )]
    RowTooLong {
        /// The row, as a spreadsheet numbers it.
        row: u64,
    },
    /// More cells than any table of meetings has.
    #[error("row {row} has more than {MAX_COLUMNS} cells: this is no table of meetings")]
    TooManyColumns {
        /// The row, as a spreadsheet numbers it.
        row: u64,
    },
    /// The file ends within a quoted cell, which therefore swallowed every row after it.
    #[error(
        "a quotation mark that is opened in line {line} of the text is never closed: close it, or write \"\" for a single one"
    )]
    OpenQuote {
        /// The line of text in which it is opened.
        line: u64,
    },
    /// Text behind a quotation mark that ends a quoted cell: the mark was meant as a part of the text, or one is missing
    /// before, and rows stand within the cell.
    #[error(
        "the quotation that begins in line {began} of the text {}: behind its last quotation mark only the next cell or row \
         may follow; write \"\" for a quotation mark within a cell",
        broken_in(*began, *broke)
    )]
    BrokenQuote {
        /// The line of text in which the quotation begins.
        began: u64,
        /// The one in which it breaks.
        broke: u64,
    },
    /// A line within a quotation that is like a row: a mark is missing or too many, and rows are a part of a cell.
    #[error(
        "the quotation that begins in line {began} of the text holds whole rows, as line {line} looks like one: look for a \
         quotation mark in line {began} that is not closed, or that is meant as a part of the text (write \"\" for it, or '' \
         for inches); if the cell really has such lines, write them on one"
    )]
    RowsInQuote {
        /// The line of text in which the quotation begins.
        began: u64,
        /// The line that looks like a row.
        line: u64,
    },
    /// Blank rows only.
    #[error("the file holds blank rows only: its first row must be the headings")]
    NoHeadings,
    /// Two columns claim one field.
    #[error(
        "columns {} (`{}`) and {} (`{}`) both say {column}: rename or remove one of them",
        .first.0, .first.1, .second.0, .second.1
    )]
    TwoColumns {
        /// The field.
        column: Column,
        /// The first's number, from 1, and heading.
        first: (usize, String),
        /// The second's number, from 1, and heading.
        second: (usize, String),
    },
    /// Required columns are not there, or a heading that `columns` joins with others is not.
    #[error("there is no column {}; the headings are {}{}", .missing.join(", no column "), .found, meant(.near))]
    MissingColumns {
        /// Each by the heading that was looked for.
        missing: Vec<String>,
        /// The headings that are there, shortened.
        found: String,
        /// Which of them may be meant for a known one, each as a person is told of it.
        near: Vec<String>,
    },
    /// The bytes are other ones than a moment ago.
    #[error("the file was changed while it was read: drop it again when it is complete")]
    Changed,
}

impl Refusal {
    /// Returns the refusal of a workbook that cannot be read.
    pub(super) fn damaged(why: &str) -> Self {
        Self::DamagedWorkbook { why: why.to_owned() }
    }
}

fn or_western(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!(", or encoding = \"windows-1252\" if `{word}` is right"))
}

fn meant(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; {}", near.join("; ")) }
}

fn broken_in(began: u64, broke: u64) -> String {
    if began == broke { "is broken in the same line".to_owned() } else { format!("is broken in line {broke}") }
}

impl From<io::Error> for ReadError {
    /// Takes a refusal out again that travelled through an [`io::Read`].
    fn from(error: io::Error) -> Self {
        match error.downcast::<Refusal>() {
            Ok(refusal) => Self::Refused(refusal),
            Err(error) => Self::Unreadable(error),
        }
    }
}

impl From<csv::Error> for ReadError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            // The survey found every byte to be UTF-8, or they were recoded; nothing else can be wrong with a row here.
            _ => Refusal::Changed.into(),
        }
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::other(refusal)
    }
}
