//! Describes runs that have ended, and decisions that were carried out, in shapes that can travel: the client prints them, here or
//! elsewhere.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::engine::{Expected, RunReport};
use crate::jobs;
use crate::journal::{Pruned, RunView};
use crate::model::{Code, Counts, FileKind, JobKind, JobName, Outcome, RunId, State, Status, Trigger};

/// A run, as in `history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTold {
    /// Its id.
    pub run: RunId,
    /// Its job.
    pub job: JobName,
    /// The job's kind.
    pub kind: JobKind,
    /// The reason why it began.
    pub trigger: Trigger,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// The time at which it began.
    pub started: Timestamp,
    /// The time at which it ended; none while it is under way.
    pub ended: Option<Timestamp>,
    /// Its outcome.
    pub outcome: Option<Outcome>,
    /// The counts of its items.
    pub counts: Counts,
    /// The file that it worked on: dropped, or named on the command line.
    pub file: Option<String>,
    /// The reason why it was refused whole, or ended early.
    pub error: Option<String>,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The run.
    pub run: RunTold,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// Remarks for a person besides, each a sentence.
    pub remarks: Vec<String>,
    /// Files that it left.
    pub files: Vec<RunFile>,
    /// The requests that were expected of it; `None` where that was not known.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// An item that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row of the file.
    pub line: Option<u32>,
    /// For people.
    pub label: String,
    /// The item's status.
    pub status: Status,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
}

/// A file that a run left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFile {
    /// The file's kind.
    pub kind: FileKind,
    /// The file's path.
    pub path: PathBuf,
}

/// The effect of a command that begins no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// The job runs by itself no more.
    Paused {
        /// The job.
        job: JobName,
        /// True when it was so already.
        already: bool,
    },
    /// The job runs by itself.
    Resumed {
        /// The job.
        job: JobName,
        /// False when it was not paused.
        was_paused: bool,
    },
    /// The run ends: what is under way finishes, the rest is left undone.
    Cancelled {
        /// The run.
        run: RunId,
    },
    /// The run was over already.
    Over {
        /// The run.
        run: RunId,
        /// Its outcome, where that is known.
        outcome: Option<Outcome>,
    },
    /// Old things were forgotten.
    Pruned(Pruned),
    /// So many mails are tried now.
    MailsTried(usize),
    /// A mail is not sent any more.
    MailDropped {
        /// Its subject.
        subject: String,
    },
}

impl RunTold {
    /// Tells a run as the journal has it.
    #[must_use]
    pub fn of(run: &RunView) -> Self {
        Self {
            run: run.id,
            job: run.job.clone(),
            kind: run.kind,
            trigger: run.trigger,
            due: run.due,
            started: run.started,
            ended: run.ended,
            outcome: run.outcome,
            counts: run.counts.clone(),
            file: run.file.clone().or_else(|| jobs::kind(run.kind).file_of(&run.input)),
            error: run.error.clone(),
        }
    }
}

impl Ended {
    /// Tells a run that ended just now.
    #[must_use]
    pub fn of(report: &RunReport) -> Self {
        let finished = &report.finished;
        let problems = report.problems.iter().filter_map(|item| match item.state {
            State::Done(status) => Some(Problem {
                line: item.line,
                label: item.label.clone(),
                status,
                code: item.code,
                error: item.error.clone(),
            }),
            State::Pending | State::Sending | State::Settling { .. } => None,
        });
        Self {
            run: RunTold::of(&report.run),
            problems: problems.collect(),
            remarks: remarks(&report.run),
            files: finished.files.iter().map(|(kind, path)| RunFile { kind: *kind, path: path.clone() }).collect(),
            expected: None,
        }
    }

    /// Describes a run that another process ended, of which only the journal tells.
    #[must_use]
    pub fn by_others(run: &RunView) -> Self {
        Self { run: RunTold::of(run), problems: Vec::new(), remarks: remarks(run), files: Vec::new(), expected: None }
    }
}

/// Returns all that there is to say of a run besides its items, each a sentence.
pub(super) fn remarks(run: &RunView) -> Vec<String> {
    run.remarks.iter().cloned().chain(jobs::kind(run.kind).remarks(&run.input)).collect()
}
