//! Selects the meetings that a run exports: the server's list of past ones, compared with those that the journal
//! knows as exported.
//!
//! Newest first where the server sorts: then a run need not read further back than an earlier one is certain to
//! have read, less the time in which changes are looked for. Where it does not, or nothing is certain, the list is
//! read whole; and once a month all the same, should something have turned up in the part that is no longer read.

use std::io;
use std::path::{Path, PathBuf};

use super::input::{Input, Planned, ReadExtent, Target};
use super::read::{self, Reader};
use super::session::ExportSession;
use super::{ExportSettings, target, write};
use crate::clock::Doubt;
use crate::engine::closed::{self, Access};
use crate::engine::{Plan, PlanError, Refusal};
use crate::jobs::suspicion::nothing_found;
use crate::model::{HistoryFilter, JobKey, Outcome, ZEROS_MAY_BE_MISSING};

/// Runs that are looked through for the last one that can be gone on from.
const RUNS: u32 = 100;
/// The remark for a person who wonders about the long reading.
const UNSORTED: &str = "The server does not sort its list of meetings, so the whole list is read in every run.";
/// Puts every meeting to be exported, or looked at again, into the plan.
pub(super) async fn plan(session: &ExportSession, to: &mut dyn Plan) -> Result<Planned, PlanError> {
    let (settings, again) = (&session.settings, session.input().again);
    let at = session.run.due.unwrap_or(session.run.started);
    let wanted = settings.path.at(at, &settings.zone);
    if session.run.key.is_some() {
        write::probe(session, &wanted).map_err(|error| cannot_write(&wanted, &error))?;
    }
    let job = remembering(session).await?;
    let last = last_reading(session).await?;
    let mut reader = Reader::new(session, to, job, last.as_ref(), again);
    let last = last.as_ref().filter(|_| !again);
    if settings.user_ids.is_empty() {
        reader.list(None).await?;
    }
    for user in &settings.user_ids {
        reader.list(Some(user.clone())).await?;
    }
    let numbers = reader.has_numbers();
    let (reading, lines, draft) = reader.end();
    let mut warnings: Vec<_> =
        session.tools.recall.doubt().map(|doubt| by_trusted_time(&doubt, settings)).into_iter().collect();
    warnings.extend(vanished(&reading, last));
    if numbers {
        warnings.push(format!("Take care with the PINs in the export: {ZEROS_MAY_BE_MISSING}"));
    }
    let notes = if reading.sorted { Vec::new() } else { vec![UNSORTED.to_owned()] };
    let (target, told) = target(session, wanted).await?;
    warnings.extend(told.filter(|_| lines > 0));
    // Not before nothing can fail any more: a plan that is made again has other lines.
    if let Some(draft) = draft {
        session.keep_draft(draft);
    }
    Ok(Planned { target, format: settings.format, pins: settings.include_pins, lines, reading, warnings, notes })
}

/// Returns the job, where it remembers any meeting: one that exports for the first time need not be asked of each.
async fn remembering(session: &ExportSession) -> Result<Option<JobKey>, PlanError> {
    let recall = &session.tools.recall;
    let Some(job) = recall.job_key(session.run.job, &session.name).await? else { return Ok(None) };
    let remembered = recall.remembered(job, String::new()).await?;
    Ok((!remembered.is_empty()).then_some(job))
}

/// Returns how many pages the run will probably read; 0 where nothing is known.
pub(super) async fn pages_expected(session: &ExportSession) -> Result<usize, PlanError> {
    let last = last_reading(session).await?;
    Ok(last.as_ref().map_or(0, |last| read::pages_expected(session, last, session.input().again)))
}

/// Returns the reading that the run goes on from: the last reading of the same choice of meetings, by a run that
/// exported all that it found.
async fn last_reading(session: &ExportSession) -> Result<Option<ReadExtent>, PlanError> {
    let (choice, job) = (session.settings.choice(), session.name.clone());
    let filter = HistoryFilter { job: Some(job), limit: RUNS, ..HistoryFilter::default() };
    let runs = session.tools.recall.history(filter).await?;
    Ok(runs
        .into_iter()
        .filter(|run| run.outcome == Some(Outcome::Succeeded))
        .filter_map(|run| Input::read(&run.input).ok())
        .filter(|input| !input.again)
        .filter_map(|input| input.plan)
        .map(|plan| plan.reading)
        .find(|reading| reading.choice == choice))
}

/// Words the remark that no meetings were found, where the last run has seen many that should be there still.
fn vanished(reading: &ReadExtent, last: Option<&ReadExtent>) -> Option<String> {
    let expected = last.map(|last| if reading.whole && last.whole { last.found } else { last.recent });
    nothing_found(expected, reading.found, "meetings")
}

/// Says that the run went by another time than the clock shows.
fn by_trusted_time(doubt: &Doubt, settings: &ExportSettings) -> String {
    let zone = &settings.zone;
    let (shown, reached) = (zone.minute(doubt.shown), zone.minute(doubt.reached));
    format!(
        "The clock shows {shown} and is not trusted, so this run looked back from {reached} ({zone}), the latest time that was \
         lived through, and exported no meeting that was not over then: have the clock set right, or, if it is right, run \
         `roomkeeper journal prune --clock-is-right`."
    )
}

async fn target(session: &ExportSession, wanted: PathBuf) -> Result<(Target, Option<String>), PlanError> {
    let (again, format, pins) = (session.input().again, session.settings.format, session.settings.include_pins);
    let path = wanted.clone();
    let chosen = tokio::task::spawn_blocking(move || target::choose(&path, again, format, pins))
        .await
        .map_err(io::Error::other)
        .and_then(|chosen| chosen);
    Ok(chosen.map_err(|error| cannot_write(&wanted, &error))?)
}

fn cannot_write(path: &Path, error: &io::Error) -> Refusal {
    let why = closed::why(error, target::folder_of(path), Access::Write);
    let why = why.trim_end_matches('.');
    Refusal(format!(
        "the export cannot be written to {}: {why}. Nothing was exported; the next run exports it all",
        path.display()
    ))
}
