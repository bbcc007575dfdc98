//! Follows the lines of text that lie within quotation marks, since a mark too many or too few makes rows of the file a part of one
//! cell: where such a line looks like a row of its own, the file is refused.

use super::refusal::Refusal;

/// Of a heading row, so many lines within quotation marks are kept until it is known how many headings there are.
const MOST_SUSPECTS: usize = 1000;

/// A table of so many columns is wide: no sentence has as many commas.
const WIDE: usize = 6;

/// Where the text stands, by lines as an editor counts them, and what the present line holds.
#[derive(Debug)]
pub(super) struct QuotedLines {
    /// The line, from 1.
    line: u64,
    /// The line in which the quotation that was opened last begins.
    opened: u64,
    /// How many cells the row seemed to have by the line in which that quotation begins.
    opened_cells: usize,
    /// How many headings there are, once their row is over.
    width: Option<usize>,
    /// Whether anything stands in the row, so that it is the one of the headings.
    has_text: bool,
    /// Lines within quotation marks in the row of the headings.
    suspects: Vec<Suspect>,
    /// Delimiters of this line outside of quotation marks.
    outside: usize,
    /// What stood in this line within the quotation that was opened last.
    inside: Inside,
    /// The quotation in which this line began, where it began in one.
    began_in: Option<BegunIn>,
    /// The first line of the present row that looks like a row. It is told when the row is over: a quotation that breaks is
    /// told by where it breaks.
    alike: Option<Refusal>,
    /// The line in which the row's first quotation of several lines begins.
    several: Option<u64>,
    /// The line of the row's first mark that stands in a cell without being its beginning.
    stray: Option<u64>,
}

/// What a line holds within one quotation.
#[derive(Debug, Clone, Copy, Default)]
struct Inside {
    delimiters: usize,
    /// Those that no blank follows, as prose has one.
    tight: usize,
    after_delimiter: bool,
    has_text: bool,
}

/// A quotation in which a line began.
#[derive(Debug, Clone, Copy)]
struct BegunIn {
    /// The line in which the quotation begins.
    began: u64,
    /// How many cells the row seemed to have by that line.
    cells: usize,
    /// What the present line holds of it.
    inside: Inside,
}

/// A line that began within a quotation.
#[derive(Debug, Clone, Copy)]
struct Suspect {
    line: u64,
    quotation: BegunIn,
    /// Delimiters behind the quotation's end; `None` where it does not end in this line.
    behind: Option<usize>,
}

impl QuotedLines {
    /// `first` is the number of the first line.
    pub(super) fn new(first: u64) -> Self {
        Self {
            line: first,
            opened: first,
            opened_cells: 0,
            width: None,
            has_text: false,
            suspects: Vec::new(),
            outside: 0,
            inside: Inside::default(),
            began_in: None,
            alike: None,
            several: None,
            stray: None,
        }
    }

    /// The line in which the quotation that was opened last begins.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// The present line.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Notes a byte of a cell without quotation marks; a row with text in it is no blank row.
    pub(super) fn text(&mut self, byte: u8) {
        self.has_text |= self.width.is_none() && byte != b' ' && byte != b'\t';
        if byte == b'"' && self.stray.is_none() {
            self.stray = Some(self.line);
        }
    }

    /// Notes a delimiter outside of quotation marks.
    pub(super) fn delimiter(&mut self) {
        self.outside += 1;
    }

    /// Notes the mark that begins a quotation.
    pub(super) fn open(&mut self) {
        (self.opened, self.inside) = (self.line, Inside::default());
    }

    /// Notes a byte within the quotation, but for line breaks.
    pub(super) fn within(&mut self, byte: u8, is_delimiter: bool) {
        let inside = &mut self.inside;
        inside.tight += usize::from(inside.after_delimiter && byte != b' ');
        inside.after_delimiter = is_delimiter;
        inside.delimiters += usize::from(is_delimiter);
        inside.has_text |= byte != b' ' && byte != b'\t';
    }

