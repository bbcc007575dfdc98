//! Follows the lines of text that lie within quotation marks, since a mark too many or too few makes rows of the file a part of
//! one cell: where such a line looks like a row of its own, the file is refused.

use super::refusal::Refusal;

/// Of a heading row, so many lines within quotation marks are kept until it is known how many headings there are.
const MOST_SUSPECTS: usize = 1000;

/// A table of so many columns is wide: no sentence has as many commas.
const WIDE: usize = 6;

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
}

/// The content of a line within one quotation.
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
    /// The number of cells the row has up to it.
    before: usize,
    /// The number of cells the row seemed to have by that line.
    cells: usize,
    /// The content of the present line within it.
    inside: Inside,
}

/// A line that began within a quotation.
#[derive(Debug, Clone, Copy)]
struct Suspect {
    line: u64,
    quotation: BegunIn,
    /// The text behind the quotation's end; `None` if it does not end in this line.
    behind: Option<Behind>,
}

/// Delimiters behind a quotation's end.
#[derive(Debug, Clone, Copy)]
struct Behind {
    all: usize,
    /// Those before the last cell that says something.
    filled: usize,
}

/// The kind of line that a line within a quotation is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// Text of a cell.
    Text,
    /// A row, unless the blank cells at its end are stray delimiters.
    PerhapsRow,
    /// A row.
    Row,
}

/// The numbers of cells that the rows of the file have.
#[derive(Debug, Clone, Copy)]
struct RowWidths<'a> {
    headings: usize,
    /// Of the rows of one line so far.
    seen: &'a [usize],
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

    /// Returns the present line.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Notes a byte of a cell without quotation marks; a row with text in it is no blank row.
    pub(super) fn text(&mut self, byte: u8) {
        let says = byte != b' ' && byte != b'\t';
        self.has_text |= self.width.is_none() && says;
        if says {
            self.filled = self.outside;
        }
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
        self.began_in = Some(BegunIn { began: self.opened, before, cells, inside: Inside::default() });
        self.next_line();
    }

    /// Notes the end of a row of `cells` cells, and so of a line.
    pub(super) fn end_row(&mut self, cells: usize) -> Result<(), Refusal> {
        self.judge(Some(Behind { all: self.outside, filled: self.filled }));
        let is_heading = self.width.is_none() && self.has_text;
        if is_heading {
            self.width = Some(cells);
            for suspect in std::mem::take(&mut self.suspects) {
                self.note(suspect, cells);
            }
        }
        self.began_in = None;
        self.has_text = false;
        // Of the cells that say something behind a cell of several lines one may be too many; more than that may be those of
        // another row.
        let said = cells - (self.outside - self.filled).min(cells);
        let beyond = (self.filled > 0 && self.width.is_some_and(|width| said > width + 1)).then_some(self.line);
        self.next_line();
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

    fn judge(&mut self, behind: Option<Behind>) {
        let Some(quotation) = self.began_in else { return };
        let suspect = Suspect { line: self.line, quotation, behind };
        match self.width {
            Some(width) => self.note(suspect, width),
            None if self.suspects.len() < MOST_SUSPECTS => self.suspects.push(suspect),
            None => {}
        }
    }

    fn note(&mut self, suspect: Suspect, headings: usize) {
        let likeness = suspect.judge(RowWidths { headings, seen: &self.widths });
        let refusal = Refusal::RowsInQuote { began: suspect.quotation.began, line: suspect.line };
        match likeness {
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

impl Inside {
    /// A delimiter at the end has an empty cell behind it, and so is none of prose.
    fn end(&mut self) {
        self.tight += usize::from(std::mem::take(&mut self.after_delimiter));
    }

    /// Returns the number of delimiters that separate cells, if the line is a row: of those of prose, none.
    fn cells(self) -> usize {
        if self.tight * 2 > self.delimiters { self.delimiters } else { self.tight }
    }
}

impl Suspect {
    /// Returns how many cells the line has where it lies whole within the quotation, is no prose, and has fewer than there are
    /// headings: some programs leave the blank cells at a row's end out.
    fn narrow_row(&self, headings: usize) -> Option<usize> {
        let ends_here = self.behind.is_none_or(|behind| behind.all == 0);
        let cells = self.quotation.inside.cells() + 1;
        (ends_here
            && cells > 2
            && cells < headings
            && self.quotation.inside.tight * 2 > self.quotation.inside.delimiters)
            .then_some(cells)
    }

    /// Compares the line with the file's rows. Prose has a blank behind each comma, and hardly as many commas as a wide table; a
    /// line that ends the quotation and goes on with its row's other cells is no row unless the line in which the quotation
    /// begins has a row's cells, too. In a table of one column no line break is a part of a cell, for an id has none.
    fn judge(self, widths: RowWidths<'_>) -> Likeness {
        let Self { quotation: BegunIn { before, cells, inside, .. }, behind, .. } = self;
        let width = widths.headings;
        if width == 1 {
            return if inside.has_text { Likeness::Row } else { Likeness::Text };
        }
        let within = inside.delimiters + 1;
        let as_before = behind.is_none() && cells > 2 && within == cells;
        let is_wider = inside.tight == inside.delimiters && within > width && cells >= width;
        if inside.tight > 0 && (within == width || as_before || is_wider) || within == width && width >= WIDE {
            return Likeness::Row;
        }
        let Some(behind) = behind.filter(|behind| behind.all > 0) else { return Likeness::Text };
        let (whole, filled) = (inside.delimiters + behind.all + 1, inside.cells() + behind.filled + 1);
        let as_before = inside.tight > 0 && whole > 2 && whole == cells && widths.seen == [whole];
        match cells >= width {
            true if filled >= width || before < width && whole >= width => Likeness::Row,
            true if whole >= width => Likeness::PerhapsRow,
            false if as_before => Likeness::Row,
            _ => Likeness::Text,
        }
    }
}
