//! Writes a workbook a line at a time: what is written waits in a file without a name, not in memory.
//!
//! Ids, PINs and all other texts are cells of text, which no spreadsheet takes for a number. In a column of starts, ends or lengths a date
//! or a time that leaves no doubt (`2027-02-01 09:00`) is a true date cell, and the same again when it is read: in such a cell a person
//! types the date as usual, and the spreadsheet knows what is meant, where a corrected text would leave the order of day and month open.
//! Minutes and seats are numbers.

use std::io::{self, Write};
use std::path::Path;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Note, Workbook, Worksheet, XlsxError,
};

use super::written_cell::{CellKind, Mark};

/// Columns with more text than others.
const WIDE: [(&str, f64); 3] = [("error", 60.0), ("room_name", 28.0), ("direct_url", 36.0)];
/// The width of other columns, in characters.
const WIDTH: f64 = 17.0;
/// The longest text of a cell.
const LONGEST: usize = 32_767;
/// So many notes are written: they are held in memory, and slow a spreadsheet down. Cells are coloured all the same.
const MOST_NOTES: u32 = 2000;
/// Lines that are kept free of the sign that a number is stored as text: all.
const LAST_ROW: u32 = 1_048_575;

/// Writes a workbook of one sheet.
pub(super) struct WorkbookWriter<W> {
    book: Workbook,
    to: W,
    row: u32,
    notes: u32,
    kinds: Vec<CellKind>,
    looks: Looks,
}

/// The formats of cells, plain and of those that a person is to look at.
struct Looks {
    text: [Format; 2],
    number: [Format; 2],
    date: [Format; 2],
    start: [Format; 2],
    start_to_second: [Format; 2],
    clock: [Format; 2],
    length: [Format; 2],
}

impl Looks {
    fn new() -> Self {
        let both = |format: &str| {
            let plain = Format::new().set_num_format(format).set_align(FormatAlign::Top);
            let marked = plain.clone().set_background_color(0x00FF_C7CE_u32).set_font_color(0x009C_0006_u32);
            [plain, marked]
        };
        Self {
            text: both("@"),
            number: both("0"),
            date: both("yyyy-mm-dd"),
            start: both("yyyy-mm-dd hh:mm"),
            start_to_second: both("yyyy-mm-dd hh:mm:ss"),
            clock: both("hh:mm"),
            length: both("[h]:mm"),
        }
    }
}

impl<W: Write + Send> WorkbookWriter<W> {
    /// Writes the headings; `folder` takes the file that waits.
    pub(super) fn begin(to: W, folder: &Path, headings: &[(&str, CellKind)]) -> io::Result<Self> {
        let mut book = Workbook::new();
        // The same rows make the same file, whenever they are written.
        let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        book.set_tempdir(folder).map_err(failed)?;
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        let bold = Format::new().set_bold().set_num_format("@");
        for (column, (heading, _)) in (0_u16..).zip(headings) {
            let width = WIDE.iter().find(|(name, _)| name == heading).map_or(WIDTH, |(_, width)| *width);
            sheet.set_column_width(column, width).map_err(failed)?;
            sheet.write_string_with_format(0, column, shortened(heading), &bold).map_err(failed)?;
        }
        let last = u16::try_from(headings.len().max(1) - 1).unwrap_or(u16::MAX);
        let number_as_text = IgnoreError::NumberStoredAsText;
        sheet.ignore_error_range(0, 0, LAST_ROW, last, number_as_text).map_err(failed)?;
        let kinds = headings.iter().map(|(_, kind)| *kind).collect();
        Ok(Self { book, to, row: 1, notes: 0, kinds, looks: Looks::new() })
    }

    /// Writes a line, with the cell coloured that a person is to look at, and the reason as its note.
    pub(super) fn write<'a>(&mut self, cells: impl Iterator<Item = &'a str>, mark: Option<Mark<'_>>) -> io::Result<()> {
        let Self { book, row, notes, kinds, looks, .. } = self;
        let sheet = book.worksheet_from_index(0).map_err(failed)?;
        for (at, text) in cells.enumerate() {
            let is_marked = mark.is_some_and(|mark| mark.column == at);
            let column = u16::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
            if !text.is_empty() || is_marked {
                let kind = kinds.get(at).copied().unwrap_or(CellKind::Text);
                write_cell(sheet, (*row, column), (kind, text), looks, usize::from(is_marked)).map_err(failed)?;
            }
        }
        if let Some(mark) = mark.filter(|mark| *notes < MOST_NOTES && !mark.words.is_empty())
            && let Ok(column) = u16::try_from(mark.column)
        {
            let words: String = mark.words.chars().take(1000).collect();
            let note = Note::new(words).add_author_prefix(false).set_width(300);
            sheet.insert_note(*row, column, &note).map_err(failed)?;
            *notes += 1;
        }
        *row += 1;
        Ok(())
    }

    /// Packs the workbook, and hands the file back, to be synced.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.book.save_to_writer(&mut self.to).map_err(failed)?;
        Ok(self.to)
    }
}

