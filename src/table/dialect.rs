//! Knows the characters that stand between the cells of a file, and the `sep=` line that names one.

use super::workbook::SEPARATOR;

/// The form in which a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between two cells: an ASCII character.
    pub delimiter: u8,
    /// True when it begins with a byte order mark, without which Excel takes UTF-8 for Windows-1252.
    pub mark: bool,
}

impl Default for Dialect {
    /// Commas, and the mark.
    fn default() -> Self {
        Self { delimiter: b',', mark: true }
    }
}

impl Dialect {
    /// Returns the dialect for files about one with this delimiter. One that only a `sep=` line makes known becomes a comma: the
    /// files we write have no such line, because with it Excel would pass over the mark.
    pub(super) fn like(delimiter: u8) -> Self {
        let known = DELIMITERS.contains(&delimiter);
        Self { delimiter: if known { delimiter } else { b',' }, ..Self::default() }
    }
}

/// In rising order of preference where the headings leave it open.
pub(super) const DELIMITERS: [u8; 3] = [b'\t', b';', b','];

/// Reads `sep=;`, in any case, perhaps in quotes, perhaps with the empty cells that a program added when it saved the file again: the
/// delimiter, and the number of bytes that the line takes. A spreadsheet swallows that line, and so the row after it is its row 1.
pub(super) fn declared(head: &[u8]) -> Option<(u8, usize)> {
    let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(head.len());
    let line = &head[..end];
    let quoted = line.first() == Some(&b'"');
    let rest = if quoted { &line[1..] } else { line };
    let (name, rest) = rest.split_at_checked(4)?;
    let (&delimiter, rest) = rest.split_first()?;
    let rest = if quoted { rest.strip_prefix(b"\"")? } else { rest };
    let fits = matches!(delimiter, b'\t' | SEPARATOR) || (delimiter.is_ascii_punctuation() && delimiter != b'"');
    if !name.eq_ignore_ascii_case(b"sep=") || !fits || rest.iter().any(|byte| *byte != delimiter) {
        return None;
    }
    let line_end = if head[end..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((delimiter, (end + line_end).min(head.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sep_line_may_be_quoted_or_filled_up() {
        assert_eq!(declared(b"\"sep=;\"\nref\n"), Some((b';', 8)));
        assert_eq!(declared(b"sep=;;;;\rref\r"), Some((b';', 9)));
        assert_eq!(declared(b"sep=|\nref\n"), Some((b'|', 6)));
        assert_eq!(declared(b"sep=,x\n"), None);
        assert_eq!(declared(b"ref,desc\n"), None);
    }
}
