//! Describes rows as they were handed in with an earlier run, and what a job remembers, page by page: by this a file that comes back is
//! held against what it was.

use super::{ItemNo, JobKey, MeetingId, RunId};

/// Rows that were handed in with one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// The run's id.
    pub run: RunId,
    /// Its job.
    pub job: JobKey,
    /// The job kind's own payload of its input.
    pub input: String,
    /// The rows, in the order in which they were asked for; `None` for an item that there is not, or that came of no row.
    pub rows: Vec<Option<HandedRow>>,
}

/// A row as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedRow {
    /// The item that it became.
    pub item: ItemNo,
    /// The identity that names the same item again within the job.
    pub identity: Option<String>,
    /// The row's own cells.
    pub source: String,
}

/// One thing that a job made, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The identity of the item that made it.
    pub identity: String,
    /// The server's id of it.
    pub resource: MeetingId,
    /// The job kind's own payload of it.
    pub facts: String,
}
