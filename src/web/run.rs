//! Makes the page of a run: what became of its items, the problems first, and what to do now.

use std::ffi::OsStr;
use std::path::PathBuf;

use hyper::StatusCode;
use serde::Serialize;

use super::answer::Answer;
use super::find::{found, one};
use super::item_line::ItemLine;
use super::making::{made, message};
use super::mark::End;
use super::query::{Params, Unreadable};
use super::site::Site;
use super::when::{When, passed, span};
use crate::control::{Refusal, Sources};
use crate::jobs;
use crate::journal::{
    ItemPlace, ItemView, ItemsAsked, ItemsSought, ItemsWhich, JournalError, LetterState, Readings, Workspace,
};
use crate::model::line::shown;
use crate::model::{Counts, ItemNo, Outcome, RunView, Status};

/// Items on a page.
const ITEMS: u32 = 100;
/// Items that are looked through for words at once.
const LOOKED_AT: u32 = 20_000;

#[derive(Debug, Serialize)]
struct RunPage {
    run: String,
    short: String,
    job: String,
    kind: String,
    zone: String,
    end: End,
    trigger: &'static str,
    due: Option<When>,
    began: When,
    ended: Option<When>,
    took: Option<String>,
    resumed: u32,
    moved: bool,
    file: Option<String>,
    error: Option<String>,
    notes: Vec<String>,
    counts: Vec<Count>,
    total: u64,
    noun: &'static str,
    files: Vec<String>,
    mails: Vec<Mail>,
    made_good: Option<String>,
    /// The next steps for a person, each a sentence.
    advice: Vec<String>,
    retry: Option<String>,
    status: String,
    search: String,
    lines: Vec<ItemLine>,
    more: Option<More>,
    is_first: bool,
}

#[derive(Debug, Serialize)]
struct Count {
    status: &'static str,
    words: &'static str,
    n: u64,
    look: &'static str,
}

#[derive(Debug, Serialize)]
struct Mail {
    id: String,
    subject: String,
    state: &'static str,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct More {
    address: String,
    words: String,
}

/// The question in the address.
struct Asked {
    which: ItemsWhich,
    status: String,
    search: Option<String>,
    behind: Option<ItemPlace>,
    after: ItemNo,
}

/// Answers the page of a run.
pub(super) async fn page(site: &Site, text: &str, params: &Params) -> Result<Answer, Refusal> {
    let run = match found(site, text).await? {
        Ok(run) => run,
        Err(answer) => return Ok(answer),
    };
    let asked = match asked(params) {
        Ok(asked) => asked,
        Err(Unreadable(words)) => return Ok(message(site, StatusCode::BAD_REQUEST, "Not understood", &words).await),
    };
    let (sources, kind) = (site.sources(), jobs::kind(run.kind));
    let journal = site.runtime.journal().readings();
    let (items, more) = items(journal, &run, &asked).await?;
    let letters = journal.letters_of(run.key).await?;
    let files = files(&sources, journal, &run).await?;
    let made_good = journal.made_good_by(run.key).await?;
    let zone = &sources.config.timezone;
    let of_file = kind.unused(&run.input).warnings().into_iter().chain(kind.notes(&run.input));
    let recoded = kind.recoded(&run.input).map(|recoded| recoded.told());
    let is_retry = |name: &OsStr| name.to_string_lossy().contains(".retry.");
    let retry = files.iter().find(|file| file.file_name().is_some_and(is_retry));
    let page = RunPage {
        run: run.id.to_string(),
        short: run.id.short(),
        job: run.job.to_string(),
        kind: run.kind.to_string(),
        zone: zone.name().to_owned(),
        end: End::of(run.outcome),
        trigger: run.trigger.as_str(),
        due: run.due.map(|due| When::of(zone, due)),
        began: When::of(zone, run.started),
        ended: run.ended.map(|ended| When::of(zone, ended)),
        took: run.ended.map(|ended| span(passed(run.started, ended))),
        resumed: run.resumed,
        moved: run.moved,
        file: run.file.clone().or_else(|| kind.file_of(&run.input)).map(|file| shown(&file)),
        error: run.error.as_deref().map(shown),
        notes: run.remarks.iter().cloned().chain(recoded).chain(of_file).map(|note| shown(&note)).collect(),
        counts: counts(&run.counts),
        total: run.counts.total(),
        noun: kind.items().of(run.counts.total()),
        advice: advice(&run, made_good.is_some(), Retry::of(&run, retry.is_some())),
        retry: retry.map(|file| shown(&file.display().to_string())),
        files: files.iter().map(|file| shown(&file.display().to_string())).collect(),
        mails: letters
            .into_iter()
            .map(|letter| Mail {
                id: letter.id.hyphenated().to_string(),
                subject: letter.subject,
                state: state(letter.state),
                why: letter.why,
            })
            .collect(),
        made_good: made_good.map(|run| run.to_string()),
        is_first: asked.behind.is_none() && asked.after == ItemNo(0),
        status: asked.status,
        search: asked.search.unwrap_or_default(),
        lines: items.iter().map(ItemLine::of).collect(),
        more,
    };
    Ok(made(site, StatusCode::OK, "run.html", &page).await)
}

fn state(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "waits",
        LetterState::Sending => "is being sent",
        LetterState::Sent => "was sent",
        LetterState::Dead => "was given up",
    }
}

fn counts(counts: &Counts) -> Vec<Count> {
    let of = |(status, n): (Status, u64)| Count {
        status: status.as_str(),
        words: status.as_words(),
        n,
        look: if status.is_problem() { "bad" } else { "good" },
    };
    let (mut bad, good): (Vec<_>, Vec<_>) = counts.iter().partition(|(status, _)| status.is_problem());
    bad.extend(good);
    bad.into_iter().map(of).collect()
}

