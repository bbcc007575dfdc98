//! Reads a workbook's sheet as the text of a table: a row of the text for each row of the sheet, each cell as its author sees or
//! means it, so that whatever holds for tables holds for workbooks.
//!
//! A sheet is read twice: once for its rows and merged cells that need to be told, and to see that it is no larger than a sheet may be;
//! once for its cells, which go one by one into a file. In memory are the texts that a workbook keeps apart from its cells (256 MiB
//! at most), and of the older kinds the sheet itself. Macros and formulas are passed over; of a formula the value counts that is stored.

mod book;
mod format;
mod ods;
mod place;
mod shown;
mod survey;
mod written;
mod xls;
mod xlsb;
mod xlsx;
mod xml;

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek};

use serde::{Deserialize, Serialize};

use self::book::{Book, Flow, SheetName, UNCOMPUTED};
use self::place::Place;
use self::survey::{Ranges, cell_name};
pub(super) use self::written::SEPARATOR;
use self::written::Written;
use self::xml::Archive;
use super::guard::unguard;
use super::refusal::{PACKED, ReadError, Refusal};
use crate::model::spreadsheet;

/// Rows of a sheet in which its headings are looked for.
const HEAD: u32 = 200;
/// The choice among the sheets of a workbook, and its bounds.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    /// The sheet's name. Without one, it is the first visible sheet that fits.
    pub sheet: Option<&'a str>,
    /// Bytes that a file may have.
    pub max_file_size: u64,
    /// Tells why the beginning of a sheet, as the text of a table, is not what is looked for.
    pub fits: &'a dyn Fn(Cursor<Vec<u8>>) -> Result<(), ReadError>,
}

/// The sheet of a workbook that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The number of visible sheets.
    pub of: usize,
    hidden: Ranges,
    merged: Ranges,
    uncomputed: Ranges,
    #[serde(default)]
    errors: Ranges,
}

impl Sheet {
    /// Returns what a person must know of it, each a sentence.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let Self { name, of, hidden, merged, uncomputed, errors } = self;
        let mut notes = Vec::new();
        if *of > 1 {
            notes.push(format!("The rows are from the sheet `{name}` of the workbook, which has {of} sheets."));
        }
        if let Some(cells) = uncomputed.shown() {
            notes.push(format!(
                "Formulas without a value: {cells}. The program that wrote the workbook has not computed them: open it in a \
                 spreadsheet, and save it."
            ));
        }
        if let Some(cells) = errors.shown() {
            notes.push(format!(
                "Cells hold an error of the spreadsheet: {cells}. Rows that need such a cell are invalid."
            ));
        }
        if let Some(rows) = hidden.shown() {
            let (noun, are) = if hidden.is_single() && !rows.contains('-') { ("row", "is") } else { ("rows", "are") };
            notes.push(format!("Of the sheet, {noun} {rows} {are} hidden, and read like the others."));
        }
        if let Some(areas) = merged.shown() {
            notes.push(format!(
                "Cells are merged: {areas}. Each row of such an area has its text, in the first column alone."
            ));
        }
        notes
    }
}

/// Tells whether the file is a workbook or another packed file, by its first bytes. A web page or XML, which some programs call
/// `.xls`, is refused.
pub fn is_workbook(file: &File) -> Result<bool, ReadError> {
    let mut head = Vec::new();
    Place::of(file.try_clone()?)?.take(64).read_to_end(&mut head)?;
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head).trim_ascii_start();
    if text.first() == Some(&b'<') {
        return Err(Refusal::Markup.into());
    }
    Ok(is_packed(&head))
}

/// Tells the same of these first bytes.
pub(super) fn is_packed(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3 | 5, 4 | 6, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..])
}

