//! Says what each kind of workbook does: it names its sheets, is looked at as a whole, and tells its cells.

use std::panic::AssertUnwindSafe;

use super::survey::Survey;
use crate::table::refusal::{ReadError, Refusal};

/// Bytes of any other part that is read whole: styles, lists of sheets.
pub(super) const MOST_OF_PART: u64 = 16 * 1024 * 1024;
/// Stands for a formula whose value is not stored; every field takes it for a spreadsheet's error.
pub(super) const UNCOMPUTED: &str = "#FORMULA!";

/// A sheet's name, as the workbook lists it.
#[derive(Debug)]
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) is_visible: bool,
}

/// Says whether more cells are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Go,
    Stop,
}

/// Takes the text of a cell, by its row and column from 0.
pub(super) type ToCell<'a> = &'a mut dyn FnMut(u32, u32, &str) -> Result<Flow, ReadError>;

/// A kind of workbook.
pub(super) trait Book {
    /// Returns the sheets, in their order.
    fn sheets(&self) -> &[SheetName];

    /// Looks at a sheet as a whole.
    fn survey(&mut self, sheet: usize) -> Result<Survey, ReadError>;

    /// Tells the cells of a sheet, row by row, or of so many first rows alone.
    fn cells(&mut self, sheet: usize, head: Option<u32>, to: ToCell<'_>) -> Result<(), ReadError>;
}

/// Has a library read what may be damaged: where it gives up in the middle, so is the file.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    match std::panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read,
        Err(_) => Err(Refusal::damaged("its parts contradict each other").into()),
    }
}
