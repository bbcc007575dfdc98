//! Checks that a run does not change more than its job allows: a mangled timetable should not cost a night.

use super::job::Policy;
use super::session::Session;
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, PendingAsked, RunKey, Stop};
use crate::model::ItemNo;

/// Items read at once.
const PAGE: u32 = 500;

/// Returns the reason why the run is not to begin, if it has more pending items that may change something than the
/// job allows. Items that only make sure of earlier work do not count.
pub(super) async fn too_many(
    journal: &Journal,
    clock: &dyn Clock,
    session: &dyn Session,
    policy: &Policy,
    run: RunKey,
    pending: u64,
) -> Result<Option<(Stop, String)>, JournalError> {
    // Most runs have so few that none needs looking at.
    let Some(most) = policy.max_items.filter(|most| pending > *most) else { return Ok(None) };
    let (now, mut after, mut changing) = (clock.now(), ItemNo(0), 0);
    loop {
        let page = journal.pending(PendingAsked { run, after, now, most: PAGE }).await?.items;
        let Some(last) = page.last() else { break };
        after = last.item;
        changing += page.iter().filter(|item| session.may_change(item)).count() as u64;
    }
    let why = format!("{changing} items would change, and max_items allows {most}. Nothing was begun");
    Ok((changing > most).then_some((Stop::Aborted, why)))
}
