//! Stands between the text and the CSV parser, because that one passes over blank lines without a word, takes the rest of a
//! file for one cell when a quotation mark is never closed, and holds a row whole however long it is.

use std::io::{self, Read};

use super::plain_line::PlainLine;
use super::quoted::QuotedLines;
use super::refusal::{MAX_COLUMNS, MAX_ROW_BYTES, Refusal};
use super::workbook::SEPARATOR;

/// The one cell that stands for a blank line, so that the parser counts it as the row that it is in a spreadsheet. No text
/// has it: a NUL refuses the file.
pub(super) const BLANK_LINE: &str = "\0";

const CHUNK: usize = 64 * 1024;

/// The text of `source`, with each blank line marked, and an error in the place of what must not reach the parser.
pub(super) struct Rows<R> {
    source: R,
    delimiter: u8,
    chunk: Box<[u8]>,
    at: usize,
    len: usize,
    place: ScanState,
    /// The row in which `place` is, from 1.
    row: u64,
    row_bytes: usize,
    cells: usize,
    lines: QuotedLines,
    after_cr: bool,
    ended: bool,
}

/// The place of the next byte in a row, by the same rules as the parser's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    RowStart,
    /// A row start at which a line feed belongs to the line end before it.
    AfterCr,
    /// A blank line whose mark is out already.
    Marked,
    CellStart,
    Bare,
    Quoted,
    /// Behind a quotation mark that ends a quoted cell, unless another one follows.
    QuoteInQuoted,
    /// A blank behind the end of a quoted cell.
    BlankBehindQuote,
}

impl<R: Read> Rows<R> {
    /// Begins with `source`, which gives UTF-8, from the line `first` of the file on.
    pub(super) fn new(source: R, delimiter: u8, first: u64) -> Self {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Self {
            source,
            delimiter,
            chunk,
            at: 0,
            len: 0,
            place: ScanState::RowStart,
            row: 1,
            row_bytes: 0,
            cells: 1,
            lines: QuotedLines::new(first),
            after_cr: false,
            ended: false,
        }
    }

    /// Returns the source, wherever it stands.
    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Goes on over `self.chunk[self.at..end]`; stops before a blank line's end that is not marked yet. Returns where.
    fn scan(&mut self, end: usize) -> Result<usize, Refusal> {
        let (mut from, mut next) = (self.at, self.at);
        while next < end {
            if self.place == ScanState::RowStart
                && let Some(line) = self.plain_line(next, end)
            {
                self.pass_row(line)?;
                next += line.whole;
                from = next;
                continue;
            }
            if self.place == ScanState::Bare {
                let is_text = |byte: &u8| *byte > b'\r' && *byte != self.delimiter;
                let rest = &self.chunk[next..end];
                let text = &rest[..rest.iter().position(|byte| !is_text(byte)).unwrap_or(rest.len())];
                self.lines.text(text);
                next += text.len();
                if next == end {
                    break;
                }
            }
            let at = next;
            next += 1;
            let byte = self.chunk[at];
            let ends_row = byte == b'\n' || byte == b'\r';
            self.place = match self.place {
                _ if byte == 0 => return Err(Refusal::Binary),
                ScanState::Quoted if byte == b'"' => ScanState::QuoteInQuoted,
                ScanState::Quoted => {
                    self.within(byte);
                    continue;
                }
                ScanState::AfterCr if byte == b'\n' => {
                    from = at + 1;
                    ScanState::RowStart
                }
                ScanState::RowStart | ScanState::AfterCr if ends_row => return Ok(at),
                _ if ends_row => {
                    self.check_row(at - from)?;
                    self.end_row()?;
                    from = at + 1;
                    (self.row, self.row_bytes, self.cells) = (self.row + 1, 0, 1);
                    if byte == b'\r' { ScanState::AfterCr } else { ScanState::RowStart }
                }
                _ if byte == self.delimiter => {
                    if self.place == ScanState::QuoteInQuoted {
                        self.lines.close();
                    }
                    self.lines.delimiter();
                    self.cells += 1;
                    if self.cells > MAX_COLUMNS {
                        return Err(Refusal::TooManyColumns { row: self.row });
                    }
                    ScanState::CellStart
                }
                ScanState::QuoteInQuoted if byte == b'"' => ScanState::Quoted,
                // The parser would go on in the cell as if it had no quotation marks, and take rows for a part of it.
                ScanState::QuoteInQuoted | ScanState::BlankBehindQuote => {
                    if byte != b' ' && byte != b'\t' {
                        return Err(Refusal::BrokenQuote { began: self.lines.opened(), broke: self.lines.line() });
                    }
                    if self.place == ScanState::QuoteInQuoted {
                        self.lines.close();
                    }
                    ScanState::BlankBehindQuote
                }
                ScanState::RowStart | ScanState::AfterCr | ScanState::Marked | ScanState::CellStart if byte == b'"' => {
                    self.lines.open();
                    self.after_cr = false;
                    ScanState::Quoted
                }
                _ => {
                    self.lines.text(&[byte]);
                    ScanState::Bare
                }
            };
        }
        self.check_row(end - from)?;
        self.row_bytes += end - from;
        Ok(end)
    }

