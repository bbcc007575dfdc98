//! Mails that hold PINs: made as soon as the PINs are certain, and sealed before they come near the journal.

use super::drive::Context;
use crate::journal::{JournalError, NewLetter, OpenItem, PrivateLetter};
use crate::model::{Pins, Status};

/// Makes the mail to a person outside about an item that has come to this end, to be committed with it.
pub(super) fn private_letter(
    context: Context<'_>,
    item: &OpenItem,
    status: Status,
    result: Option<&str>,
    pins: &Pins,
) -> Result<Option<PrivateLetter>, JournalError> {
    let Some(notice) = context.session.requests().notice(item, status, result, pins) else { return Ok(None) };
    let Some(letter) = context.render.notice(&notice) else { return Ok(None) };
    let message = context.journal.seal().seal_bytes(&letter.message)?;
    Ok(Some(PrivateLetter {
        letter: NewLetter { message, ..letter },
        topic: notice.topic(),
        supersedes: notice.supersedes(),
        at: notice.at,
    }))
}
