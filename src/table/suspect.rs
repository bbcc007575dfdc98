//! Tells whether a line within quotation marks looks like a row of the file.

use super::line_head::FirstCell;

/// A table of so many columns is wide: no sentence has as many commas.
const WIDE: usize = 6;

/// The content of a line within one quotation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inside {
    pub(super) delimiters: usize,
    /// Those that no blank follows, as prose has one.
    pub(super) tight: usize,
    pub(super) after_delimiter: bool,
    pub(super) has_text: bool,
}

/// A quotation in which a line began.
#[derive(Debug, Clone, Copy)]
pub(super) struct BegunIn {
    /// The line in which the quotation begins.
    pub(super) began: u64,
    /// The number of cells the row has up to it.
    pub(super) before: usize,
    /// The number of cells the row seemed to have by that line.
    pub(super) cells: usize,
    /// Other rows may have as many: that number is the row's from its beginning on, or who wrote the row is not known.
    pub(super) is_measure: bool,
    /// The content of the present line within it.
    pub(super) inside: Inside,
}

/// A line that began within a quotation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspect {
    pub(super) line: u64,
    pub(super) quotation: BegunIn,
    pub(super) first: FirstCell,
    /// The text behind the quotation's end; `None` if it does not end in this line.
    pub(super) behind: Option<Behind>,
}

/// Delimiters behind a quotation's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    pub(super) all: usize,
    /// Those before the last cell that says something.
    pub(super) filled: usize,
}

/// The kind of line that a line within a quotation is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Text of a cell.
    Text,
    /// A row, unless the blank cells at its end are stray delimiters.
    PerhapsRow,
    /// A row.
    Row,
}

/// The numbers of cells that the rows of the file have.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowWidths<'a> {
    pub(super) headings: usize,
    /// Of the rows of one line so far.
    pub(super) seen: &'a [usize],
}

impl Inside {
    /// A delimiter at the end has an empty cell behind it, and so is none of prose.
    pub(super) fn end(&mut self) {
        self.tight += usize::from(std::mem::take(&mut self.after_delimiter));
    }

    /// Returns the number of delimiters that separate cells, if the line is a row: of those of prose, none.
    pub(super) fn cells(self) -> usize {
        if self.tight * 2 > self.delimiters { self.delimiters } else { self.tight }
    }
}

impl Suspect {
    /// Returns how many cells the line has where it lies whole within the quotation, is no prose, and has fewer than there are
    /// headings: some programs leave the blank cells at a row's end out.
    pub(super) fn narrow_row(&self, headings: usize) -> Option<usize> {
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
    pub(super) fn judge(self, widths: RowWidths<'_>) -> Likeness {
        let Self { quotation: BegunIn { before, cells, is_measure, inside, .. }, behind, .. } = self;
        let width = widths.headings;
        if width == 1 {
            return if inside.has_text { Likeness::Row } else { Likeness::Text };
        }
        let within = inside.delimiters + 1;
        let as_before = is_measure && behind.is_none() && cells > 2 && within == cells;
        let is_wider = inside.tight == inside.delimiters && within > width && cells >= width;
        if inside.tight > 0 && (within == width || as_before || is_wider) || within == width && width >= WIDE {
            return Likeness::Row;
        }
        let Some(behind) = behind.filter(|behind| behind.all > 0) else { return Likeness::Text };
        let (whole, filled) = (inside.delimiters + behind.all + 1, inside.cells() + behind.filled + 1);
        let as_before = is_measure && inside.tight > 0 && whole > 2 && whole == cells && widths.seen == [whole];
        match cells >= width {
            true if filled >= width || before < width && whole >= width => Likeness::Row,
            true if whole >= width => Likeness::PerhapsRow,
            false if as_before => Likeness::Row,
            _ => Likeness::Text,
        }
    }
}