    /// Returns the row that begins at `from`, where it is a line without anything to look at with care.
    fn plain_line(&self, from: usize, end: usize) -> Option<PlainLine> {
        if !self.lines.needs_no_text() {
            return None;
        }
        PlainLine::begin(&self.chunk[from..end], self.delimiter).filter(|line| line.cells <= MAX_COLUMNS)
    }

    fn pass_row(&mut self, line: PlainLine) -> Result<(), Refusal> {
        self.check_row(line.text)?;
        self.cells = line.cells;
        self.end_row()?;
        (self.row, self.row_bytes, self.cells) = (self.row + 1, 0, 1);
        Ok(())
    }

    /// Takes a byte within a quotation; a line feed, a carriage return, or both together end a line of it.
    fn within(&mut self, byte: u8) {
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' if after_cr => {}
            b'\n' | b'\r' => self.lines.break_within(),
            _ => self.lines.within(byte, byte == self.delimiter),
        }
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        if self.place == ScanState::QuoteInQuoted {
            self.lines.close();
        }
        let looked = self.lines.end_row(self.cells);
        // In a text that was made of a workbook, every quotation mark is right.
        if self.delimiter == SEPARATOR { Ok(()) } else { looked }
    }

    fn check_row(&self, more: usize) -> Result<(), Refusal> {
        if self.row_bytes + more > MAX_ROW_BYTES { Err(Refusal::RowTooLong { row: self.row }) } else { Ok(()) }
    }
}

impl<R: Read> Read for Rows<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.at == self.len {
            (self.at, self.len) = (0, self.source.read(&mut self.chunk)?);
            if self.len == 0 && self.place == ScanState::Quoted {
                return Err(Refusal::OpenQuote { line: self.lines.opened() }.into());
            }
            if self.len == 0 && !self.ended {
                self.ended = true;
                self.end_row()?;
                let looked = self.lines.end();
                if self.delimiter != SEPARATOR {
                    looked?;
                }
            }
        }
        let from = self.at;
        let mut end = self.len.min(from + out.len());
        if !self.lines.has_heading() {
            // The headings are passed on before the rows below them are looked at, so that they can be told of a file that is refused.
            let is_line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            end = self.chunk[from..end].iter().position(is_line_end).map_or(end, |at| from + at + 1);
        }
        self.at = self.scan(end)?;
        if self.at == from && from < end {
            self.place = ScanState::Marked;
            out[..BLANK_LINE.len()].copy_from_slice(BLANK_LINE.as_bytes());
            return Ok(BLANK_LINE.len());
        }
        let passed = &self.chunk[from..self.at];
        out[..passed.len()].copy_from_slice(passed);
        Ok(passed.len())
    }
}

#[cfg(test)]
mod tests;
