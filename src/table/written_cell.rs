//! Says of the cells that are written what they hold, and which of them a person is to look at.

/// The kind of a column's cells, where the file has such kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Texts, whatever they look like.
    Text,
    /// Whole numbers, where they are written as a number is.
    Number,
    /// Dates, times, and lengths, which may be numbers; what is none of these is a text.
    Time,
}

/// The cell of a line that a person is to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    /// Its column, from 0.
    pub(super) column: usize,
    /// The reason.
    pub(super) words: &'a str,
}