/// Reads what the address asks for.
fn asked(params: &Params) -> Result<Asked, Unreadable> {
    let which = |word: &str| match word {
        "open" => Some(ItemsWhich::Open),
        word => Status::parse(word).map(ItemsWhich::With),
    };
    let place = |text: &str| {
        let (word, item) = text.split_once('.')?;
        let status = if word == "open" { None } else { Some(Status::parse(word)?) };
        Some(ItemPlace { status, item: ItemNo(item.parse().ok()?) })
    };
    Ok(Asked {
        which: params.read_by("status", "a status of an item", which)?.unwrap_or(ItemsWhich::All),
        status: params.get("status").unwrap_or_default().to_owned(),
        search: params.get("search").map(str::to_owned),
        behind: params.read_by("behind", "a place in the list", place)?,
        after: ItemNo(params.read("after", "the number of an item")?.unwrap_or(0)),
    })
}

/// Reads the items of a page, and says how to get to the next.
async fn items(
    journal: &dyn Readings,
    run: &RunView,
    asked: &Asked,
) -> Result<(Vec<ItemView>, Option<More>), JournalError> {
    if let Some(words) = &asked.search {
        return sought(journal, run, words, asked.after).await;
    }
    let items =
        journal.items_page(ItemsAsked { run: run.key, which: asked.which, behind: asked.behind, most: ITEMS }).await?;
    let more = items.last().filter(|_| items.len() == ITEMS as usize).map(|last| {
        let place = ItemPlace::of(last.state, last.item);
        let word = place.status.map_or("open", Status::as_str);
        let status = if asked.status.is_empty() { String::new() } else { format!("status={}&", asked.status) };
        More { address: format!("{status}behind={word}.{}", place.item.0), words: "The next ones".to_owned() }
    });
    Ok((items, more))
}

async fn sought(
    journal: &dyn Readings,
    run: &RunView,
    words: &str,
    after: ItemNo,
) -> Result<(Vec<ItemView>, Option<More>), JournalError> {
    let asked = ItemsSought { run: run.key, words: words.to_owned(), after, most: ITEMS, looked_at: LOOKED_AT };
    let found = journal.items_sought(asked).await?;
    let mut numbers = found.items;
    // A whole `ref` is found wherever it stands.
    let whole = journal.item_of_ref(run.job_key, run.key, words.to_owned()).await?;
    if let Some(item) = whole.filter(|item| after == ItemNo(0) && !numbers.contains(item)) {
        numbers.insert(0, item);
    }
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        items.extend(one(journal, run, number).await?);
    }
    let more = found.looked_to.map(|last| {
        let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        More {
            address: format!("search={words}&after={}", last.0),
            words: format!("Looked through as far as number {}. Look further", last.0),
        }
    });
    Ok((items, more))
}

/// Returns the places of the files about the run that are there, as far as this process sees them.
async fn files(sources: &Sources, journal: &dyn Readings, run: &RunView) -> Result<Vec<PathBuf>, JournalError> {
    let claim = journal.claim(run.key).await?;
    let places = jobs::kind(run.kind).places(sources.config.jobs.get(&run.job), &run.input, run.id);
    let late = Workspace::at(&sources.config.state.directory).results();
    let mut files: Vec<_> = claim.and_then(|claim| claim.settled).into_iter().collect();
    files.extend(places.iter().filter_map(|place| Some(late.join(place.file_name()?))));
    files.extend(places);
    files.sort();
    files.dedup();
    let looked = tokio::task::spawn_blocking(move || {
        files.retain(|file| file.exists());
        files
    });
    Ok(looked.await.unwrap_or_default())
}

/// The file of the rows to correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// It is there.
    Here,
    /// It was written where this process does not see it.
    Elsewhere,
    /// There is none.
    Missing,
}

impl Retry {
    fn of(run: &RunView, is_seen: bool) -> Self {
        match jobs::kind(run.kind).takes_files() {
            _ if is_seen => Self::Here,
            true if run.counts.problems() > 0 => Self::Elsewhere,
            _ => Self::Missing,
        }
    }
}

/// Says what to do now.
fn advice(run: &RunView, is_made_good: bool, retry: Retry) -> Vec<String> {
    let short = run.id.short();
    let (bad, unknown) = (run.counts.problems(), run.counts.get(Status::Unknown));
    let mut advice = Vec::new();
    if is_made_good || run.outcome.is_none_or(Outcome::is_good) {
        return advice;
    }
    if unknown > 0 {
        advice.push(
            "Look on the server what became of the items that are unknown: nothing is sent again before that is known."
                .to_owned(),
        );
    }
    match retry {
        Retry::Here => advice.push("Correct the rows of the retry file, and hand it in as it is.".to_owned()),
        Retry::Elsewhere => advice.push(
            "Correct the rows of the retry file, which lies beside the results, and hand it in as it is.".to_owned(),
        ),
        Retry::Missing => {}
    }
    if bad > 0 {
        advice.push(format!("To try the same again without a correction, say `roomkeeper retry {short}`."));
    } else {
        advice.push("Put right what stopped it, and hand the file in again or run the job anew.".to_owned());
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read() {
        let read = |text: &str| asked(&Params::of(text));
        let asked = read("status=failed&behind=failed.7").unwrap();
        assert_eq!(asked.which, ItemsWhich::With(Status::Failed));
        assert_eq!(asked.behind, Some(ItemPlace { status: Some(Status::Failed), item: ItemNo(7) }));
        assert_eq!(read("behind=open.3").unwrap().behind, Some(ItemPlace { status: None, item: ItemNo(3) }));
        assert_eq!(read("status=open").unwrap().which, ItemsWhich::Open);
        for wrong in ["status=x", "behind=7", "behind=x.7", "behind=failed.x", "after=x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
