//! `roomkeeper show`: one run and its items.

use std::collections::BTreeMap;

use super::args::Show;
use super::context::Context;
use super::{ExitCode, Failure, json, plain};
use crate::clock::Zone;
use crate::journal::{ItemFilter, ItemView, JournalError, Reader, RunView};
use crate::model::{ItemNo, Outcome, RunId, State};

/// Items read at once.
const PAGE: u32 = 500;

pub(super) fn run(context: &Context, args: &Show) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let (reader, run) = find(context, &args.run)?;
    let filter = if args.problems { ItemFilter::Problems } else { ItemFilter::All };
    if args.json {
        as_json(&reader, &run, filter)?;
    } else {
        for_people(&reader, &run, filter, &config.timezone)?;
    }
    Ok(ExitCode::Done)
}

/// The run of that id, and the journal that it stands in.
pub(super) fn find(context: &Context, text: &str) -> Result<(Reader, RunView), Failure> {
    let unknown = || Failure::usage(format!("there is no run {text}; `roomkeeper history` tells them"));
    let id: RunId = text.parse().map_err(|_| unknown())?;
    let reader = match Reader::open(&context.config()?.state.directory) {
        Err(JournalError::Absent(_)) => return Err(unknown()),
        opened => opened?,
    };
    let run = reader.run(id)?.ok_or_else(unknown)?;
    Ok((reader, run))
}

fn pages(
    reader: &Reader,
    run: &RunView,
    filter: ItemFilter,
    mut tell: impl FnMut(&ItemView) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = ItemNo(0);
    loop {
        let page = reader.items(run.key, filter, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.item;
        page.iter().try_for_each(&mut tell)?;
    }
}

fn as_json(reader: &Reader, run: &RunView, filter: ItemFilter) -> Result<(), Failure> {
    let text = |value: &dyn erased::Json| value.text().map_err(|error| Failure::failed(error.to_string()));
    println!("{{\"run\":{},\"items\":[", text(&json::Run::of(run))?);
    let mut first = true;
    pages(reader, run, filter, |item| {
        let attempts = reader.attempts(run.key, item.item)?;
        println!("{}{}", if first { "" } else { "," }, text(&json::Item::of(item, &attempts))?);
        first = false;
        Ok(())
    })?;
    println!("]}}");
    Ok(())
}

mod erased {
    pub(super) trait Json {
        fn text(&self) -> serde_json::Result<String>;
    }

    impl<T: serde::Serialize> Json for T {
        fn text(&self) -> serde_json::Result<String> {
            serde_json::to_string(self)
        }
    }
}

fn for_people(reader: &Reader, run: &RunView, filter: ItemFilter, zone: &Zone) -> Result<(), Failure> {
    println!("run      {}", run.id);
    println!("job      {} ({})", run.job, run.kind);
    if let Some(file) = json::file_of(run) {
        println!("file     {}", plain::one_line(&file));
    }
    println!("trigger  {}", run.trigger.as_str());
    if let Some(due) = run.due {
        println!("due      {}", zone.rfc3339(due));
    }
    println!("began    {}", zone.rfc3339(run.started));
    match run.ended {
        Some(ended) => println!("ended    {}", zone.rfc3339(ended)),
        None => println!("ended    under way"),
    }
    if run.resumed > 0 {
        println!("resumed  {} times", run.resumed);
    }
    println!("outcome  {}", run.outcome.map_or("under way", Outcome::as_str));
    println!("items    {}", plain::items(run));
    if let Some(error) = &run.error {
        println!("reason   {error}");
    }
    println!();
    pages(reader, run, filter, |item| {
        let line = item.line.map_or_else(|| format!("item {}", item.item), |line| format!("line {line}"));
        let code = item.code.map_or(String::new(), |code| format!(" {code}"));
        println!("{line}  {}{code}  {}", state_words(item.state), item.label);
        if let Some(error) = &item.error {
            println!("    {error}");
        }
        for (field, [old, new]) in changes(item) {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
            println!("    {field}: {} -> {}", shown(old), shown(new));
        }
        if item.attempts > 1 {
            for attempt in reader.attempts(run.key, item.item)? {
                let answer = attempt.http.map_or_else(|| "no answer".to_owned(), |http| format!("HTTP {http}"));
                let error = attempt.error.as_deref().unwrap_or("");
                println!("    attempt {} at {}: {answer} {error}", attempt.attempt, zone.rfc3339(attempt.at));
            }
        }
        Ok(())
    })
}

/// Field, what it was, what it is: of an item whose result tells it.
fn changes(item: &ItemView) -> BTreeMap<String, [Option<String>; 2]> {
    #[derive(Default, serde::Deserialize)]
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
