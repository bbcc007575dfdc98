//! Follows the lines of text that lie within quotation marks, since a mark too many or too few makes rows of the file a part of
//! one cell: where such a line looks like a row of its own, the file is refused.

use super::line_head::{FirstCell, LineHead, Origin};
use super::refusal::Refusal;
use super::suspect::{BegunIn, Behind, Inside, Likeness, RowWidths, Suspect};

/// Of a heading row, so many lines within quotation marks are kept until it is known how many headings there are.
const MOST_SUSPECTS: usize = 1000;

/// So many different widths of rows are kept.
const MOST_WIDTHS: usize = 16;

/// The place of the text, by lines as an editor counts them, and the content of the present line.
#[derive(Debug)]
pub(super) struct QuotedLines {
    /// The line, from 1.
    line: u64,
    /// The line in which the quotation that was opened last begins.
    opened: u64,
    /// The number of cells the row has up to that quotation, and the number it seemed to have by the line in which it begins.
    opened_cells: (usize, usize),
    /// The number of headings, once their row is over.
    width: Option<usize>,
    /// True when anything stands in the row, so that it is the one of the headings.
    has_text: bool,
    /// Lines within quotation marks in the row of the headings.
    suspects: Vec<Suspect>,
    /// Delimiters of this line outside of quotation marks.
    outside: usize,
    /// Those of them that stand before the line's last cell that says something.
    filled: usize,
    /// The content of this line within the quotation that was opened last.
    inside: Inside,
    /// The quotation in which this line began, where it began in one.
    began_in: Option<BegunIn>,
    /// The first line of the present row that looks like a row. It is told when the row is over: a quotation that breaks is
    /// told by where it breaks.
    alike: Option<Refusal>,
    /// The first line that looks like a row for its blank cells at the end: of a row with more cells than there are headings,
    /// these may be stray delimiters.
    perhaps: Option<Refusal>,
    /// The numbers of cells that the rows of one line have.
    widths: Vec<usize>,
    /// Rows with more cells than there are headings that hold such a line, by their cells: they are right where a row of one line
    /// has as many, too.
    doubtful: Vec<(usize, Refusal)>,
    /// Lines within quotation marks with fewer cells than there are headings, by their cells: they are rows where a row of one line
    /// has as many.
    narrow: Vec<(usize, Refusal)>,
    /// The line in which the row's first quotation of several lines begins.
    several: Option<u64>,
    /// The line of the row's first mark that stands in a cell without being its beginning.
    stray: Option<u64>,
    /// The beginning of this line.
    head: LineHead,
    /// The file's origin, by its headings.
    origin: Origin,
    /// The line in which the row begins.
    row_began: u64,
    /// The row is one that we wrote.
    is_ours: bool,
}

impl QuotedLines {
    /// Begins at the first line; `first` is its number.
    pub(super) fn new(first: u64) -> Self {
        Self {
            line: first,
            opened: first,
            opened_cells: (0, 0),
            width: None,
            has_text: false,
            suspects: Vec::new(),
            outside: 0,
            filled: 0,
            inside: Inside::default(),
            began_in: None,
            alike: None,
            perhaps: None,
            widths: Vec::new(),
            doubtful: Vec::new(),
            narrow: Vec::new(),
            several: None,
            stray: None,
            head: LineHead::new(),
            origin: Origin::Foreign,
            row_began: first,
            is_ours: false,
        }
    }

    /// Returns the line in which the quotation that was opened last begins.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// Tells whether the row of headings has ended.
    pub(super) fn has_heading(&self) -> bool {
        self.width.is_some()
    }

    /// Tells whether nothing is kept of rows of one line that hold no quotation mark, but for their number of cells.
    pub(super) fn needs_no_text(&self) -> bool {
        self.width.is_some() && !self.head.is_kept()
    }

