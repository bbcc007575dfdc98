//! `roomkeeper show`: one run and its items.

use std::collections::BTreeMap;

use super::args::Show;
use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, json, mail, plain};
use crate::clock::Zone;
use crate::control::{self, RunTold};
use crate::journal::{ItemFilter, ItemView, Reader, RunView};
use crate::model::{ItemNo, Outcome, State};

/// Items read at once.
const PAGE: u32 = 500;

pub(super) fn run(context: &Context, args: &Show, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let (reader, run) = find(context, &args.run)?;
    let filter = if args.problems { ItemFilter::Problems } else { ItemFilter::All };
    if args.json {
        as_json(screen, &reader, &run, filter)?;
    } else {
        for_people(screen, &reader, &run, filter, &config.timezone)?;
    }
    Ok(ExitCode::Done)
}

/// The run of that id, and the journal that it stands in.
fn find(context: &Context, text: &str) -> Result<(Reader, RunView), Failure> {
    let reader = context.reader_if_any()?.ok_or_else(|| Failure::from(control::no_run(text)))?;
    let run = control::run_named(&reader, text)?;
    Ok((reader, run))
}

fn pages(
    reader: &Reader,
    run: &RunView,
    filter: ItemFilter,
    mut tell: impl FnMut(&ItemView) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Of a run that has ended it is known how many there are: of a million items no more are read than up to the last of them.
    let mut left = match filter {
        ItemFilter::Problems if run.ended.is_some() => run.counts.problems(),
        _ => u64::MAX,
    };
    let mut after = ItemNo(0);
    while left > 0 {
        let most = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let page = reader.items(run.key, filter, after, most)?;
        let Some(last) = page.last() else { break };
        after = last.item;
        left -= page.len() as u64;
        page.iter().try_for_each(&mut tell)?;
    }
    Ok(())
}

fn as_json(screen: &mut Screen<'_>, reader: &Reader, run: &RunView, filter: ItemFilter) -> Result<(), Failure> {
    let text = |value: &dyn erased::Json| value.text().map_err(|error| Failure::failed(error.to_string()));
    let letters = reader.letters_of(run.key)?;
    let mails: Vec<_> = letters.iter().map(mail::told).collect();
    writeln!(screen.out, "{{\"run\":{},\"mails\":{},\"items\":[", text(&RunTold::of(run))?, text(&mails)?)?;
    let mut first = true;
    pages(reader, run, filter, |item| {
        let attempts = reader.attempts(run.key, item.item)?;
        writeln!(screen.out, "{}{}", if first { "" } else { "," }, text(&json::Item::of(item, &attempts))?)?;
        first = false;
        Ok(())
    })?;
    writeln!(screen.out, "]}}")?;
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

fn for_people(
    screen: &mut Screen<'_>,
    reader: &Reader,
    run: &RunView,
    filter: ItemFilter,
    zone: &Zone,
) -> Result<(), Failure> {
    writeln!(screen.out, "run      {}", run.id)?;
    writeln!(screen.out, "job      {} ({})", run.job, run.kind)?;
    if let Some(file) = plain::file_of(run) {
        writeln!(screen.out, "file     {}", plain::one_line(&file))?;
    }
    if let Some(recoded) = crate::jobs::recoded(run.kind, &run.input) {
        writeln!(screen.out, "encoding {}", plain::one_line(&recoded.to_string()))?;
    }
    for told in
        crate::jobs::unused(run.kind, &run.input).warnings().into_iter().chain(crate::jobs::notes(run.kind, &run.input))
    {
        writeln!(screen.out, "note     {}", plain::one_line(&told))?;
    }
    writeln!(screen.out, "trigger  {}", run.trigger.as_str())?;
    if let Some(due) = run.due {
        writeln!(screen.out, "due      {}", zone.rfc3339(due))?;
    }
    writeln!(screen.out, "began    {}", zone.rfc3339(run.started))?;
    match run.ended {
        Some(ended) => writeln!(screen.out, "ended    {}", zone.rfc3339(ended))?,
        None => writeln!(screen.out, "ended    under way")?,
    }
    if run.resumed > 0 {
        writeln!(screen.out, "resumed  {} times", run.resumed)?;
    }
    writeln!(screen.out, "outcome  {}", run.outcome.map_or("under way", Outcome::as_str))?;
    writeln!(screen.out, "items    {}", plain::items(&run.counts, run.outcome))?;
    if let Some(error) = &run.error {
        writeln!(screen.out, "reason   {error}")?;
    }
    for letter in reader.letters_of(run.key)? {
        let why = letter.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let told = format!("{} ({}){why}", mail::state(&letter), letter.receivers.join(", "));
        writeln!(screen.out, "mail     {}", plain::one_line(&told))?;
    }
    writeln!(screen.out)?;
    pages(reader, run, filter, |item| {
        let line = item.line.map_or_else(|| format!("item {}", item.item), |line| format!("line {line}"));
        let code = item.code.map_or(String::new(), |code| format!(" {code}"));
        writeln!(screen.out, "{line}  {}{code}  {}", state_words(item.state), item.label)?;
        if let Some(error) = &item.error {
            writeln!(screen.out, "    {error}")?;
        }
        for (field, [old, new]) in changes(item) {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
            writeln!(screen.out, "    {field}: {} -> {}", shown(old), shown(new))?;
        }
        if item.attempts > 1 {
            for attempt in reader.attempts(run.key, item.item)? {
                let answer = attempt.http.map_or_else(|| "no answer".to_owned(), |http| format!("HTTP {http}"));
                let error = attempt.error.as_deref().unwrap_or("");
                writeln!(
                    screen.out,
                    "    attempt {} at {}: {answer} {error}",
                    attempt.attempt,
                    zone.rfc3339(attempt.at)
                )?;
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
