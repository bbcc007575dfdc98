//! Reads `.xls`: calamine tells the values, and holds all sheets in memory, so their sizes are looked at before; a look at the
//! records tells the formats of numbers and which rows are hidden, which calamine leaves out.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use calamine::{Data, Reader, Xls, XlsError};

use super::book::{Book, Flow, SheetName, ToCell, guarded};
use super::format::built_in;
use super::place::Place;
use super::shown;
use super::survey::Survey;
use crate::table::refusal::{ReadError, Refusal};

/// The largest stream that is read, in bytes; it is held in memory.
const MOST_OF_STREAM: u64 = 32 * 1024 * 1024;
/// Cells that all sheets may have together, by the areas that they span: they are held in memory.
const MOST_CELLS_HELD: u64 = 2 * 1024 * 1024;

const BOUND_SHEET: u16 = 0x0085;
const FILE_PASS: u16 = 0x002F;
const FORMAT: u16 = 0x041E;
const XF: u16 = 0x00E0;
const DIMENSIONS: u16 = 0x0200;
const ROW: u16 = 0x0208;
const NUMBER: u16 = 0x0203;
const RK: u16 = 0x027E;
const MUL_RK: u16 = 0x00BD;
const FORMULA: u16 = 0x0006;
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;

/// A workbook, open.
pub(super) struct Workbook {
    book: Xls<BufReader<Place>>,
    sheets: Vec<SheetName>,
    stream: Vec<u8>,
    /// The places in the stream at which the sheets begin.
    begins: Vec<usize>,
    formats: HashMap<u16, String>,
    /// The formats by the number that cells have.
    styles: Vec<u16>,
}

impl Workbook {
    /// Reads it.
    pub(super) fn open(place: Place) -> Result<Self, ReadError> {
        let mut packed = cfb::CompoundFile::open(BufReader::new(place.clone())).map_err(unpacked)?;
        if packed.is_stream("/EncryptedPackage") {
            return Err(Refusal::Protected.into());
        }
        let name = ["/Workbook", "/Book"].into_iter().find(|name| packed.is_stream(name)).ok_or(Refusal::Packed)?;
        let mut stream = Vec::new();
        let part = packed.open_stream(name).map_err(unpacked)?;
        if part.take(MOST_OF_STREAM + 1).read_to_end(&mut stream).map_err(unpacked)? as u64 > MOST_OF_STREAM {
            return Err(Refusal::WorkbookTooLarge.into());
        }
        drop(packed);
        let (mut begins, mut formats, mut styles) = (Vec::new(), HashMap::new(), Vec::new());
        for (kind, data) in records(&stream) {
            match kind {
                BOUND_SHEET if data.len() >= 8 => begins.push(long(data, 0) as usize),
                FORMAT => drop(format(data).map(|(number, text)| formats.insert(number, text))),
                XF if data.len() >= 4 => styles.push(short(data, 2)),
                // All behind it is encrypted, so that no size is what it seems.
                FILE_PASS => return Err(Refusal::Protected.into()),
                EOF => break,
                _ => {}
            }
        }
        hold_to_bounds(&stream, &begins)?;
        let book = guarded(|| Xls::new(BufReader::new(place)).map_err(why))?;
        let sheets = book.sheets_metadata().iter().map(|sheet| SheetName {
            name: sheet.name.clone(),
            is_visible: sheet.visible == calamine::SheetVisible::Visible && sheet.typ == calamine::SheetType::WorkSheet,
        });
        let sheets = sheets.collect();
        Ok(Self { book, sheets, stream, begins, formats, styles })
    }

    fn records_of(&self, sheet: usize) -> impl Iterator<Item = (u16, &[u8])> {
        let from = self.begins.get(sheet).copied().unwrap_or(usize::MAX);
        let mut depth = 0_usize;
        records(self.stream.get(from..).unwrap_or_default()).take_while(move |(kind, _)| {
            depth += usize::from(*kind == BOF);
            depth -= usize::from(*kind == EOF && depth > 0);
            depth > 0
        })
    }

    fn format_of(&self, style: u16) -> &str {
        let Some(number) = self.styles.get(usize::from(style)) else { return "" };
        self.formats.get(number).map_or_else(|| built_in(*number), String::as_str)
    }
}