    /// Notes that the mark before was the quotation's end.
    pub(super) fn close(&mut self) {
        self.has_text |= self.inside.has_text;
        self.inside.end();
        self.note_inside();
    }

    /// Notes a line's end within the quotation.
    pub(super) fn break_within(&mut self) {
        self.has_text |= self.inside.has_text;
        self.inside.end();
        self.note_inside();
        self.several.get_or_insert(self.opened);
        if self.opened == self.line {
            self.judge(Some(self.outside));
            self.opened_cells = self.outside + self.inside.delimiters + 1;
        } else {
            self.judge(None);
        }
        self.began_in = Some(BegunIn { began: self.opened, cells: self.opened_cells, inside: Inside::default() });
        self.next_line();
    }

    /// Notes the end of a row of `cells` cells, and so of a line.
    pub(super) fn end_row(&mut self, cells: usize) -> Result<(), Refusal> {
        self.judge(Some(self.outside));
        if self.width.is_none() && self.has_text {
            self.width = Some(cells);
            self.alike = self.suspects.drain(..).find_map(|suspect| suspect.judge(cells));
        }
        self.began_in = None;
        self.has_text = false;
        self.next_line();
        // Where a cell of several lines stands in a row with a mark too many in another cell, or with fewer cells than there are
        // headings, as no spreadsheet writes it, its end is anybody's guess.
        let (several, stray) = (self.several.take(), self.stray.take());
        let is_short = self.width.is_some_and(|width| cells < width);
        let guess = several.and_then(|began| {
            let line = stray.or(is_short.then_some(began + 1))?;
            Some(Refusal::RowsInQuote { began, line })
        });
        self.alike.take().or(guess).map_or(Ok(()), Err)
    }

    fn next_line(&mut self) {
        self.line += 1;
        self.outside = 0;
        self.inside = Inside::default();
    }

    /// Notes what the line holds of the quotation that it began in, unless another was opened since.
    fn note_inside(&mut self) {
        let inside = self.inside;
        if let Some(began_in) = self.began_in.as_mut().filter(|began_in| began_in.began == self.opened) {
            began_in.inside = inside;
        }
    }

    fn judge(&mut self, behind: Option<usize>) {
        let Some(quotation) = self.began_in else { return };
        let suspect = Suspect { line: self.line, quotation, behind };
        match self.width {
            Some(width) if self.alike.is_none() => self.alike = suspect.judge(width),
            None if self.suspects.len() < MOST_SUSPECTS => self.suspects.push(suspect),
            _ => {}
        }
    }
}

impl Inside {
    /// A delimiter at the end has an empty cell behind it, and so is none of prose.
    fn end(&mut self) {
        self.tight += usize::from(std::mem::take(&mut self.after_delimiter));
    }
}

impl Suspect {
    /// Refuses a file in which the line has as many cells as there are headings, or as the line in which the quotation begins.
    /// Prose has a blank behind each comma, and hardly as many commas as a wide table; a line that ends the quotation and goes on
    /// with its row's other cells is no row unless the line in which the quotation begins has a row's cells, too. In a table of
    /// one column no line break is a part of a cell, for an id has none.
    fn judge(self, width: usize) -> Option<Refusal> {
        let Self { line, quotation: BegunIn { began, cells, inside }, behind } = self;
        let within = inside.delimiters + 1;
        let as_before = behind.is_none() && cells > 2 && within == cells;
        let whole = inside.tight > 0 && (within == width || as_before) || within == width && width >= WIDE;
        let goes_on = |behind: usize| behind > 0 && inside.delimiters + behind + 1 == width && cells >= width;
        let alike = if width == 1 { inside.has_text } else { whole || behind.is_some_and(goes_on) };
        alike.then_some(Refusal::RowsInQuote { began, line })
    }
}
