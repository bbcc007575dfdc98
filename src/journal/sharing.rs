//! Describes what several machines that share one journal tell each other through it.

use super::JobKey;
use crate::model::{RunId, Stop};

/// A job whose runs a process may take over from another that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToTakeOver {
    /// The job.
    pub job: JobKey,
    /// True where its runs read no files that people hand in, so that they can also be planned here.
    pub also_planning: bool,
}

/// The things that other processes have changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// True when a process is gone and has left work that this one may take over.
    pub is_gone: bool,
    /// The pauses of all jobs: another text where one began or ended.
    pub pauses: String,
    /// True when files of this machine's are to be written, of runs that were worked on elsewhere.
    pub files_due: bool,
    /// The runs of this process that are to end early, and why.
    pub stopped: Vec<(RunId, Stop, String)>,
}

/// The work that was taken over from processes that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenOver {
    /// These, in words.
    pub from: Vec<String>,
    /// Their runs, and the job of each.
    pub runs: Vec<(RunId, JobKey)>,
    /// True when there are mails that they were sending.
    pub letters: bool,
}
