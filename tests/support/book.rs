//! The workbooks that tests hand in, and those that they read.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

/// A row of a workbook, by heading.
pub type Row = BTreeMap<String, Data>;

/// A workbook with the rows of this CSV, every cell a text.
pub fn of(text: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    for (row, record) in (0..).zip(rows.records()) {
        for (column, cell) in (0..).zip(&record.unwrap()) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// The cells of the first sheet of a workbook, which must be whole.
#[track_caller]
pub fn cells(path: &Path) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
    let sheet = book.sheet_names()[0].clone();
    book.worksheet_range(&sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// Its rows behind the first, by what that says.
#[track_caller]
pub fn rows(path: &Path) -> Vec<Row> {
    let mut cells = cells(path).into_iter();
    let headings: Vec<String> = cells.next().unwrap().iter().map(ToString::to_string).collect();
    cells.map(|row| headings.iter().cloned().zip(row).collect()).collect()
}

/// One of its columns, as text.
#[track_caller]
pub fn column(path: &Path, heading: &str) -> Vec<String> {
    rows(path).iter().map(|row| row[heading].to_string()).collect()
}

/// A cell of text.
pub fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}
