//! Names the purposes of the files that a run leaves.

use serde::{Deserialize, Serialize};

/// The purpose of a file that a run left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