/// Writes a text, or the number, date or time that it is.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    (kind, text): (CellKind, &str),
    looks: &Looks,
    marked: usize,
) -> Result<(), XlsxError> {
    if kind == CellKind::Time {
        if let Some((date, format)) = date(text, looks) {
            return sheet.write_datetime_with_format(row, column, &date, &format[marked]).map(drop);
        }
        if let Some((days, format)) = time(text, looks) {
            return sheet.write_number_with_format(row, column, days, &format[marked]).map(drop);
        }
    }
    // Zeros in front are part of what was written.
    let number = text.parse::<u32>().ok().filter(|number| number.to_string() == text);
    if let Some(number) = number.filter(|_| kind != CellKind::Text) {
        return sheet.write_number_with_format(row, column, number, &looks.number[marked]).map(drop);
    }
    sheet.write_string_with_format(row, column, shortened(text), &looks.text[marked]).map(drop)
}

/// Reads `2027-02-01`, `2027-02-01 09:00` and `2027-02-01 09:00:30`, as workbooks' dates are read ([`super::unpack`]).
fn date<'a>(text: &str, looks: &'a Looks) -> Option<(ExcelDateTime, &'a [Format; 2])> {
    let (day, clock) = text.split_once(' ').map_or((text, None), |(day, clock)| (day, Some(clock)));
    let [year, month, date] = numbers(day, '-', &[4, 2, 2])?[..] else { return None };
    // Spreadsheets count a day in 1900 that never was.
    if year < 1901 {
        return None;
    }
    let two = |number: u32| u8::try_from(number).ok();
    let day = ExcelDateTime::from_ymd(u16::try_from(year).ok()?, two(month)?, two(date)?).ok()?;
    let Some(clock) = clock else { return Some((day, &looks.date)) };
    let parts = numbers(clock, ':', &[2, 2]).or_else(|| numbers(clock, ':', &[2, 2, 2]))?;
    let (hour, minute, second) = (parts[0], parts[1], parts.get(2).copied().unwrap_or_default());
    if hour > 23 || minute > 59 || second > 59 || parts.get(2) == Some(&0) {
        return None;
    }
    let start = day.and_hms(u16::try_from(hour).ok()?, two(minute)?, f64::from(second)).ok()?;
    Some((start, if second == 0 { &looks.start } else { &looks.start_to_second }))
}

/// Reads `09:00` as a time of day, and `1:30` and `26:00` as lengths: in days.
fn time<'a>(text: &str, looks: &'a Looks) -> Option<(f64, &'a [Format; 2])> {
    let (hours, minutes) = text.split_once(':')?;
    let [minutes] = numbers(minutes, ':', &[2])?[..] else { return None };
    let digits = hours.len();
    let [hours] = numbers(hours, ':', &[digits])?[..] else { return None };
    if minutes > 59 || !(1..=4).contains(&digits) || (digits > 2 && hours < 100) {
        return None;
    }
    let days = (f64::from(hours) * 60.0 + f64::from(minutes)) / 1440.0;
    let format = match (digits, hours) {
        (2, 0..24) => &looks.clock,
        (1, _) | (_, 24..) => &looks.length,
        _ => return None,
    };
    Some((days, format))
}

/// Reads numbers with so many digits each.
fn numbers(text: &str, between: char, digits: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(between).collect();
    let fits =
        |(part, digits): (&&str, &usize)| part.len() == *digits && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() != digits.len() || !parts.iter().zip(digits).all(fits) {
        return None;
    }
    parts.iter().map(|part| part.parse().ok()).collect()
}

/// Returns a text that a cell can hold.
fn shortened(text: &str) -> String {
    let mut units = 0;
    let fits = |sign: &char| {
        units += sign.len_utf16();
        units <= LONGEST
    };
    text.chars().take_while(fits).collect()
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error,
        error => io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::CellKind::{Number, Text, Time};
    use super::*;

    #[test]
    fn texts_stay_texts_and_dates_are_dates() {
        let folder = tempfile::tempdir().unwrap();
        let headings =
            [("row", Text), ("line", Number), ("error", Text), ("ref", Text), ("length", Time), ("start", Time)];
        let write = || {
            let mut writer = WorkbookWriter::begin(Vec::new(), folder.path(), &headings).unwrap();
            let mark = Mark { column: 5, words: "it has begun" };
            writer.write(["row_a", "7", "=1+1", "00027", "09:30", "2027-02-01 09:00"].into_iter(), Some(mark)).unwrap();
            writer.write(["row_b", "08", "", "1e5", "60", "2027-02-30 09:00"].into_iter(), None).unwrap();
            writer.write(["row_c", "9", "2027-02-01", "09:30", "1:30", "2027-02-01"].into_iter(), None).unwrap();
            writer.finish().unwrap()
        };
        let bytes = write();
        assert_eq!(bytes, write(), "the same lines make the same file");
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("Sheet1").unwrap();
        let at = |row, column| range.get_value((row, column)).unwrap().clone();
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!((at(1, 0), at(1, 1)), (text("row_a"), Data::Float(7.0)));
        assert_eq!((at(1, 2), at(1, 3), at(2, 3)), (text("=1+1"), text("00027"), text("1e5")));
        // A text that looks like a number or a date is one in columns of such alone.
        assert_eq!((at(2, 1), at(2, 4), at(2, 5)), (text("08"), Data::Float(60.0), text("2027-02-30 09:00")));
        assert_eq!((at(3, 2), at(3, 3)), (text("2027-02-01"), text("09:30")));
        assert!(matches!(at(1, 5), Data::DateTime(at) if at.is_datetime() && at.as_f64() > 46_000.0));
        assert!(matches!(at(1, 4), Data::DateTime(at) if at.is_datetime()));
        assert!(matches!(at(3, 4), Data::DateTime(at) if at.is_duration()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
