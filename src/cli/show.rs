//! `roomkeeper show`: one run and its items.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Deserialize;

use super::args::Show;
use super::context::Context;
use super::output::{Output, json_line, unwritable};
use super::{ExitCode, Failure, answer, words};
use crate::clock::Zone;
use crate::control::{ItemLine, ItemTold, Query, QueryReply, RUN_END, RunShown, run_head};
use crate::model::line::shown;
use crate::model::{Outcome, State};

pub(super) async fn run(context: &Context, args: &Show) -> Result<ExitCode, Failure> {
    let query = Query::Show { run: args.run.clone(), problems: args.problems };
    let mut answer = answer::ask(context, query).await?;
    let Some(QueryReply::Run(run)) = answer.reply().await? else { return Err(answer::broken_off()) };
    let mut out = Output::new();
    if args.json {
        writeln!(out, "{}", run_head(&run).map_err(|error| unwritable(&error))?)?;
    } else {
        head(&mut out, &run)?;
    }
    let mut first = true;
    while let Some(reply) = answer.reply().await? {
        let QueryReply::Items(items) = reply else { continue };
        for item in &items {
            if args.json {
                let comma = if std::mem::take(&mut first) { "" } else { "," };
                writeln!(out, "{comma}{}", json_line(&ItemLine::of(item))?)?;
            } else {
                tell(&mut out, item, &run.timezone)?;
            }
        }
    }
    if args.json {
        writeln!(out, "{RUN_END}")?;
    }
    Ok(ExitCode::Done)
}

/// Writes the head of the answer for people.
fn head(out: &mut Output, told: &RunShown) -> Result<(), Failure> {
    let (run, zone) = (&told.run, &told.timezone);
    writeln!(out, "run      {}", run.run)?;
    writeln!(out, "job      {} ({})", run.job, run.kind)?;
    if let Some(file) = &run.file {
        writeln!(out, "file     {}", shown(file))?;
    }
    if let Some(encoding) = &told.encoding {
        writeln!(out, "encoding {}", shown(encoding))?;
    }
    for note in &told.notes {
        writeln!(out, "note     {}", shown(note))?;
    }
    if told.moved {
        writeln!(out, "note     {}", words::MOVED)?;
    }
    writeln!(out, "trigger  {}", run.trigger.as_str())?;
    if let Some(due) = run.due {
        writeln!(out, "due      {}", zone.rfc3339(due))?;
    }
    writeln!(out, "began    {}", zone.rfc3339(run.started))?;
    match run.ended {
        Some(ended) => writeln!(out, "ended    {}", zone.rfc3339(ended))?,
        None => writeln!(out, "ended    under way")?,
    }
    if told.resumed > 0 {
        writeln!(out, "resumed  {} times", told.resumed)?;
    }
    writeln!(out, "outcome  {}", run.outcome.map_or("under way", Outcome::as_str))?;
    writeln!(out, "items    {}", words::items(&run.counts, run.outcome))?;
    if let Some(error) = &run.error {
        writeln!(out, "reason   {error}")?;
    }
    for mail in &told.mails {
        let why = mail.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let told = format!("{} ({}){why}", mail.state, mail.to.join(", "));
        writeln!(out, "mail     {}", shown(&told))?;
    }
    writeln!(out)?;
    Ok(())
}

fn tell(out: &mut Output, item: &ItemTold, zone: &Zone) -> Result<(), Failure> {
    let line = item.line.map_or_else(|| format!("item {}", item.item), |line| format!("line {line}"));
    let code = item.code.map_or(String::new(), |code| format!(" {code}"));
    writeln!(out, "{line}  {}{code}  {}", state_words(item.state), item.label)?;
    if let Some(error) = &item.error {
        writeln!(out, "    {error}")?;
    }
    for (field, [old, new]) in changes(item) {
        let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        writeln!(out, "    {field}: {} -> {}", shown(old), shown(new))?;
    }
    for attempt in item.attempts.iter().filter(|_| item.sent > 1) {
        let answer = attempt.http.map_or_else(|| "no answer".to_owned(), |http| format!("HTTP {http}"));
        let error = attempt.error.as_deref().unwrap_or("");
        writeln!(out, "    attempt {} at {}: {answer} {error}", attempt.attempt, zone.rfc3339(attempt.at))?;
    }
    Ok(())
}

/// Returns each field with what it was and what it is, of an item whose result tells it.
fn changes(item: &ItemTold) -> BTreeMap<String, [Option<String>; 2]> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Changed {
        changes: BTreeMap<String, [Option<String>; 2]>,
    }
    let result = item.result.as_deref().and_then(|text| serde_json::from_str::<Changed>(text).ok());
    result.unwrap_or_default().changes
}

fn state_words(state: State) -> &'static str {
    match state {
        State::Done(status) => status.as_words(),
        State::Pending => "waiting",
        State::Sending => "being sent",
        State::Settling { .. } => "being looked for",
    }
}
