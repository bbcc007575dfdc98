//! `roomkeeper show`: one run and its items.

use std::collections::BTreeMap;

use super::args::Show;
use super::context::Context;
use super::mail::Mails;
use super::screen::Screen;
use super::{ExitCode, Failure, json, plain};
use crate::clock::Zone;
use crate::control::{self, RunTold};
use crate::jobs;
use crate::journal::{AttemptView, ItemFilter, ItemView, ItemsPage, Readings, RunKey, RunView};
use crate::model::{ItemNo, Outcome, State};

/// Items read at once.
const PAGE: u32 = 500;

pub(super) async fn run(context: &Context, args: &Show, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let (journal, run) = find(context, &args.run).await?;
    let journal = journal.as_ref();
    let filter = if args.problems { ItemFilter::Problems } else { ItemFilter::All };
    let mails = Mails::read(context, async || journal.letters_of(run.key).await).await?;
    if args.json {
        as_json(screen, journal, &run, &mails, filter).await?;
    } else {
        for_people(screen, journal, &run, &mails, filter, &config.timezone).await?;
    }
    Ok(ExitCode::Done)
}

/// Returns the run of that id, and the journal that it stands in.
async fn find(context: &Context, text: &str) -> Result<(Box<dyn Readings>, RunView), Failure> {
    let journal = context.journal_if_any()?.ok_or_else(|| Failure::from(control::no_run(text)))?;
    let run = control::run_named(journal.as_ref(), text).await?;
    Ok((journal, run))
}

/// The items of a run, page by page.
struct Pages<'a> {
    journal: &'a dyn Readings,
    run: RunKey,
    filter: ItemFilter,
    after: ItemNo,
    /// Of a run that has ended it is known how many there are: of a million items no more are read than up to the last of them.
    left: u64,
}

impl<'a> Pages<'a> {
    fn of(journal: &'a dyn Readings, run: &RunView, filter: ItemFilter) -> Self {
        let left = match filter {
            ItemFilter::Problems if run.ended.is_some() => run.counts.problems(),
            _ => u64::MAX,
        };
        Self { journal, run: run.key, filter, after: ItemNo(0), left }
    }

    /// Returns the next items, each with its sendings; nothing at the end.
    async fn next(&mut self) -> Result<Option<impl Iterator<Item = (ItemView, Vec<AttemptView>)> + use<>>, Failure> {
        let most = u32::try_from(self.left).unwrap_or(PAGE).min(PAGE);
        if most == 0 {
            return Ok(None);
        }
        let page = ItemsPage { run: self.run, filter: self.filter, after: self.after, most };
        let page = self.journal.items(page).await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.after = last.item;
        self.left -= page.len() as u64;
        let attempts = self.journal.attempts(self.run, page.iter().map(|item| item.item).collect()).await?;
        Ok(Some(page.into_iter().zip(attempts)))
    }
}

async fn as_json(
    screen: &mut Screen<'_>,
    journal: &dyn Readings,
    run: &RunView,
    mails: &Mails,
    filter: ItemFilter,
) -> Result<(), Failure> {
    let text = |value: &dyn erased::Json| value.text().map_err(|error| Failure::failed(error.to_string()));
    let remarks = text(&jobs::kind(run.kind).remarks(&run.input))?;
    writeln!(
        screen.out,
        "{{\"run\":{},\"mails\":{},\"remarks\":{remarks},\"items\":[",
        text(&RunTold::of(run))?,
        text(&mails.told())?
    )?;
    let mut first = true;
    let mut pages = Pages::of(journal, run, filter);
    while let Some(page) = pages.next().await? {
        for (item, attempts) in page {
            writeln!(screen.out, "{}{}", if first { "" } else { "," }, text(&json::Item::of(&item, &attempts))?)?;
            first = false;
        }
    }
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

async fn for_people(
    screen: &mut Screen<'_>,
    journal: &dyn Readings,
    run: &RunView,
    mails: &Mails,
    filter: ItemFilter,
    zone: &Zone,
) -> Result<(), Failure> {
    writeln!(screen.out, "run      {}", run.id)?;
    writeln!(screen.out, "job      {} ({})", run.job, run.kind)?;
    if let Some(file) = plain::file_of(run) {
        writeln!(screen.out, "file     {}", plain::one_line(&file))?;
    }
    let kind = jobs::kind(run.kind);
    if let Some(recoded) = kind.recoded(&run.input) {
        writeln!(screen.out, "encoding {}", plain::one_line(&recoded.to_string()))?;
    }
    for told in kind.unused(&run.input).warnings().into_iter().chain(kind.notes(&run.input)) {
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
    for letter in &mails.letters {
        let why = letter.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let told = format!("{} ({}){why}", mails.state(letter), letter.receivers.join(", "));
        writeln!(screen.out, "mail     {}", plain::one_line(&told))?;
    }
    writeln!(screen.out)?;
    let mut pages = Pages::of(journal, run, filter);
    while let Some(page) = pages.next().await? {
        for (item, attempts) in page {
            tell(screen, &item, &attempts, zone)?;
        }
    }
    Ok(())
}

fn tell(screen: &mut Screen<'_>, item: &ItemView, attempts: &[AttemptView], zone: &Zone) -> Result<(), Failure> {
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
    for attempt in attempts.iter().filter(|_| item.attempts > 1) {
        let answer = attempt.http.map_or_else(|| "no answer".to_owned(), |http| format!("HTTP {http}"));
        let error = attempt.error.as_deref().unwrap_or("");
        writeln!(screen.out, "    attempt {} at {}: {answer} {error}", attempt.attempt, zone.rfc3339(attempt.at))?;
    }
    Ok(())
}

/// Returns each field with what it was and what it is, of an item whose result tells it.
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