/// Writes the sheet that is chosen into `to`, an empty file, from which it is read like any table ([`super::Reader`]).
pub fn unpack(file: &File, choice: Choice<'_>, mut to: File) -> Result<(File, Sheet), ReadError> {
    let place = Place::of(file.try_clone()?)?;
    let mut book = open(place, choice.max_file_size)?;
    let at = chosen(book.as_mut(), choice)?;
    let survey = book.survey(at)?;
    let most = choice.max_file_size.saturating_mul(PACKED);
    let mut written = Written::begin(BufWriter::with_capacity(64 * 1024, &mut to), &survey.areas, most)?;
    let mut errors = Ranges::default();
    book.cells(at, None, &mut |row, column, text| {
        if text != UNCOMPUTED && spreadsheet::is_error(text) {
            errors.note(|| format!("{} ({text})", cell_name((row, column))));
        }
        written.cell(row, column, text).map(|()| Flow::Go)
    })?;
    written.finish()?;
    to.rewind()?;
    let of = book.sheets().iter().filter(|sheet| sheet.is_visible).count();
    let name = book.sheets().get(at).map_or_else(String::new, |sheet| sheet.name.clone());
    let [hidden, merged, uncomputed] = survey.places();
    Ok((to, Sheet { name, of, hidden, merged, uncomputed, errors }))
}

fn open(place: Place, max_file_size: u64) -> Result<Box<dyn Book>, ReadError> {
    let most = max_file_size.saturating_mul(PACKED);
    let mut head = [0];
    place.clone().read_exact(&mut head)?;
    if head != *b"P" {
        return Ok(Box::new(xls::Workbook::open(place)?));
    }
    let mut archive = Archive::open(place.clone())?;
    if archive.has("xl/workbook.bin") {
        return Ok(Box::new(xlsb::Workbook::open(archive, most)?));
    }
    if archive.is_open_document()? {
        return Ok(Box::new(ods::Workbook::open(archive, most)?));
    }
    if archive.ending("workbook.xml").is_some() {
        return Ok(Box::new(xlsx::Workbook::open(archive, place, most)?));
    }
    Err(Refusal::Packed.into())
}

/// Goes through the rows of such a text, blank ones left out, with their cells as they stand in the sheet.
pub fn rows_of(text: impl Read) -> impl Iterator<Item = io::Result<Vec<String>>> {
    let reader = csv::ReaderBuilder::new().delimiter(SEPARATOR).has_headers(false).flexible(true).from_reader(text);
    // The first is the line that says what separates the cells.
    reader.into_records().skip(1).map(|record| {
        let record = record.map_err(io::Error::other)?;
        Ok(record.iter().map(|cell| unguard(cell).to_owned()).collect())
    })
}

/// Finds the sheet.
fn chosen(book: &mut dyn Book, choice: Choice<'_>) -> Result<usize, ReadError> {
    let names = |book: &dyn Book| {
        let names = book.sheets().iter().filter(|sheet| sheet.is_visible);
        names.map(|sheet| format!("`{}`", sheet.name)).collect::<Vec<_>>().join(", ")
    };
    if let Some(wanted) = choice.sheet {
        let same = |sheet: &SheetName| sheet.name.trim().to_lowercase() == wanted.trim().to_lowercase();
        let found = book.sheets().iter().position(same);
        return found.ok_or_else(|| Refusal::NoSuchSheet { wanted: wanted.to_owned(), sheets: names(book) }.into());
    }
    let mut first = None;
    let visible: Vec<usize> = (0..book.sheets().len()).filter(|at| book.sheets()[*at].is_visible).collect();
    for at in &visible {
        match (choice.fits)(head(book, *at)?) {
            Ok(()) => return Ok(*at),
            Err(ReadError::Refused(refusal)) => {
                first.get_or_insert(refusal);
            }
            Err(unreadable @ ReadError::Unreadable(_)) => return Err(unreadable),
        }
    }
    match first {
        Some(refusal) if visible.len() == 1 => Err(refusal.into()),
        Some(refusal) => Err(Refusal::NoSheet { sheets: names(book), first: refusal.to_string() }.into()),
        None => Err(Refusal::Empty.into()),
    }
}

/// Returns the first rows of a sheet as text.
fn head(book: &mut dyn Book, at: usize) -> Result<Cursor<Vec<u8>>, ReadError> {
    let mut written = Written::begin(Vec::new(), &[], u64::MAX)?;
    book.cells(at, Some(HEAD), &mut |row, column, text| {
        let flow = if row < HEAD { Flow::Go } else { Flow::Stop };
        if flow == Flow::Go { written.cell(row, column, text) } else { Ok(()) }.map(|()| flow)
    })?;
    let (text, _) = written.finish()?;
    Ok(Cursor::new(text))
}
