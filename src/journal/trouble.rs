//! Describes the troubles that stand outside of any run, so that each is told once.

use super::{JobKey, NewLetter};
use crate::clock::Timestamp;
use crate::model::TroubleKind;

/// A trouble as a look has found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its kind.
    pub kind: TroubleKind,
    /// Its subject, such as a file's name. Within a job and a kind it names the trouble.
    pub subject: String,
    /// The fault, in words: a sentence without its full stop.
    pub detail: String,
}

/// A trouble that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The job that it is about; `None` where it is no single job's.
    pub job: Option<JobKey>,
    /// The fault.
    pub seen: Seen,
    /// Since when it stands.
    pub since: Timestamp,
    /// True when a mail about it entered the outbox.
    pub told: bool,
}

/// The changes that a look made to the troubles of a job, or to those of none.
#[derive(Debug, Clone, Default)]
pub struct TroubleChanges {
    /// The job; `None` where they are no single job's.
    pub job: Option<JobKey>,
    /// Those that began.
    pub began: Vec<Seen>,
    /// Those that go on, and whose detail is another now.
    pub goes_on: Vec<Seen>,
    /// Those that ended, by kind and subject.
    pub ended: Vec<(TroubleKind, String)>,
    /// Those that the letter tells, by kind and subject.
    pub told: Vec<(TroubleKind, String)>,
    /// The mail about them.
    pub letter: Option<NewLetter>,
}
