//! Finds the character that stands between the cells of a file: its `sep=` line says so, else its headings show it.

use super::headings::Layout;

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
const DELIMITERS: [u8; 3] = [b'\t', b';', b','];

/// Reads the delimiter from the beginning of a text, and the number of bytes its `sep=` line takes (none: 0). A spreadsheet
/// swallows that line, and so the row after it is its row 1.
pub(super) fn detect(head: &[u8], layout: &Layout) -> (u8, usize) {
    if let Some(declared) = declared(head) {
        return declared;
    }
    let row = heading_row(head);
    let best = DELIMITERS.into_iter().max_by_key(|delimiter| {
        let (mut cells, mut known) = (0_usize, 0_usize);
        for cell in cells_of(row, *delimiter) {
            cells += 1;
            known += usize::from(std::str::from_utf8(cell).is_ok_and(|text| layout.knows(text.trim_matches('"'))));
        }
        (known, cells)
    });
    (best.unwrap_or(b','), 0)
}

/// Reads `sep=;`, in any case, perhaps in quotes, perhaps with the empty cells that a program added when it saved the file again.
fn declared(head: &[u8]) -> Option<(u8, usize)> {
    let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(head.len());
    let line = &head[..end];
    let quoted = line.first() == Some(&b'"');
    let rest = if quoted { &line[1..] } else { line };
    let (name, rest) = rest.split_at_checked(4)?;
    let (&delimiter, rest) = rest.split_first()?;
    let rest = if quoted { rest.strip_prefix(b"\"")? } else { rest };
    let fits = delimiter == b'\t' || (delimiter.is_ascii_punctuation() && delimiter != b'"');
    if !name.eq_ignore_ascii_case(b"sep=") || !fits || rest.iter().any(|byte| *byte != delimiter) {
        return None;
    }
    let line_end = if head[end..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((delimiter, (end + line_end).min(head.len())))
}

/// Returns the first row in which there is more than delimiters and blanks.
fn heading_row(head: &[u8]) -> &[u8] {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || DELIMITERS.contains(byte) || *byte == b'"';
    let start = head.iter().position(|byte| !blank(byte)).unwrap_or(0);
    let start = head[..start].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let rest = &head[start..];
    let mut quoted = false;
    let end = rest.iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b'\n' | b'\r')
    });
    // With a quotation mark that never closes, the first line is as good as the row.
    let line = || rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    &rest[..end.or_else(line).unwrap_or(rest.len())]
}

fn cells_of(row: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    row.split(move |byte| {
        quoted ^= *byte == b'"';
        !quoted && *byte == delimiter
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(head: &str) -> char {
        char::from(detect(head.as_bytes(), &Layout::default()).0)
    }

    #[test]
    fn a_sep_line_decides_and_is_taken_off() {
        let detected = |head: &str| detect(head.as_bytes(), &Layout::default());
        assert_eq!(detected("sep=;\r\nref,desc\r\n"), (b';', 7));
        assert_eq!(detected("SEP=\t\nref\n"), (b'\t', 6));
        assert_eq!(detected("\"sep=;\"\nref\n"), (b';', 8));
        assert_eq!(detected("sep=;;;;\rref\r"), (b';', 9));
        assert_eq!(detected("sep=|\nref\n"), (b'|', 6));
        assert_eq!(detected("sep=x\nref,desc\n"), (b',', 0));
        assert_eq!(detected("sep=,x\n"), (b',', 0));
        assert_eq!(detected("sep=;"), (b';', 5));
    }

    #[test]
    fn the_headings_show_the_delimiter() {
        assert_eq!(delimiter("ref,room_name,desc\n"), ',');
        assert_eq!(delimiter("ref;room_name;desc\n"), ';');
        assert_eq!(delimiter("ref\troom_name\tdesc\n"), '\t');
        assert_eq!(delimiter("room_name\n"), ',');
        assert_eq!(delimiter(""), ',');
    }

    #[test]
    fn quotes_blank_rows_and_our_own_headings_are_respected() {
        assert_eq!(delimiter("ref;\"a,b,c,d\";room_name\n"), ';');
        assert_eq!(delimiter("\n;;;;\n\"room_name\";x,y,z\n"), ';');
        assert_eq!(delimiter("room_name;start_time;Notes, dates, people, rooms\n"), ';');
        assert_eq!(delimiter("\"room\nname\"\tref\n"), '\t');
    }
}
