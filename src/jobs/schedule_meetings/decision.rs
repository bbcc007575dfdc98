//! Makes the decisions and results that every step knows.

use super::noted::Noted;
use super::planned_action::ItemResult;
use crate::api::Failure;
use crate::engine::Decision;
use crate::model::Status;

/// Returns the result of an item whose meeting is there.
pub(super) fn result_of(noted: &Noted) -> ItemResult {
    ItemResult {
        meeting_id: Some(noted.meeting_id.clone()),
        room_id: noted.room_id.clone(),
        direct_url: noted.direct_url.clone(),
        warning: None,
        note: None,
    }
}

/// Fails an item that the server refuses for good.
pub(super) fn refused(failure: &Failure) -> Decision {
    Decision::Done {
        status: Status::Failed,
        code: failure.attempt.code,
        error: Some(failure.words.clone()),
        result: None,
        remember: None,
    }
}

/// Ends an item without a request.
pub(super) fn done(status: Status, words: &str) -> Decision {
    let error = (!words.is_empty()).then(|| words.to_owned());
    Decision::Done { status, code: None, error, result: None, remember: None }
}
