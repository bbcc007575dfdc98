//! Reports on a run beside its items: that nothing was selected, and whether that is strange.

use super::desired_lobby::{Before, LobbyPayload};
use super::kept::says_that_it_is_there;
use super::send::NOT_TAKEN_AWAY;
use super::session::LobbySession;
use crate::engine::{Finished, Recall, RecordError};
use crate::model::{Counts, HistoryFilter, ItemFilter, ItemView, RunKey, Stage, Trigger};

/// From so many on, meetings that have vanished are worth a warning.
const MANY: u64 = 10;
/// Earlier runs that are looked through for one that found meetings.
const RUNS: u32 = 20;

pub(super) async fn finish(session: &LobbySession, counts: &Counts) -> Finished {
    let mut finished = Finished::default();
    if counts.total() > 0 {
        tell_steps(session, &mut finished).await;
        return finished;
    }
    if session.run.retry_of.is_some() {
        finished.notes.push("Nothing was left to be done again.".to_owned());
        return finished;
    }
    match vanished(session).await {
        Ok(n) if n >= MANY => finished.warnings.push(format!(
            "No meeting is selected, and the last run found {n} that are still to begin. Was `select` changed, or are meetings missing on the server?"
        )),
        Ok(_) => finished.notes.push("No meeting is selected: there was nothing to do.".to_owned()),
        Err(error) => {
            tracing::warn!(%error, "the last run could not be compared with this one");
            finished.notes.push("No meeting is selected: there was nothing to do.".to_owned());
        }
    }
    finished
}

/// Tells of lobbies that were taken away to be added anew: that is good to know, and where one may be missing now, worth a look.
async fn tell_steps(session: &LobbySession, finished: &mut Finished) {
    let Some(run) = session.run.key else { return };
    match steps(&session.tools.recall, run).await {
        Ok((anew, missing)) => {
            if anew > 0 {
                let lobbies = lobbies(anew, "was taken away and added anew", "were taken away and added anew");
                finished.notes.push(format!("{lobbies}, since the server does not read changes to a lobby."));
            }
            if missing > 0 {
                let lobbies =
                    lobbies(missing, "was to be taken away and added anew", "were to be taken away and added anew");
                finished.warnings.push(format!(
                    "{lobbies}, and that did not come to its end: those meetings may show none until the next run adds it."
                ));
            }
        }
        Err(error) => tracing::warn!(%error, "the journal could not tell how lobbies were changed"),
    }
}

/// Counts the lobbies that were added anew, and those that may be missing now.
async fn steps(recall: &Recall, run: RunKey) -> Result<(u64, u64), RecordError> {
    let mut missing = 0;
    let count = |item: ItemView| {
        let before = item.before.as_deref().and_then(|text| serde_json::from_str::<Before>(text).ok());
        let is_there = item
            .error
            .as_deref()
            .is_some_and(|error| says_that_it_is_there(error) || error.starts_with(NOT_TAKEN_AWAY));
        missing += u64::from(!is_there && before.is_some_and(|before| before.anew));
        Ok::<_, RecordError>(())
    };
    recall.each_item(run, ItemFilter::Problems, count).await?;
    Ok((recall.took_steps(run).await?, missing))
}

fn lobbies(number: u64, one: &str, several: &str) -> String {
    if number == 1 { format!("1 lobby {one}") } else { format!("{number} lobbies {several}") }
}

/// Returns how many meetings the last run had that should still be upcoming.
async fn vanished(session: &LobbySession) -> Result<u64, RecordError> {
    let Some(this) = session.run.key.filter(|_| session.settings.select.stage == Stage::Upcoming) else { return Ok(0) };
    let (recall, now) = (&session.tools.recall, session.tools.clock.now());
    let filter = HistoryFilter { job: Some(session.name.clone()), limit: RUNS, ..HistoryFilter::default() };
    let runs = recall.history(filter).await?;
    let mut whole = runs.into_iter().filter(|run| run.trigger != Trigger::Retry && run.error.is_none());
    let Some(last) = whole.find(|run| run.key < this && run.ended.is_some()) else { return Ok(0) };
    let mut upcoming = 0;
    let count = |item: ItemView| {
        let start = LobbyPayload::read(&item.payload).and_then(|payload| payload.start);
        upcoming += u64::from(start.is_some_and(|start| start > now));
        Ok::<_, RecordError>(())
    };
    recall.each_item(last.key, ItemFilter::All, count).await?;
    Ok(upcoming)
}
