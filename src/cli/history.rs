//! `roomkeeper history`: the runs, newest first.

use super::args::History;
use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, json, plain, since, table};
use crate::clock::Zone;
use crate::control::RunTold;
use crate::journal::{HistoryFilter, RunView};
use crate::model::Outcome;

pub(super) async fn run(context: &Context, args: &History, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let since = match &args.since {
        Some(text) => Some(context.clock.now().minus(since::duration(text)?)),
        None => None,
    };
    let journal = context.journal_if_any()?;
    let journaled = match (&journal, &args.job) {
        (Some(journal), Some(job)) => context.journaled(journal.as_ref(), job).await?.map(|(_, name)| name),
        _ => None,
    };
    if let (Some(job), None) = (&args.job, &journaled)
        && !config.jobs.contains_key(job)
    {
        return Err(Failure::usage(format!("there is no job {job}, and there was none")));
    }
    let job = journaled.or_else(|| args.job.clone());
    let filter = HistoryFilter { job, problems: args.problems, since, limit: args.limit };
    let runs = match &journal {
        Some(journal) => journal.history(filter).await?,
        None => Vec::new(),
    };
    if args.json {
        json::print(screen, &runs.iter().map(RunTold::of).collect::<Vec<_>>())?;
        return Ok(ExitCode::Done);
    }
    if runs.is_empty() {
        writeln!(screen.out, "no runs")?;
        return Ok(ExitCode::Done);
    }
    let mut rows = table::table(screen, &["RUN", "JOB", "BEGAN", "TRIGGER", "OUTCOME", "ITEMS"]);
    for run in &runs {
        rows.add_row(row(run, &config.timezone));
    }
    table::print(screen, &rows)?;
    Ok(ExitCode::Done)
}

fn row(run: &RunView, zone: &Zone) -> [String; 6] {
    let items = match plain::file_of(run) {
        Some(file) => format!("{} ({})", plain::items(&run.counts, run.outcome), plain::one_line(&file)),
        None => plain::items(&run.counts, run.outcome),
    };
    [
        run.id.short(),
        run.job.to_string(),
        zone.minute(run.started),
        run.trigger.as_str().to_owned(),
        run.outcome.map_or("under way", Outcome::as_str).to_owned(),
        items,
    ]
}