/// Holds the sheets to the cells that may be held in memory: room is made for the area that a sheet says it spans, and for the one
/// between its first and last cell.
fn hold_to_bounds(stream: &[u8], begins: &[usize]) -> Result<(), ReadError> {
    let mut cells = 0_u64;
    for from in begins {
        let (mut rows, mut columns) = (0_u64, 0_u64);
        for (kind, data) in records(stream.get(*from..).unwrap_or_default()) {
            match kind {
                DIMENSIONS if data.len() >= 14 => {
                    let (first, last) = (long(data, 0), long(data, 4));
                    if last > 0x1_0000 || first > last || short(data, 10) > 0x100 {
                        return Err(Refusal::damaged("a sheet says that it is larger than it can be").into());
                    }
                }
                NUMBER | RK | MUL_RK | FORMULA | 0x0204 | 0x00D6 | 0x0205 | 0x00FD if data.len() >= 6 => {
                    rows = rows.max(u64::from(short(data, 0)) + 1);
                    let last = if kind == MUL_RK { short(data, data.len() - 2) } else { short(data, 2) };
                    columns = columns.max(u64::from(last) + 1);
                }
                EOF => break,
                _ => {}
            }
        }
        cells = cells.saturating_add(rows * columns);
    }
    if cells > MOST_CELLS_HELD { Err(Refusal::WorkbookTooLarge.into()) } else { Ok(()) }
}

impl Book for Workbook {
    fn sheets(&self) -> &[SheetName] {
        &self.sheets
    }

    fn survey(&mut self, sheet: usize) -> Result<Survey, ReadError> {
        let mut survey = Survey::default();
        for (kind, data) in self.records_of(sheet) {
            // The flag that the row has no height.
            if kind == ROW && data.len() >= 16 && data[12] & 0x20 != 0 {
                let row = u32::from(short(data, 0));
                // Blank rows at the end are hidden by many a program.
                if short(data, 4) > short(data, 2) {
                    survey.hide(row, row);
                }
            }
        }
        for area in self.book.merge_cells_by_sheet_id(sheet).unwrap_or_default() {
            survey.merge(area.start, area.end);
        }
        survey.finish();
        Ok(survey)
    }

    fn cells(&mut self, sheet: usize, head: Option<u32>, to: ToCell<'_>) -> Result<(), ReadError> {
        let mut styles: HashMap<(u32, u32), u16> = HashMap::new();
        for (kind, data) in self.records_of(sheet) {
            match kind {
                NUMBER | RK | FORMULA if data.len() >= 6 => {
                    styles.insert((short(data, 0).into(), short(data, 2).into()), short(data, 4));
                }
                MUL_RK if data.len() >= 6 => {
                    let cells = data[4..data.len() - 2].chunks_exact(6);
                    for (column, cell) in (u32::from(short(data, 2))..).zip(cells) {
                        styles.insert((short(data, 0).into(), column), short(cell, 0));
                    }
                }
                _ => {}
            }
        }
        let name = self.sheets.get(sheet).map(|sheet| sheet.name.clone()).unwrap_or_default();
        let range = guarded(|| self.book.worksheet_range(&name).map_err(why))?;
        let is_1904 = self.book.has_1904_epoch();
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, cells) in (first_row..).zip(range.rows()) {
            if head.is_some_and(|head| row >= head) {
                break;
            }
            for (column, value) in (first_column..).zip(cells) {
                let format = styles.get(&(row, column)).map_or("", |style| self.format_of(*style));
                if to(row, column, &text(value, format, is_1904))? == Flow::Stop {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Returns the text of a value.
fn text(value: &Data, format: &str, is_1904: bool) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DurationIso(text) => text.clone(),
        #[expect(clippy::cast_precision_loss, reason = "spreadsheets keep 15 digits")]
        Data::Int(number) => shown::number(*number as f64, format),
        Data::Float(number) => shown::number(*number, format),
        Data::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        Data::DateTime(at) if at.is_duration() => shown::length(at.as_f64()),
        Data::DateTime(at) => shown::date(at.as_f64(), format, is_1904),
        Data::DateTimeIso(text) => shown::iso(text),
        Data::Error(error) => error.to_string(),
    }
}

/// Goes through the records of a stream, to the first that is cut short.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (head, more) = rest.split_at_checked(4)?;
        let (data, more) = more.split_at_checked(usize::from(short(head, 2)))?;
        rest = more;
        Some((short(head, 0), data))
    })
}

/// Reads the text of a format, and its number.
fn format(data: &[u8]) -> Option<(u16, String)> {
    let (head, rest) = data.split_at_checked(5)?;
    let length = usize::from(short(head, 2));
    let text = if head[4] & 1 == 0 {
        rest.get(..length)?.iter().map(|byte| char::from(*byte)).collect()
    } else {
        let (units, _) = rest.get(..length * 2)?.as_chunks::<2>();
        char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).filter_map(Result::ok).collect()
    };
    Some((short(head, 0), text))
}

fn short(data: &[u8], at: usize) -> u16 {
    data.get(at..at + 2).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn long(data: &[u8], at: usize) -> u32 {
    u32::from(short(data, at)) | u32::from(short(data, at + 2)) << 16
}

fn unpacked(error: std::io::Error) -> ReadError {
    if error.raw_os_error().is_some() { error.into() } else { Refusal::damaged(&error.to_string()).into() }
}

fn why(error: XlsError) -> ReadError {
    match error {
        XlsError::Io(error) => error.into(),
        XlsError::Password => Refusal::Protected.into(),
        error => Refusal::damaged(&error.to_string()).into(),
    }
}
