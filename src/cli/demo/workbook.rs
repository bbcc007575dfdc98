//! Makes a workbook of a timetable, as a person has one in a spreadsheet: starts are dates, all else is text.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};

use crate::cli::Failure;

/// Returns the bytes of a workbook with the rows of this CSV.
pub(super) fn of(text: &str) -> Result<Vec<u8>, Failure> {
    made(text).map_err(|error| Failure::failed(format!("the workbook could not be made: {error}")))
}

fn made(text: &str) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Timetable")?;
    let (text_format, date) = (Format::new().set_num_format("@"), Format::new().set_num_format("dd/mm/yyyy hh:mm"));
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for (row, record) in (0..).zip(rows.records().map_while(Result::ok)) {
        for (column, cell) in (0..).zip(&record) {
            match ExcelDateTime::parse_from_str(&cell.replace(' ', "T")) {
                Ok(start) if cell.contains(':') => sheet.write_datetime_with_format(row, column, &start, &date)?,
                _ => sheet.write_string_with_format(row, column, cell, &text_format)?,
            };
        }
    }
    sheet.autofit();
    book.save_to_buffer()
}
