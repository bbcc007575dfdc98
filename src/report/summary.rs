//! The facts of a run that has ended, gathered for the one who is told of it.

use crate::clock::{Timestamp, Zone};
use crate::model::{Code, Counts, FileKind, JobKind, JobName, Noun, Outcome, RunId, Status, Trigger};

/// What a run did. Holds no PIN.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The job.
    pub job: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// What its items are called: rows, rooms, meetings.
    pub items: Noun,
    /// The machine it ran on.
    pub host: String,
    /// The run.
    pub run: RunId,
    /// Why it began.
    pub trigger: Trigger,
    /// The time it was due, where it had one.
    pub due: Option<Timestamp>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The job's time zone, in which every time is told.
    pub zone: Zone,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it has made good what an earlier run failed at: [`super::decide`] says so.
    pub recovered: bool,
    /// How its items ended.
    pub counts: Counts,
    /// Why the whole run was refused, failed or stopped, and what to do.
    pub refusal: Option<String>,
    /// The name of the file it was about.
    pub file: Option<String>,
    /// The first items that did not succeed, in the file's order. Of their reasons [`Summary::PROBLEMS_SHOWN`] are told.
    pub problems: Vec<Problem>,
    /// What a person must look at though every item succeeded, such as two meetings where one was wanted.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub notes: Vec<String>,
    /// The names of the files that go with the mail.
    pub attached: Vec<String>,
    /// Where the files are that the run left.
    pub files: Vec<ResultFile>,
    /// When the job runs next.
    pub next: NextRun,
}

/// An item that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its line in the file, as a spreadsheet numbers it.
    pub line: Option<u64>,
    /// What a person knows it by: a title, an owner.
    pub label: String,
    /// What became of it.
    pub status: Status,
    /// The API's code.
    pub code: Option<Code>,
    /// The reason in plain words; where it is blank, the code's or the status's own are used.
    pub error: String,
}

/// A file that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    /// What is in it.
    pub kind: FileKind,
    /// Where it is.
    pub path: String,
}

/// When a job runs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// At that time.
    At(Timestamp),
    /// When a file is dropped.
    WhenFileIsDropped,
    /// Not by itself: it is paused, switched off, or has no schedule.
    NotPlanned,
}

impl Summary {
    /// How many reasons a mail lists.
    pub const PROBLEMS_SHOWN: usize = 20;
}
