//! Has the sheet of a workbook written out as the text of a table, into a file without a name in the temporary folder. What is no
//! workbook is text already, whatever it is called.

use std::fs::File;
use std::io;

use crate::engine::inbox::Name;
use crate::engine::temporary;
use crate::table::{Choice, ReadError, Sheet, is_workbook, unpack};

/// Returns the text of a file, and which sheet that is from where the file is a workbook.
pub(super) fn as_text(file: File, choice: Choice<'_>) -> Result<(File, Option<Sheet>), ReadError> {
    if !is_workbook(&file)? {
        return Ok((file, None));
    }
    let unusable =
        |error: io::Error| io::Error::new(error.kind(), format!("the temporary folder cannot be used: {error}"));
    let (text, sheet) = unpack(&file, choice, temporary().map_err(unusable)?)?;
    Ok((text, Some(sheet)))
}

/// Says so where a file's name says something else than its content.
pub(super) fn misnamed(name: &str, sheet: Option<&Sheet>) -> Option<String> {
    let is = match (Name::of(name), sheet) {
        (Name::Workbook, None) => "text, not a workbook: it was read as CSV",
        (Name::Table, Some(_)) => "a workbook: it was read as one",
        _ => return None,
    };
    Some(format!("By its content the file {name} is {is}."))
}