    /// Returns the present line.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Notes bytes of a cell without quotation marks; a row with text in it is no blank row.
    pub(super) fn text(&mut self, bytes: &[u8]) {
        self.head.push_all(bytes);
        let says = bytes.iter().any(|byte| *byte != b' ' && *byte != b'\t');
        self.has_text |= self.width.is_none() && says;
        if says {
            self.filled = self.outside;
        }
        if self.stray.is_none() && bytes.contains(&b'"') {
            self.stray = Some(self.line);
        }
    }

    /// Notes a delimiter outside of quotation marks.
    pub(super) fn delimiter(&mut self) {
        self.head.push(0, true);
        self.outside += 1;
    }

    /// Notes the mark that begins a quotation.
    pub(super) fn open(&mut self) {
        (self.opened, self.inside) = (self.line, Inside::default());
    }

    /// Notes a byte within the quotation, but for line breaks.
    pub(super) fn within(&mut self, byte: u8, is_delimiter: bool) {
        self.head.push(byte, is_delimiter);
        let inside = &mut self.inside;
        inside.tight += usize::from(inside.after_delimiter && byte != b' ');
        inside.after_delimiter = is_delimiter;
        inside.delimiters += usize::from(is_delimiter);
        inside.has_text |= byte != b' ' && byte != b'\t';
    }

    /// Notes that the mark before was the quotation's end.
    pub(super) fn close(&mut self) {
        self.has_text |= self.inside.has_text;
        if self.inside.has_text {
            self.filled = self.outside;
        }
        self.inside.end();
        self.note_inside();
    }

    /// Notes a line's end within the quotation.
    pub(super) fn break_within(&mut self) {
        self.has_text |= self.inside.has_text;
        self.inside.end();
        self.note_inside();
        self.note_first_line();
        self.several.get_or_insert(self.opened);
        if self.opened == self.line {
            // Read as a row, the line has cells in the quotation that goes on, too.
            let all = self.outside + self.inside.cells();
            self.judge(Some(Behind { all, filled: if self.inside.has_text { all } else { self.filled } }));
            self.opened_cells = (self.outside + 1, all + 1);
        } else {
            self.judge(None);
        }
        let (before, cells) = self.opened_cells;
        let is_measure = !self.is_ours || self.opened == self.row_began;
        self.began_in = Some(BegunIn { began: self.opened, before, cells, is_measure, inside: Inside::default() });
        self.next_line();
    }

    /// Notes the end of a row of `cells` cells, and so of a line.
    pub(super) fn end_row(&mut self, cells: usize) -> Result<(), Refusal> {
        self.note_first_line();
        self.judge(Some(Behind { all: self.outside, filled: self.filled }));
        let is_heading = self.width.is_none() && self.has_text;
        if is_heading {
            self.width = Some(cells);
            for suspect in std::mem::take(&mut self.suspects) {
                self.note(suspect, cells);
            }
            if self.origin == Origin::Foreign {
                self.head.stop();
            }
        }
        self.began_in = None;
        self.has_text = false;
        // Of the cells that say something behind a cell of several lines one may be too many; more than that may be those of
        // another row.
        let said = cells - (self.outside - self.filled).min(cells);
        let beyond = (self.filled > 0 && self.width.is_some_and(|width| said > width + 1)).then_some(self.line);
        self.next_line();
        (self.row_began, self.is_ours) = (self.line, false);
        // If a cell of several lines stands in a row with a mark too many in another cell, or with fewer cells than there are
        // headings, as no spreadsheet writes it, its end cannot be known.
        let (several, stray) = (self.several.take(), self.stray.take());
        if several.is_none() && !is_heading {
            self.note_width(cells);
        } else if let Some(refusal) = self.perhaps.take() {
            self.doubt(cells, refusal);
        }
        let is_short = self.width.is_some_and(|width| cells < width);
        let guess = several.and_then(|began| {
            let line = stray.or(beyond).or(is_short.then_some(began + 1))?;
            Some(Refusal::RowsInQuote { began, line })
        });
        self.alike.take().or(guess).map_or(Ok(()), Err)
    }

