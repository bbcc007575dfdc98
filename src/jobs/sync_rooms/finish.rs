//! Reports on a run for the mail: which fields had which values before, and whether it all looks right.

use super::session::SyncSession;
use crate::engine::Finished;
use crate::jobs::rooms::RoomResult;
use crate::jobs::suspicion::{half_gone, nothing_found, previous_total};
use crate::model::{Counts, ItemFilter, ItemView, State, Status};

/// Rooms whose changes the mail tells one by one.
const TOLD: u64 = 8;

pub(super) async fn finish(session: &SyncSession, counts: &Counts) -> Finished {
    let mut finished = Finished::default();
    match gone_and_changed(session, &mut finished.notes).await {
        Ok(gone) => finished.warnings.extend(half_gone(gone, counts.total(), "rooms")),
        Err(why) => finished.notes.push(format!("What was changed could not be read from the journal: {why}.")),
    }
    match previous_total(&session.tools.recall, &session.name, session.run.key).await {
        Ok(previous) => finished.warnings.extend(nothing_found(previous, counts.total(), "rooms")),
        Err(error) => tracing::warn!(%error, "what the last run found could not be read"),
    }
    finished
}

/// Notes the first rooms' changes; tells how many rooms are gone.
async fn gone_and_changed(session: &SyncSession, notes: &mut Vec<String>) -> Result<u64, String> {
    let Some(run) = session.run.key else { return Ok(0) };
    let (mut gone, mut changed) = (0, 0);
    let mut pages = session.tools.recall.items(run, ItemFilter::All);
    while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
        for item in &page {
            let result = RoomResult::read(item.result.as_deref());
            gone += u64::from(result.gone);
            if item.state == State::Done(Status::Updated) {
                changed += 1;
                if changed <= TOLD {
                    notes.push(told(item, &result));
                }
            }
        }
    }
    if changed > TOLD {
        let more = changed - TOLD;
        notes.push(format!(
            "and {more} more rooms changed; `roomkeeper show {}` tells old and new of each",
            session.run.id.short()
        ));
    }
    Ok(gone)
}

fn told(item: &ItemView, result: &RoomResult) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not told".to_owned());
    let fields: Vec<_> = result
        .changes
        .iter()
        .map(|(field, [old, new])| format!("{field} was {}, is {}", value(old), value(new)))
        .collect();
    if fields.is_empty() {
        format!("{}: made right", item.label)
    } else {
        format!("{}: {}", item.label, fields.join("; "))
    }
}
