//! Defines the answers of a job kind when the engine asks about an item: the decision on it, the meaning of a reply
//! to its request, and the finding of a look at the server.

use std::time::Duration;

use crate::model::{AttemptRecord, Code, Habit, JobPayload, Pins, Remember, Status};

/// A job kind's decision on an item.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Nothing is sent.
    Done {
        /// The item's final status.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// The details for the results, as JSON.
        result: Option<String>,
        /// The fact to be remembered.
        remember: Option<Remember>,
    },
    /// A request is sent.
    Send {
        /// The request.
        request: JobPayload,
        /// The state on the server before, to settle by.
        before: Option<String>,
        /// The change that the request makes, held until its outcome is known.
        target: String,
        /// The status that the item gets when the request succeeds.
        would: Status,
        /// Field, what it is, what it would be.
        changes: Vec<(String, Option<String>, Option<String>)>,
    },
    /// Nothing is sent: an earlier request, which a look had found not carried out, was carried out after all.
    Late {
        /// The item's final status.
        status: Status,
        /// The details for the results, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
    },
    /// Not now: it comes again when all other items have had their turn.
    PutOff {
        /// The reason, in words.
        why: String,
    },
}

impl Decision {
    /// Returns the decision of a dry run to send what gives an item this status: nothing is sent, so no request is made ready.
    #[must_use]
    pub fn unsent(would: Status) -> Self {
        let (request, target) = (JobPayload::default(), String::new());
        Self::Send { request, before: None, target, would, changes: Vec::new() }
    }
}

/// The server could not be asked, or its answer ends the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The meaning for the run.
    pub kind: TroubleKind,
    /// The event, in words.
    pub words: String,
}

/// The meaning of trouble for a run.
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

/// The outcome of a request.
#[derive(Debug, Clone)]
pub struct RequestOutcome {
    /// The meaning of the outcome.
    pub kind: OutcomeKind,
    /// The sending, as it is recorded; `None` when nothing was sent.
    pub attempt: Option<AttemptRecord>,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// The details for the results, as JSON.
    pub result: Option<String>,
    /// The PINs of what was made or changed.
    pub pins: Pins,
    /// The fact to be remembered.
    pub remember: Option<Remember>,
    /// The habit of the server that the outcome has shown.
    pub habit: Option<Habit>,
}

/// The meaning of an outcome for the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
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

impl OutcomeKind {
    /// Tells whether the server answered the request as it should: it is there.
    pub(super) fn is_answered(self) -> bool {
        matches!(self, Self::Done(_) | Self::Refused | Self::Continued | Self::PutOff(_))
    }
}

/// The finding of a look at the server.
#[derive(Debug, Clone)]
pub enum Look {
    /// It was carried out.
    Found {
        /// The item's final status.
        status: Status,
        /// The details for the results, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
        /// The fact to be remembered.
        remember: Option<Remember>,
    },
    /// It was, and the item needs another request: it is decided again. The words say how far it has come.
    Midway(String),
    /// It was not, as far as this look can tell.
    Absent,
    /// The same; but something that resembles it has appeared since it was sent, which may be it in a form of the server's
    /// own. Once nothing else can come, a person must tell.
    Resembled {
        /// A sentence that names the meetings seen.
        words: String,
        /// The fact to be remembered.
        remember: Option<Remember>,
    },
    /// This look cannot tell; another may.
    Untold(String),
    /// The same, for the server cannot be used now: it is waited for.
    Unavailable(String),
    /// No look can tell, as where several things could be what was sent: a person must.
    Unclear(String),
}
