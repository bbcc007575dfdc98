//! Finds the rows that most files consist of: a line of its own, with no quotation mark and no control character. Such a row is told
//! eight bytes at a time.

/// A line that is one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlainLine {
    /// Its bytes without its end.
    pub(super) text: usize,
    /// Its bytes with its end.
    pub(super) whole: usize,
    /// Its cells.
    pub(super) cells: usize,
}

/// Bytes that are looked at together.
const WORD: usize = 8;
/// The lowest bit of each of them, and the highest.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

impl PlainLine {
    /// Takes the line at the beginning of a text; `None` where it is blank, does not end there, or is not plain.
    pub(super) fn begin(text: &[u8], delimiter: u8) -> Option<Self> {
        let (quotes, delimiters) = (u64::from(b'"') * ONES, u64::from(delimiter) * ONES);
        let (words, _) = text.as_chunks::<WORD>();
        let mut cells = 1;
        for (word, at) in words.iter().zip((0..).step_by(WORD)) {
            let bytes = u64::from_le_bytes(*word);
            let delimiters = zeros(bytes ^ delimiters);
            // Control characters are those below a blank: of the three highest bits they have none.
            let special = (zeros(bytes & (0xe0 * ONES)) | zeros(bytes ^ quotes)) & !delimiters;
            if special == 0 {
                cells += delimiters.count_ones();
                continue;
            }
            let before = (special & special.wrapping_neg()) - 1;
            cells += (delimiters & before).count_ones();
            let end = at + before.count_ones() as usize / WORD;
            return Self::ending(text, end, cells as usize);
        }
        None
    }

    fn ending(text: &[u8], end: usize, cells: usize) -> Option<Self> {
        let breaks = match text[end..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
        (end > 0).then_some(Self { text: end, whole: end + breaks, cells })
    }
}

/// Returns the highest bit of each byte that is zero.
fn zeros(bytes: u64) -> u64 {
    !(((bytes & !HIGH) + !HIGH) | bytes) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tells the same byte by byte.
    fn slowly(text: &[u8], delimiter: u8) -> Option<PlainLine> {
        let is_special = |byte: &u8| (*byte < b' ' || *byte == b'"') && *byte != delimiter;
        let end = text.iter().position(is_special)?;
        let cells = text[..end].split(|byte| *byte == delimiter).count();
        PlainLine::ending(text, end, cells)
    }

    proptest! {
        #[test]
        fn a_line_is_found_as_it_is_byte_by_byte(
            text in "[a-c ,;\t\u{1f}\u{7f}-\u{ff}~!#]{0,40}[\"\r\0\t]?\r?\n?.{0,9}", delimiter in "[,;\t\u{1f}|]"
        ) {
            let delimiter = delimiter.as_bytes()[0];
            let found = PlainLine::begin(text.as_bytes(), delimiter);
            let ends_in_words = |line: &PlainLine| line.text < text.len() / WORD * WORD;
            prop_assert_eq!(found, slowly(text.as_bytes(), delimiter).filter(ends_in_words));
        }
    }

    #[test]
    fn a_line_ends_with_its_break() {
        let line = |text: &str| PlainLine::begin(text.as_bytes(), b',').map(|line| (line.text, line.whole, line.cells));
        assert_eq!(line("a,b\n......"), Some((3, 4, 2)));
        assert_eq!(line("a,b,\r\n...."), Some((4, 6, 3)));
        for text in ["\n........", "a,\"b\"\n....", "a\tb\n.....", "a\rb\n......", "a,b\n", "abcdefghijkl"] {
            assert_eq!(line(text), None, "{text:?}");
        }
    }
}
