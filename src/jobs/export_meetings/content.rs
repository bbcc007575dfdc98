//! Tells what an export says, whatever it is packed in: of a workbook the text of its sheet, of any other file its bytes. By that it
//! is compared, and gone on from: a workbook is written whole each time, with what it said before.

use std::fs::File;
use std::io::{self, Read, Seek};

use crate::config::ExportFormat;
use crate::jobs::workbook::as_text;
use crate::table::{Choice, ReadError};

/// Returns what a file says, from its beginning. One that is no workbook where it should be is [`io::ErrorKind::InvalidData`].
pub(super) fn content(file: &File, format: ExportFormat) -> io::Result<File> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    if format != ExportFormat::Xlsx {
        return Ok(file);
    }
    let anything = Choice { sheet: None, max_file_size: u64::MAX, fits: &|_| Ok(()) };
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    match as_text(file, anything) {
        Ok((text, Some(_))) => Ok(text),
        Ok((_, None)) => Err(invalid("it is no workbook".to_owned())),
        Err(ReadError::Refused(refusal)) => Err(invalid(refusal.to_string())),
        Err(ReadError::Unreadable(error)) => Err(error),
    }
}

/// Returns the number of bytes that a file says.
pub(super) fn length(file: &File, format: ExportFormat) -> io::Result<u64> {
    Ok(content(file, format)?.metadata()?.len())
}

/// Tells whether one file says first all that another says; what is no workbook where it should be says something else.
pub(super) fn begins_with(one: &File, other: &File, format: ExportFormat) -> io::Result<bool> {
    match content(one, format) {
        Ok(one) => said_first(one, content(other, format)?),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
    }
}

const BLOCK: usize = 64 * 1024;

fn said_first(one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let mut one = io::BufReader::with_capacity(BLOCK, one);
    let (mut theirs, mut ours) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let n = other.read(&mut theirs)?;
        if n == 0 {
            return Ok(true);
        }
        let (theirs, ours) = (&theirs[..n], &mut ours[..n]);
        match one.read_exact(ours) {
            Ok(()) if theirs == ours => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_begins_with_another_only_where_all_of_it_is_there() {
        let begins = |one: &str, other: &str| said_first(one.as_bytes(), other.as_bytes()).unwrap();
        assert!(begins("abc", "abc") && begins("abcd", "abc") && begins("abc", ""));
        assert!(!begins("ab", "abc") && !begins("abd", "abc"));
    }
}
