//! Holds the facts of a run that has ended, gathered for the reader who is told of it.

use crate::clock::{Timestamp, Zone};
use crate::model::{Code, Counts, FileKind, JobKind, JobName, Noun, Outcome, RunId, Status, Trigger};

/// The facts of what a run did. Holds no PIN.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The job.
    pub job: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// The noun for its items: rows, rooms, meetings.
    pub items: Noun,
    /// The machine it ran on.
    pub host: String,
    /// The run.
    pub run: RunId,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The time it was due, where it had one.
    pub due: Option<Timestamp>,
    /// The time at which it began.
    pub started: Timestamp,
    /// The time at which it ended.
    pub ended: Timestamp,
    /// The job's time zone, in which every time is told.
    pub zone: Zone,
    /// Its outcome.
    pub outcome: Outcome,
    /// True when it has made good what an earlier run failed at: [`super::decide`] says so.
    pub recovered: bool,
    /// The number of its items in each status.
    pub counts: Counts,
    /// The reason why the whole run was refused, failed or stopped, and what to do.
    pub refusal: Option<String>,
    /// The name of the file it was about.
    pub file: Option<String>,
    /// The first items that did not succeed, in the file's order. Of their reasons [`Summary::PROBLEMS_SHOWN`] are told.
    pub problems: Vec<Problem>,
    /// The things that a person must look at though every item succeeded, such as two meetings where one was wanted.
    pub warnings: Vec<String>,
    /// Further facts that are good to know.
    pub notes: Vec<String>,
    /// The names of the files that go with the mail.
    pub attached: Vec<String>,
    /// The files that the run left.
    pub files: Vec<ResultFile>,
    /// The job's next run.
    pub next: NextRun,
}

/// An item that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its line in the file, as a spreadsheet numbers it.
    pub line: Option<u64>,
    /// The name by which a person knows it: a title, an owner.
    pub label: String,
    /// Its final status.
    pub status: Status,
    /// The API's code.
    pub code: Option<Code>,
    /// The reason in plain words; where it is blank, the code's or the status's own are used.
    pub error: String,
}

/// A file that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    /// The kind of file, by its content.
    pub kind: FileKind,
    /// Its path.
    pub path: String,
}

/// The time of a job's next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// At that time.
    At(Timestamp),
    /// A run begins as soon as a file is dropped.
    WhenFileIsDropped,
    /// Not by itself: it is paused, switched off, or has no schedule.
    NotPlanned,
}

impl Summary {
    /// The number of reasons that a mail lists.
    pub const PROBLEMS_SHOWN: usize = 20;
}