    /// Notes the end of the text: what is still in doubt, no other row of the file explains.
    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        self.doubtful.drain(..).next().map_or(Ok(()), |(_, refusal)| Err(refusal))
    }

    /// Notes how many cells a row of one line has.
    fn note_width(&mut self, cells: usize) {
        if self.width.is_none() || self.widths.contains(&cells) || self.widths.len() == MOST_WIDTHS {
            return;
        }
        self.widths.push(cells);
        self.doubtful.retain(|(doubtful, _)| *doubtful != cells);
        if let Some(at) = self.narrow.iter().position(|(narrow, _)| *narrow == cells) {
            let (_, refusal) = self.narrow.swap_remove(at);
            self.alike.get_or_insert(refusal);
        }
    }

    /// Keeps what speaks against a row until another row of as many cells has been seen, or none.
    fn doubt(&mut self, cells: usize, refusal: Refusal) {
        let is_wide = self.width.is_some_and(|width| cells > width);
        if !is_wide || self.doubtful.len() == MOST_WIDTHS {
            self.alike.get_or_insert(refusal);
        } else if !self.widths.contains(&cells) && self.doubtful.iter().all(|(doubtful, _)| *doubtful != cells) {
            self.doubtful.push((cells, refusal));
        }
    }

    fn next_line(&mut self) {
        self.line += 1;
        self.head.next_line();
        (self.outside, self.filled) = (0, 0);
        self.inside = Inside::default();
    }

    /// Notes what the line holds of the quotation that it began in, unless another was opened since.
    fn note_inside(&mut self) {
        let inside = self.inside;
        if let Some(began_in) = self.began_in.as_mut().filter(|began_in| began_in.began == self.opened) {
            began_in.inside = inside;
        }
    }

    /// Notes the end of the row's first line: who wrote the row stands at its beginning.
    fn note_first_line(&mut self) {
        if self.line != self.row_began {
            return;
        }
        if self.width.is_none() {
            self.origin = self.head.origin();
        } else {
            self.is_ours = match self.origin {
                Origin::Foreign => false,
                Origin::Tokens => self.head.first_cell() == FirstCell::Token,
                Origin::Ours => true,
            };
        }
    }

    fn judge(&mut self, behind: Option<Behind>) {
        let Some(quotation) = self.began_in else { return };
        let suspect = Suspect { line: self.line, quotation, first: self.head.first_cell(), behind };
        match self.width {
            Some(width) => self.note(suspect, width),
            None if self.suspects.len() < MOST_SUSPECTS => self.suspects.push(suspect),
            None => {}
        }
    }

    fn note(&mut self, suspect: Suspect, headings: usize) {
        let refusal = Refusal::RowsInQuote { began: suspect.quotation.began, line: suspect.line };
        if self.origin != Origin::Foreign && suspect.first == FirstCell::Token {
            self.alike.get_or_insert(refusal);
            return;
        }
        let begins_like_none =
            suspect.first == FirstCell::Text || suspect.first == FirstCell::OurColumns && self.origin == Origin::Tokens;
        if self.is_ours && begins_like_none {
            return;
        }
        match suspect.judge(RowWidths { headings, seen: &self.widths }) {
            Likeness::Text => {
                if let Some(cells) = suspect.narrow_row(headings) {
                    self.note_narrow(cells, refusal);
                }
            }
            Likeness::PerhapsRow => _ = self.perhaps.get_or_insert(refusal),
            Likeness::Row => _ = self.alike.get_or_insert(refusal),
        }
    }
}

impl QuotedLines {
    /// Takes a line for a row where a row of one line has as many cells, before or behind it.
    fn note_narrow(&mut self, cells: usize, refusal: Refusal) {
        if self.widths.contains(&cells) {
            self.alike.get_or_insert(refusal);
        } else if self.narrow.len() < MOST_WIDTHS && self.narrow.iter().all(|(narrow, _)| *narrow != cells) {
            self.narrow.push((cells, refusal));
        }
    }
}
