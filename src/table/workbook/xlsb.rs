//! Reads `.xlsb`, record by record: calamine passes over the errors of formulas and over the short records of other programs, so that
//! their cells would be blank, and knows neither the formats of numbers nor which rows are hidden.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use super::book::{Book, Flow, MOST_OF_PART, SheetName, ToCell};
use super::format::{built_in, is_date, is_length};
use super::shown;
use super::survey::Survey;
use super::xml::{Archive, relationships};
use crate::table::refusal::{MOST_CELLS, MOST_OF_TEXTS, ReadError, Refusal};

const ROW: u16 = 0x0000;
const TEXT_ITEM: u16 = 0x0013;
const FORMAT: u16 = 0x002C;
const STYLE: u16 = 0x002F;
const RICH_TEXT: u16 = 0x003E;
const WORKBOOK: u16 = 0x0099;
const SHEET: u16 = 0x009C;
const MERGED: u16 = 0x00B0;
const STYLES: u16 = 0x0269;
const STYLES_END: u16 = 0x026A;
/// The records of cells, and those that leave out their column: one behind the cell before.
const CELLS: std::ops::RangeInclusive<u16> = 0x0001..=0x000B;
const SHORT_CELLS: std::ops::RangeInclusive<u16> = 0x000C..=0x0012;
/// The longest record that is read. The longest text has 32,767 characters.
const MOST_OF_RECORD: u32 = 2 * 1024 * 1024;

/// A workbook, open.
pub(super) struct Workbook {
    archive: Archive,
    sheets: Vec<SheetName>,
    paths: Vec<String>,
    values: Values,
    is_prepared: bool,
    most: u64,
}

/// The parts of a workbook by which the values of its cells are read.
#[derive(Debug, Default)]
struct Values {
    is_1904: bool,
    /// The formats by the number that cells have.
    formats: Vec<String>,
    texts: Vec<String>,
}

impl Workbook {
    /// Reads which sheets there are.
    pub(super) fn open(mut archive: Archive, most: u64) -> Result<Self, ReadError> {
        let targets = relationships(&mut archive, "xl/_rels/workbook.bin.rels")?;
        let (mut sheets, mut paths, mut values) = (Vec::new(), Vec::new(), Values::default());
        each(&mut archive, "xl/workbook.bin", MOST_OF_PART, &mut |kind, data| {
            if kind == WORKBOOK {
                values.is_1904 = long(data, 0) & 1 != 0;
            }
            if kind == SHEET && data.len() >= 12 {
                let cut_short = || Refusal::damaged("a sheet's name is cut short");
                let (id, rest) = wide(&data[8..]).ok_or_else(cut_short)?;
                let (name, _) = wide(rest).ok_or_else(cut_short)?;
                if let Some((_, target)) = targets.get(&id).filter(|(kind, _)| kind == "worksheet") {
                    let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                    paths.push(path);
                    sheets.push(SheetName { name, is_visible: long(data, 0) == 0 });
                }
            }
            Ok(Flow::Go)
        })?;
        Ok(Self { archive, sheets, paths, values, is_prepared: false, most })
    }

    /// Reads the formats and the texts that cells share.
    fn prepare(&mut self) -> Result<(), ReadError> {
        if std::mem::replace(&mut self.is_prepared, true) {
            return Ok(());
        }
        let (mut known, mut styles, mut in_cells) = (HashMap::new(), Vec::new(), false);
        each(&mut self.archive, "xl/styles.bin", MOST_OF_PART, &mut |kind, data| {
            match kind {
                FORMAT if data.len() >= 2 => {
                    known.insert(short(data, 0), wide(&data[2..]).map(|(text, _)| text).unwrap_or_default());
                }
                STYLES => in_cells = true,
                STYLES_END => in_cells = false,
                STYLE if in_cells && data.len() >= 4 => styles.push(short(data, 2)),
                _ => {}
            }
            Ok(Flow::Go)
        })?;
        let text_of = |number: &u16| known.get(number).cloned().unwrap_or_else(|| built_in(*number).to_owned());
        self.values.formats = styles.iter().map(text_of).collect();
        let texts = &mut self.values.texts;
        each(&mut self.archive, "xl/sharedStrings.bin", MOST_OF_TEXTS, &mut |kind, data| {
            if kind == TEXT_ITEM {
                texts.push(data.get(1..).and_then(wide).map(|(text, _)| text).unwrap_or_default());
            }
            Ok(Flow::Go)
        })
    }
}

impl Values {
    /// Returns the text of a number of that style.
    fn number(&self, value: f64, style: usize) -> String {
        let format = self.formats.get(style).map_or("", String::as_str);
        if is_length(format) {
            shown::length(value)
        } else if is_date(format) {
            shown::date(value, format, self.is_1904)
        } else {
            shown::number(value, format)
        }
    }

