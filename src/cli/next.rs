//! `roomkeeper next`: the coming due times, local and UTC, and where a clock change moves one.

use serde::Serialize;

use super::args::Next;
use super::coming::Standing;
use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, json, table};
use crate::clock::Timestamp;
use crate::config;
use crate::model::JobName;

#[derive(Debug, Serialize)]
struct Line<'a> {
    job: &'a JobName,
    utc: Timestamp,
    /// With its offset.
    local: String,
    note: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Next, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let jobs: Vec<_> = match &args.job {
        Some(name) => vec![super::pause::configured(&config, name)?],
        None => config.jobs.values().collect(),
    };
    let (journal, now) = (context.journal_if_any()?, context.clock.now());
    let mut coming = Vec::new();
    for job in &jobs {
        let standing = Standing::of(job, journal.as_deref()).await?;
        let dues = standing.coming(job, journal.as_deref(), now, args.number).await?;
        coming.extend(dues.into_iter().map(|due| line(job, due)));
        if args.job.is_some() && !standing.runs(job) {
            let why = if job.enabled { "is paused" } else { "is not enabled" };
            writeln!(screen.notes, "roomkeeper: {} {why}, so nothing is coming", job.name)?;
        }
    }
    coming.sort_by_key(|line| line.utc);
    coming.truncate(args.number);
    if args.json {
        json::print(screen, &coming)?;
        return Ok(ExitCode::Done);
    }
    let mut rows = table::table(screen, &["JOB", "LOCAL", "UTC", "NOTE"]);
    for line in &coming {
        let note = line.note.clone().unwrap_or_default();
        rows.add_row([line.job.to_string(), line.local.clone(), line.utc.to_rfc3339(), note]);
    }
    table::print(screen, &rows)?;
    Ok(ExitCode::Done)
}

fn line(job: &config::Job, due: Timestamp) -> Line<'_> {
    let note = job.schedules.note(due).map(|change| change.to_string());
    Line { job: &job.name, utc: due, local: job.timezone.rfc3339(due), note }
}
