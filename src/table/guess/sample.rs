//! Keeps the lines of a text that have more than ASCII, so that a guess of their encoding can be held against what they say in it:
//! an encoding in which most of their words are no words is no hint for a person.

use encoding_rs::Encoding;

use super::{is_capital_within, is_sign_within};

/// Bytes that are kept.
const SAMPLE_BYTES: usize = 64 << 10;
/// Bytes of a line that is kept.
const LINE: usize = 4 << 10;

/// The first of those lines.
#[derive(Debug, Default)]
pub(super) struct Sample {
    kept: Vec<u8>,
    line: Vec<u8>,
}

impl Sample {
    pub(super) fn take(&mut self, byte: u8) {
        if self.kept.len() >= SAMPLE_BYTES {
            return;
        }
        if byte != b'\n' {
            if self.line.len() <= LINE {
                self.line.push(byte);
            }
            return;
        }
        self.end();
    }

    /// Takes the last line in.
    pub(super) fn end(&mut self) {
        if self.line.len() <= LINE && !self.line.is_ascii() {
            self.kept.append(&mut self.line);
            self.kept.push(b'\n');
        }
        self.line.clear();
    }

    /// Tells whether most of the words with more than ASCII look like words in this encoding. One of several bytes a letter must
    /// show a letter of its own: in `Shift_JIS`, DOS's `Prüfung` is `Pr’ung`.
    pub(super) fn fits(&self, encoding: &'static Encoding) -> bool {
        let text = encoding.decode_without_bom_handling(&self.kept).0;
        let words = text.split(|c: char| c.is_whitespace() || c.is_ascii() && !c.is_ascii_alphabetic());
        let (mut all, mut odd) = (0_usize, 0_usize);
        for word in words.filter(|word| !word.is_ascii()) {
            all += 1;
            odd += usize::from(is_odd(word));
        }
        odd * 2 < all && (encoding.is_single_byte() || text.chars().any(is_foreign))
    }
}

/// `Fran㌢is` is no word: neither sign nor foreign letter stands between small letters of the alphabet, and no capital follows one.
fn is_odd(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    let is_mark = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    let is_mixed =
        |a: char, b: char| a.is_ascii_lowercase() && is_foreign(b) || is_foreign(a) && b.is_ascii_lowercase();
    chars.iter().any(|c| c.is_control() || *c == char::REPLACEMENT_CHARACTER)
        || chars.windows(2).any(|two| is_mixed(two[0], two[1]) || is_capital_within(two[0], two[1]))
        || chars.windows(3).any(|three| !is_mark(three[1]) && is_sign_within(three[0], three[1], three[2]))
}

/// Tells whether a letter is of another alphabet than the Latin one.
fn is_foreign(c: char) -> bool {
    c >= '\u{370}' && !('\u{1e00}'..='\u{1eff}').contains(&c) && c.is_alphabetic()
}
