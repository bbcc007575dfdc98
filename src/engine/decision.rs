//! What a job kind answers when the engine asks about an item: what is to be done with it, what came back for its request, and what
//! a look at the server found.

use std::time::Duration;

use crate::journal::{AttemptRecord, Habit, Remember};
use crate::model::{Account, Code, Pins, Status};

/// What is to be done with an item.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Nothing is sent.
    Done {
        /// What became of it.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// What is to be remembered.
        remember: Option<Remember>,
    },
    /// A request is sent.
    Send {
        /// The request.
        request: Account,
        /// What stood on the server before, to settle by.
        before: Option<String>,
        /// What the request changes, held until its outcome is known.
        target: String,
        /// What it would be when it succeeds.
        would: Status,
        /// Field, what it is, what it would be.
        changes: Vec<(String, Option<String>, Option<String>)>,
    },
    /// Nothing is sent: an earlier request, which a look had found not carried out, was carried out after all.
    Late {
        /// What became of it.
        status: Status,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
    },
    /// Not now: it comes again when all other items have had their turn.
    PutOff {
        /// Why, in words.
        why: String,
    },
}

/// The server could not be asked, or its answer ends the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it means for the run.
    pub kind: TroubleKind,
    /// What happened, in words.
    pub words: String,
}

/// What trouble means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// Nothing new may be sent: the program is stopping.
    Stopping,
    /// The server cannot be reached: wait, and go on.
    Unreachable,
    /// The server asked to wait.
    PutOff(Option<Duration>),
    /// It answers, and not as it should: wait, and count it towards `abort_after`.
    Unwell,
    /// Every other request would fail alike: the run ends.
    Fatal,
}

/// What came back for a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What it means.
    pub kind: AnswerKind,
    /// The sending, as it is recorded; `None` when nothing was sent.
    pub attempt: Option<AttemptRecord>,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// What there is to tell, as JSON.
    pub result: Option<String>,
    /// The PINs of what was made or changed.
    pub pins: Pins,
    /// What is to be remembered.
    pub remember: Option<Remember>,
    /// What it has shown of the server.
    pub habit: Option<Habit>,
}

/// What an answer means for the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// Carried out.
    Done(Status),
    /// Not carried out, and never will be.
    Refused,
    /// Not carried out, and neither would any other be: the run ends.
    Fatal,
    /// Settled, and the item needs another request: it is decided again.
    Continued,
    /// Not carried out for now.
    PutOff(Option<Duration>),
    /// Nothing left this machine: the server cannot be reached.
    Unreachable,
    /// Nothing left this machine: it was taken back.
    Withdrawn,
    /// It may have been carried out.
    Unanswered,
    /// The same, and the answer says that the server cannot be used now.
    Unavailable,
}

/// What a look at the server found.
#[derive(Debug, Clone)]
pub enum Look {
    /// It was carried out.
    Found {
        /// What became of it.
        status: Status,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
        /// What is to be remembered.
        remember: Option<Remember>,
    },
    /// It was, and the item needs another request: it is decided again. The words say how far it has come.
    Midway(String),
    /// It was not, as far as this look can tell.
    Absent,
    /// This look cannot tell; another may.
    Untold(String),
    /// The same, for the server cannot be used now: it is waited for.
    Unavailable(String),
    /// No look can tell, as where several things could be what was sent: a person must.
    Unclear(String),
}
