//! Looks at how a line of a file begins: in a file of ours that comes back, each row has a token in front, or no cell there at all where
//! a person has added it. So a line of a cell that begins otherwise is no row, whatever delimiters it has.

use super::front;
use crate::model::{NoToken, RowToken, Status};

/// So much of a line is kept: a token, and the cells behind it.
const MOST: usize = 64;
/// Stands for a delimiter; no text has it.
const DELIMITER: u8 = 0;

/// The first letters of the present line.
#[derive(Debug)]
pub(super) struct LineHead {
    bytes: [u8; MOST],
    len: usize,
    is_kept: bool,
}

/// The file that a row of headings tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Anybody's.
    Foreign,
    /// One with a column of tokens in front.
    Tokens,
    /// One that begins with our columns, as we write it.
    Ours,
}

/// The cell at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstCell {
    /// A token.
    Token,
    /// None, or a token that is mistyped.
    Blank,
    /// Another text, and behind it what may stand in our columns.
    OurColumns,
    /// Another text.
    Text,
}

impl LineHead {
    /// Begins at a line's beginning.
    pub(super) fn new() -> Self {
        Self { bytes: [0; MOST], len: 0, is_kept: true }
    }

    /// Takes a byte of a cell, or the delimiter behind it.
    #[inline]
    pub(super) fn push(&mut self, byte: u8, is_delimiter: bool) {
        if self.is_kept && self.len < MOST {
            self.bytes[self.len] = if is_delimiter { DELIMITER } else { byte };
            self.len += 1;
        }
    }

    /// Takes several bytes of a cell.
    pub(super) fn push_all(&mut self, bytes: &[u8]) {
        if self.is_kept {
            let more = &bytes[..bytes.len().min(MOST - self.len)];
            self.bytes[self.len..self.len + more.len()].copy_from_slice(more);
            self.len += more.len();
        }
    }

    /// Goes on with the next line.
    pub(super) fn next_line(&mut self) {
        self.len = 0;
    }

    /// Tells whether lines are looked at.
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Looks at no further line: the file is anybody's.
    pub(super) fn stop(&mut self) {
        (self.is_kept, self.len) = (false, 0);
    }

    /// Takes the line for that of the headings.
    pub(super) fn origin(&self) -> Origin {
        let mut cells = self.cells();
        if !cells.next().is_some_and(|cell| cell.eq_ignore_ascii_case(front::TOKEN)) {
            return Origin::Foreign;
        }
        let is_ours =
            front::RETRY[1..].iter().all(|name| cells.next().is_some_and(|cell| cell.eq_ignore_ascii_case(name)));
        if is_ours { Origin::Ours } else { Origin::Tokens }
    }

    /// Takes the line for a row, or for a line within one.
    pub(super) fn first_cell(&self) -> FirstCell {
        let mut cells = self.cells();
        let first = cells.next().unwrap_or_default();
        match RowToken::read(first) {
            Ok(_) => FirstCell::Token,
            Err(NoToken::Mistyped) => FirstCell::Blank,
            Err(NoToken::Other) if first.is_empty() => FirstCell::Blank,
            Err(NoToken::Other) => {
                let is_line = cells.next().is_some_and(|cell| cell.bytes().all(|byte| byte.is_ascii_digit()));
                let is_status = cells.next().is_some_and(|cell| cell.is_empty() || Status::parse(cell).is_some());
                if is_line && is_status { FirstCell::OurColumns } else { FirstCell::Text }
            }
        }
    }

    /// Returns the cells as far as they were kept; one that is not in UTF-8 alone is cut off in the middle of a letter, and none of ours.
    fn cells(&self) -> impl Iterator<Item = &str> {
        let cells = self.bytes[..self.len].split(|byte| *byte == DELIMITER);
        cells.map(|cell| std::str::from_utf8(cell).map_or("?", str::trim))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemNo, RunId, RunKey};

    fn head(line: &str) -> LineHead {
        let mut head = LineHead::new();
        line.bytes().for_each(|byte| head.push(byte, byte == b';'));
        head
    }

    #[test]
    fn a_file_of_ours_is_known_by_its_first_headings() {
        for (headings, origin) in [
            ("row;line;status;code;error;ref", Origin::Ours),
            ("Row;Line;Status;Code;Error", Origin::Ours),
            (" row ;ref;user_id", Origin::Tokens),
            ("row;line;status;code;ref", Origin::Tokens),
            ("ref;row", Origin::Foreign),
            ("rows;line;status;code;error", Origin::Foreign),
            ("", Origin::Foreign),
        ] {
            assert_eq!(head(headings).origin(), origin, "{headings}");
        }
    }

    #[test]
    fn a_row_of_ours_is_known_by_its_first_cell() {
        let token = RowToken::of(RunKey(7), RunId::generate(), ItemNo(12)).to_string();
        // One letter more may make another token: its check letter tells no more than one mistake in some twenty.
        let mistyped =
            ('b'..='z').map(|more| format!("{token}{more}")).find(|token| RowToken::read(token).is_err()).unwrap();
        for (line, first) in [
            (format!("{token};2;invalid"), FirstCell::Token),
            (format!(" {} ", token.to_uppercase()), FirstCell::Token),
            (format!("{mistyped};2"), FirstCell::Blank),
            (";2;not_run;;late".to_owned(), FirstCell::Blank),
            (String::new(), FirstCell::Blank),
            ("  ;x;y".to_owned(), FirstCell::Blank),
            ("new;;;;;A-1".to_owned(), FirstCell::OurColumns),
            ("new;12;created".to_owned(), FirstCell::OurColumns),
            ("new;12;tomorrow".to_owned(), FirstCell::Text),
            ("a pen; a book; paper".to_owned(), FirstCell::Text),
            (format!("{}Ü;1;created", "x".repeat(MOST - 1)), FirstCell::Text),
        ] {
            assert_eq!(head(&line).first_cell(), first, "{line}");
        }
        let mut stopped = head("row;line;status;code;error");
        stopped.stop();
        stopped.push(b'r', false);
        assert_eq!(stopped.first_cell(), FirstCell::Blank);
    }
}
