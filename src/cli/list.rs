//! `roomkeeper list`: the jobs, when each is due next, and how its last run ended.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::args::List;
use super::coming::{Standing, left};
use super::context::Context;
use super::screen::Screen;
use super::troubles::Told;
use super::{ExitCode, Failure, json, plain, table};
use crate::clock::Timestamp;
use crate::config;
use crate::control::Client;
use crate::journal::{HistoryFilter, OutboxState, Readings, RunView, Trouble};
use crate::model::{JobKind, JobName, Outcome, RunId};

/// The time that the process at work may take to say which of its runs wait: a list is told without that, too.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Debug, Serialize)]
struct Line<'a> {
    job: &'a JobName,
    kind: JobKind,
    schedules: Vec<&'a str>,
    timezone: &'a str,
    enabled: bool,
    paused: bool,
    next: Option<Timestamp>,
    last: Option<Last>,
    troubles: Vec<Told<'a>>,
}

#[derive(Debug, Serialize)]
struct Last {
    run: RunId,
    outcome: Option<Outcome>,
    ended: Option<Timestamp>,
    /// The thing that a run that is under way waits for.
    waits: Option<String>,
}

/// Returns the runs that wait, as the process that works on them tells; there may be none.
pub(super) async fn waiting(context: &Context) -> BTreeMap<RunId, String> {
    let Ok(config) = context.config() else { return BTreeMap::new() };
    match Client::find_within(PATIENCE, &context.environment, &config.state.directory).await {
        Ok(Some(client)) => client.hello().waiting.clone(),
        Ok(None) | Err(_) => BTreeMap::new(),
    }
}

pub(super) async fn run(
    context: &Context,
    args: &List,
    waiting: &BTreeMap<RunId, String>,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let journal = context.journal_if_any()?;
    let now = context.clock.now();
    let standing = match &journal {
        Some(journal) => journal.troubles().await?,
        None => Vec::new(),
    };
    let mut lines = Vec::new();
    for job in config.jobs.values() {
        lines.push((job, line(context, job, journal.as_deref(), waiting, &standing, now).await?));
    }
    if args.json {
        json::print(screen, &lines.iter().map(|(_, line)| line).collect::<Vec<_>>())?;
        return Ok(ExitCode::Done);
    }
    let mut rows = table::table(screen, &["NAME", "KIND", "SCHEDULE", "NEXT", "LEFT", "LAST", "OUTCOME"]);
    for (job, line) in &lines {
        rows.add_row(row(job, line, now));
    }
    table::print(screen, &rows)?;
    let of_jobs = lines.iter().flat_map(|(_, line)| line.troubles.iter().filter(|told| told.job.is_some()));
    // Those of no job stand under each in JSON; they are said once here.
    let is_told = |trouble: &&Trouble| trouble.job.is_none() && !trouble.seen.kind.is_of_the_outbox();
    let of_none: Vec<_> = standing.iter().filter(is_told).collect();
    for told in of_none.into_iter().map(|trouble| Told::of(None, trouble)).chain(of_jobs.copied()) {
        writeln!(screen.out, "{}", told.line(&config.timezone))?;
    }
    let outbox = match &journal {
        Some(journal) => journal.outbox().await?,
        None => OutboxState::default(),
    };
    if outbox.waiting + outbox.dead > 0 {
        let [waits, dead] = [plain::many(outbox.waiting, "mail waits", "mails wait"), outbox.dead.to_string()];
        writeln!(screen.out, "{waits}, {dead} given up: `roomkeeper mail` says why")?;
    }
    Ok(ExitCode::Done)
}

async fn line<'a>(
    context: &Context,
    job: &'a config::Job,
    journal: Option<&dyn Readings>,
    waiting: &BTreeMap<RunId, String>,
    troubles: &'a [Trouble],
    now: Timestamp,
) -> Result<Line<'a>, Failure> {
    let standing = Standing::of(job, journal).await?;
    let (key, last) = match journal {
        Some(journal) => {
            let (key, name) = context.journaled(journal, &job.name).await?.unzip();
            let name = name.unwrap_or_else(|| job.name.clone());
            let filter = HistoryFilter { job: Some(name), limit: 1, ..HistoryFilter::default() };
            (key, journal.history(filter).await?.pop())
        }
        None => (None, None),
    };
    Ok(Line {
        job: &job.name,
        kind: job.kind(),
        schedules: job.schedules.iter().map(config::Schedule::text).collect(),
        timezone: job.timezone.name(),
        enabled: job.enabled,
        paused: standing.paused.is_some(),
        next: standing.coming(job, journal, now, 1).await?.pop(),
        last: last.map(|run: RunView| {
            let waits = waiting.get(&run.id).filter(|_| run.ended.is_none()).cloned();
            Last { run: run.id, outcome: run.outcome, ended: run.ended, waits }
        }),
        troubles: Told::all(&job.name, key, troubles).collect(),
    })
}

fn row(job: &config::Job, line: &Line<'_>, now: Timestamp) -> [String; 7] {
    let zone = &job.timezone;
    let next = match line.next {
        Some(next) => zone.minute(next),
        None if !line.enabled => "disabled".to_owned(),
        None if line.paused => "paused".to_owned(),
        None => String::new(),
    };
    let (last, outcome) = match &line.last {
        Some(last) => (
            last.ended.map(|ended| zone.minute(ended)).unwrap_or_default(),
            match (last.outcome, &last.waits) {
                (Some(outcome), _) => outcome.as_str().to_owned(),
                (None, Some(why)) => format!("waits: {}", plain::one_line(why)),
                (None, None) => "under way".to_owned(),
            },
        ),
        None => (String::new(), String::new()),
    };
    [
        line.job.to_string(),
        line.kind.as_str().to_owned(),
        line.schedules.join("; "),
        next,
        line.next.map(|next| left(next.since(now))).unwrap_or_default(),
        last,
        outcome,
    ]
}
