//! What a file that a run left is for.

/// What a file that a run left is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// One line for each row, with what became of it.
    Results,
    /// The rows that did not succeed, to be corrected and handed in again.
    Retry,
    /// The file that was handed in.
    Original,
    /// Meetings that took place.
    Export,
    /// Rooms with their new PINs.
    PinSheet,
}
