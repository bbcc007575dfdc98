//! Translates a failure of the API for a job: for the run that asked, and for the item whose request it was.

use crate::api::{Attempt, Disposition, Failure};
use crate::clock::Timestamp;
use crate::engine::{Look, OutcomeKind, RequestOutcome, Trouble, TroubleKind};
use crate::model::{AttemptRecord, Pins};

/// Translates a failed look-up into trouble of the run.
pub(super) fn trouble(failure: &Failure, what: &str) -> Trouble {
    let kind = match failure.disposition {
        Disposition::Withdrawn => TroubleKind::Stopping,
        Disposition::Unreachable | Disposition::Unavailable => TroubleKind::Unreachable,
        Disposition::PutOff { after } => TroubleKind::PutOff(after),
        Disposition::Ambiguous | Disposition::Final => TroubleKind::Unwell,
        Disposition::RouteMissing | Disposition::Fatal => TroubleKind::Fatal,
    };
    Trouble { kind, words: format!("{what} could not be read: {}", failure.words) }
}

/// Returns the trouble of a run whose list brings the same meetings again and again.
pub(super) fn endless(list: &str) -> Trouble {
    let words = format!("{list} does not end: the same meetings come again and again");
    Trouble { kind: TroubleKind::Unwell, words }
}

/// Translates a failed look for its item. If the outcome is not found out in time, the item gets these words.
pub(super) fn untold(failure: &Failure) -> Look {
    let words = format!("sent, and what became of it could not be found out: {}", failure.words);
    match failure.disposition {
        Disposition::Withdrawn => Look::Untold("sent, and what became of it could not be found out in time".to_owned()),
        Disposition::Unavailable | Disposition::Unreachable => Look::Unavailable(words),
        _ => Look::Untold(words),
    }
}

/// Translates a failed request for its item.
pub(super) fn failed(failure: Failure, at: Timestamp) -> RequestOutcome {
    let kind = match failure.disposition {
        Disposition::Withdrawn => OutcomeKind::Withdrawn,
        Disposition::Unreachable => OutcomeKind::Unreachable,
        Disposition::PutOff { after } => OutcomeKind::PutOff(after),
        Disposition::Ambiguous => OutcomeKind::Unanswered,
        Disposition::Unavailable => OutcomeKind::Unavailable,
        Disposition::Final => OutcomeKind::Refused,
        Disposition::RouteMissing | Disposition::Fatal => OutcomeKind::Fatal,
    };
    let was_sent = !matches!(kind, OutcomeKind::Withdrawn | OutcomeKind::Unreachable);
    RequestOutcome {
        attempt: was_sent.then(|| record(at, failure.attempt, Some(failure.words.clone()))),
        code: failure.attempt.code,
        error: Some(failure.words),
        ..answer(kind)
    }
}

/// Returns an answer that tells nothing but its meaning.
pub(super) fn answer(kind: OutcomeKind) -> RequestOutcome {
    RequestOutcome {
        kind,
        attempt: None,
        code: None,
        error: None,
        result: None,
        pins: Pins::default(),
        remember: None,
        habit: None,
    }
}

/// Returns the record of a sending.
pub(super) fn record(at: Timestamp, attempt: Attempt, error: Option<String>) -> AttemptRecord {
    AttemptRecord { at, http: attempt.http, code: attempt.code, millis: attempt.millis, error }
}
