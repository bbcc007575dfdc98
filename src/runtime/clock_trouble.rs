//! Describes a clock that is not trusted as a standing trouble, and records it where no runtime is open: `roomkeeper journal prune`
//! needs the journal alone, and none of the secrets.

use super::troubles::letter_about;
use crate::clock::{Doubt, Timestamp};
use crate::config::Config;
use crate::journal::{Journal, JournalError, Seen, TroubleChanges};
use crate::model::TroubleKind;
use crate::report::doubted_clock;

/// The subject of the trouble.
pub(super) const SUBJECT: &str = "clock";

/// Says what a clock that is doubted shows, and what becomes of that.
#[must_use]
pub fn doubted(doubt: &Doubt, config: &Config) -> String {
    doubted_clock(doubt, &config.timezone)
}

/// Returns the trouble.
pub(super) fn seen(doubt: &Doubt, config: &Config) -> Seen {
    Seen { kind: TroubleKind::Clock, subject: SUBJECT.to_owned(), detail: doubted(doubt, config) }
}

/// Records that the clock is doubted, or is not doubted any more. Tells whether a mail about it entered the outbox.
pub async fn record_doubt(
    journal: &Journal,
    config: &Config,
    now: Timestamp,
    doubt: Option<&Doubt>,
) -> Result<bool, JournalError> {
    let is_clock = |kind: TroubleKind, subject: &str| kind == TroubleKind::Clock && subject == SUBJECT;
    let standing = journal.troubles().await?.into_iter();
    let known = standing.filter(|trouble| trouble.job.is_none()).find(|it| is_clock(it.seen.kind, &it.seen.subject));
    let mut changes = TroubleChanges::default();
    let name = (TroubleKind::Clock, SUBJECT.to_owned());
    match (doubt.map(|doubt| seen(doubt, config)), known) {
        (None, None) => return Ok(false),
        (None, Some(_)) => changes.ended.push(name),
        (Some(seen), known) => {
            if !known.as_ref().is_some_and(|known| known.told) {
                changes.letter = letter_about(config, now, None, std::slice::from_ref(&seen));
                changes.told.extend(changes.letter.is_some().then_some(name));
            }
            if known.is_some() { changes.goes_on.push(seen) } else { changes.began.push(seen) }
        }
    }
    let is_mailed = changes.letter.is_some();
    journal.change_troubles(changes, now).await?;
    Ok(is_mailed)
}
