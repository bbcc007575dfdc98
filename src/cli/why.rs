//! `roomkeeper why`: why a job did not run, from the troubles that stand and the skip ledger.

use serde::Serialize;

use super::args::Why;
use super::context::Context;
use super::screen::Screen;
use super::troubles::Told;
use super::{ExitCode, Failure, json, table};
use crate::clock::Timestamp;
use crate::jobs::{self, ServerHabit};
use crate::journal::{Readings, SkipView};
use crate::model::JobName;

#[derive(Debug, Serialize)]
struct Line<'a> {
    job: &'a JobName,
    due: Option<Timestamp>,
    reason: &'a str,
    detail: &'a str,
    /// The subject of a trouble that stands, or of what a server was seen to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// Since when it stands, or when it was seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

pub(super) async fn run(context: &Context, args: &Why, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let journal = context.journal_if_any()?;
    let configured = config.jobs.get(&args.job);
    let journaled = match &journal {
        Some(journal) => context.journaled(journal.as_ref(), &args.job).await?.map(|(key, _)| key),
        None => None,
    };
    if configured.is_none() && journaled.is_none() {
        return Err(Failure::usage(format!("there is no job {}, and there was none", args.job)));
    }
    let skips: Vec<SkipView> = match (&journal, journaled) {
        (Some(journal), Some(key)) => journal.skips(key, args.limit).await?,
        _ => Vec::new(),
    };
    let standing = match &journal {
        Some(journal) => journal.troubles().await?,
        None => Vec::new(),
    };
    let troubles: Vec<_> = Told::all(&args.job, journaled, &standing).collect();
    let habit = configured.and_then(|job| jobs::kind(job.kind()).habit());
    let habits = match journal.as_deref().zip(habit) {
        Some((journal, habit)) => habits(journal, &habit, context.clock.now()).await?,
        None => Vec::new(),
    };
    if args.json {
        let stands = troubles.iter().map(|told| stands(&args.job, told));
        let habits = habits.iter().map(|habit| habit.line(&args.job));
        let skips = skips.iter().map(|view| line(&args.job, view));
        json::print(screen, &stands.chain(habits).chain(skips).collect::<Vec<_>>())?;
        return Ok(ExitCode::Done);
    }
    let zone = configured.map_or(&config.timezone, |job| &job.timezone);
    if configured.is_some_and(|job| !job.enabled) {
        writeln!(screen.out, "{} is not enabled now: enabled = false in the configuration", args.job)?;
    }
    if let (Some(journal), Some(key)) = (&journal, journaled)
        && let Some(since) = journal.watch_of(key).await?.paused
    {
        writeln!(
            screen.out,
            "{} is paused since {}; `roomkeeper resume {}` ends that",
            args.job,
            zone.minute(since),
            args.job
        )?;
    }
    for told in troubles.iter().filter(|told| !told.kind.is_of_the_outbox()) {
        writeln!(screen.out, "{}", told.line(zone))?;
    }
    for Habit { server, words, seen, .. } in &habits {
        writeln!(screen.out, "the server {server} {words} (seen {})", zone.minute(*seen))?;
    }
    if skips.is_empty() {
        writeln!(screen.out, "no due time of {} was skipped", args.job)?;
        return Ok(ExitCode::Done);
    }
    let mut rows = table::table(screen, &["DUE", "REASON", "DETAIL"]);
    for SkipView { skip, .. } in &skips {
        rows.add_row([zone.moment(skip.due), skip.reason.to_string(), skip.detail.clone()]);
    }
    table::print(screen, &rows)?;
    Ok(ExitCode::Done)
}

/// A way of its own in which a server was seen to act.
struct Habit {
    name: &'static str,
    server: String,
    words: &'static str,
    seen: Timestamp,
}

impl Habit {
    fn line<'a>(&'a self, job: &'a JobName) -> Line<'a> {
        let (subject, since) = (Some(self.server.as_str()), Some(self.seen));
        Line { job, due: None, reason: self.name, detail: self.words, subject, since }
    }
}

async fn habits(journal: &dyn Readings, habit: &ServerHabit, now: Timestamp) -> Result<Vec<Habit>, Failure> {
    let known = journal.habits(habit.name).await?.into_iter();
    let in_words = known.filter_map(|(server, word, seen)| {
        Some(Habit { name: habit.name, words: (habit.in_words)(&word, seen, now)?, server, seen })
    });
    Ok(in_words.collect())
}

fn line<'a>(job: &'a JobName, view: &'a SkipView) -> Line<'a> {
    let skip = &view.skip;
    Line { job, due: Some(skip.due), reason: skip.reason.as_str(), detail: &skip.detail, subject: None, since: None }
}

fn stands<'a>(job: &'a JobName, told: &Told<'a>) -> Line<'a> {
    let (subject, since) = (Some(told.subject), Some(told.since));
    Line { job, due: None, reason: told.kind.as_str(), detail: told.detail, subject, since }
}