    /// Returns the text of a cell by its record, of which `value` is what stands behind the style.
    fn text(&self, kind: u16, value: &[u8], style: usize) -> String {
        let text = |value: &[u8]| wide(value).map(|(text, _)| text).unwrap_or_default();
        match kind {
            0x0002 | 0x000D => self.number(rk(long(value, 0)), style),
            0x0003 | 0x000B | 0x000E => error(value.first().copied().unwrap_or(u8::MAX)).to_owned(),
            0x0004 | 0x000A | 0x000F => if value.first() == Some(&0) { "FALSE" } else { "TRUE" }.to_owned(),
            0x0005 | 0x0009 | 0x0010 => {
                let bytes = value.first_chunk::<8>().copied().unwrap_or_default();
                self.number(f64::from_le_bytes(bytes), style)
            }
            0x0006 | 0x0008 | 0x0011 => text(value),
            0x0007 | 0x0012 => self.texts.get(long(value, 0) as usize).cloned().unwrap_or_else(|| "#N/A".to_owned()),
            RICH_TEXT => value.get(1..).map(text).unwrap_or_default(),
            _ => String::new(),
        }
    }
}

impl Book for Workbook {
    fn sheets(&self) -> &[SheetName] {
        &self.sheets
    }

    fn survey(&mut self, sheet: usize) -> Result<Survey, ReadError> {
        let (mut survey, mut cells) = (Survey::default(), 0_u64);
        let path = self.paths.get(sheet).cloned().unwrap_or_default();
        each(&mut self.archive, &path, self.most, &mut |kind, data| {
            match kind {
                // The flag that the row has no height.
                ROW if data.len() >= 12 && data[11] & 0x10 != 0 => survey.hide(long(data, 0), long(data, 0)),
                kind if CELLS.contains(&kind) || SHORT_CELLS.contains(&kind) => cells += 1,
                MERGED if data.len() >= 16 => {
                    survey.merge((long(data, 0), long(data, 8)), (long(data, 4), long(data, 12)));
                }
                _ => {}
            }
            if cells > MOST_CELLS { Err(Refusal::WorkbookTooLarge.into()) } else { Ok(Flow::Go) }
        })?;
        survey.finish();
        Ok(survey)
    }

    fn cells(&mut self, sheet: usize, head: Option<u32>, to: ToCell<'_>) -> Result<(), ReadError> {
        self.prepare()?;
        let (path, most) = (self.paths.get(sheet).cloned().unwrap_or_default(), self.most);
        let (mut row, mut next) = (0, 0);
        let Self { archive, values, .. } = self;
        each(archive, &path, most, &mut |kind, data| {
            let (column, rest) = match kind {
                ROW => {
                    (row, next) = (long(data, 0), 0);
                    return Ok(if head.is_some_and(|head| row >= head) { Flow::Stop } else { Flow::Go });
                }
                kind if SHORT_CELLS.contains(&kind) => (next, data),
                kind if CELLS.contains(&kind) || kind == RICH_TEXT => {
                    (long(data, 0), data.get(4..).unwrap_or_default())
                }
                _ => return Ok(Flow::Go),
            };
            next = column.saturating_add(1);
            let style = (long(rest, 0) & 0x00FF_FFFF) as usize;
            to(row, column, &values.text(kind, rest.get(4..).unwrap_or_default(), style))
        })
    }
}

/// Returns a number that is packed in four bytes.
fn rk(packed: u32) -> f64 {
    #[expect(clippy::cast_possible_wrap, reason = "the bits of a number with a sign")]
    let number = match packed & 2 {
        0 => f64::from_bits(u64::from(packed & !3) << 32),
        _ => f64::from(packed as i32 >> 2),
    };
    if packed & 1 == 0 { number } else { number / 100.0 }
}

fn error(number: u8) -> &'static str {
    match number {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}

/// Takes a record: its kind, and its data.
type ToRecord<'a> = &'a mut dyn FnMut(u16, &[u8]) -> Result<Flow, ReadError>;

/// Goes through the records of a part until `to` says stop; of one that is not there, there are none.
fn each(archive: &mut Archive, part: &str, most: u64, to: ToRecord<'_>) -> Result<(), ReadError> {
    let Some(part) = archive.part(part, most)? else { return Ok(()) };
    let (mut part, mut data) = (BufReader::new(part.of_records()), Vec::new());
    let bytes = |part: &mut dyn Read, most: u32| -> Result<Option<u32>, ReadError> {
        let mut number = 0_u32;
        for at in 0..most {
            let mut byte = [0];
            if part.read(&mut byte)? == 0 {
                return Ok(None);
            }
            number |= u32::from(byte[0] & 0x7F) << (7 * at);
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        Ok(Some(number))
    };
    while let Some(kind) = bytes(&mut part, 2)? {
        let length = bytes(&mut part, 4)?.filter(|length| *length <= MOST_OF_RECORD);
        let length = length.ok_or_else(|| Refusal::damaged("a record is longer than it can be"))?;
        data.resize(length as usize, 0);
        part.read_exact(&mut data)?;
        if to(u16::try_from(kind).unwrap_or(u16::MAX), &data)? == Flow::Stop {
            break;
        }
    }
    Ok(())
}

/// Reads a text with its length in front, and what comes behind it.
fn wide(data: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(long(data, 0)).ok().filter(|_| data.len() >= 4)?;
    let (units, rest) = data[4..].split_at_checked(length.checked_mul(2)?)?;
    let (units, _) = units.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    Some((char::decode_utf16(units).map(|sign| sign.unwrap_or('\u{fffd}')).collect(), rest))
}

fn short(data: &[u8], at: usize) -> u16 {
    data.get(at..at + 2).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn long(data: &[u8], at: usize) -> u32 {
    u32::from(short(data, at)) | u32::from(short(data, at + 2)) << 16
}
