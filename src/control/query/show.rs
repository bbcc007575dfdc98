//! Tells one run and its items, however many they are: a page at a time.

use serde::{Deserialize, Serialize};

use super::mail::MailTold;
use super::{QueryReply, Sources, Tell};
use crate::clock::{Timestamp, Zone};
use crate::control::refusal::Refusal;
use crate::control::told::{RunTold, remarks};
use crate::jobs;
use crate::journal::{AttemptView, ItemFilter, ItemView, ItemsPage, JournalError, Readings, RunKey, RunView};
use crate::model::{Code, ItemNo, RunId, State};

/// Digits that a run's name must have: fewer are a slip.
const FEWEST: usize = 4;
/// Items told at once.
const ITEMS_TOLD: u32 = 200;

/// A run, as a person looks at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunShown {
    /// The run.
    pub run: RunTold,
    /// The mails about it.
    pub mails: Vec<MailTold>,
    /// Remarks for programs, each a sentence.
    pub remarks: Vec<String>,
    /// The encoding of its file, where that was not the usual one.
    pub encoding: Option<String>,
    /// Remarks on the run and on its file, each a sentence.
    pub notes: Vec<String>,
    /// The number of times it was resumed.
    pub resumed: u32,
    /// True when another machine began it, and it was taken up here.
    #[serde(default)]
    pub moved: bool,
    /// The configuration's zone.
    pub timezone: Zone,
}

/// An item of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTold {
    /// Its number.
    pub item: u32,
    /// The row of the file.
    pub line: Option<u32>,
    /// For people.
    pub label: String,
    /// Its state.
    pub state: State,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// The result to tell, as JSON.
    pub result: Option<String>,
    /// The number of attempts that were, or may have been, sent.
    pub sent: u32,
    /// The attempts that are known.
    pub attempts: Vec<AttemptTold>,
}

/// One sending of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptTold {
    /// Its number, from 1.
    pub attempt: u32,
    /// The time it was sent.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// The time it took, in milliseconds.
    pub ms: Option<u64>,
    /// The error.
    pub error: Option<String>,
}

impl Sources {
    pub(super) async fn show(&self, run: &str, problems: bool, tell: Tell<'_>) -> Result<(), Refusal> {
        let journal = self.journal().ok_or_else(|| no_run(run))?;
        let run = run_named(journal, run).await?;
        let filter = if problems { ItemFilter::Problems } else { ItemFilter::All };
        let kind = jobs::kind(run.kind);
        let shown = RunShown {
            run: RunTold::of(&run),
            mails: self.mails(Some(run.key)).await?,
            remarks: remarks(&run),
            encoding: kind.recoded(&run.input).map(|recoded| recoded.to_string()),
            notes: {
                let of_file = kind.unused(&run.input).warnings().into_iter().chain(kind.notes(&run.input));
                run.remarks.iter().cloned().chain(of_file).collect()
            },
            resumed: run.resumed,
            moved: run.moved,
            timezone: self.config.timezone.clone(),
        };
        let mut listens = tell(QueryReply::Run(Box::new(shown))).await;
        let mut pages = Pages::of(journal, &run, filter);
        while listens && let Some(page) = pages.next().await? {
            listens = tell(QueryReply::Items(page)).await;
        }
        Ok(())
    }
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
    async fn next(&mut self) -> Result<Option<Vec<ItemTold>>, JournalError> {
        let most = u32::try_from(self.left).unwrap_or(ITEMS_TOLD).min(ITEMS_TOLD);
        if most == 0 {
            return Ok(None);
        }
        let page = ItemsPage { run: self.run, filter: self.filter, after: self.after, most };
        let page = self.journal.items(page).await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.after = last.item;
        self.left -= page.len() as u64;
        let attempts = self.journal.attempts(self.run, page.iter().map(|item| item.item).collect()).await?;
        Ok(Some(page.into_iter().zip(attempts).map(|(item, attempts)| told(item, attempts)).collect()))
    }
}

fn told(item: ItemView, attempts: Vec<AttemptView>) -> ItemTold {
    let attempt = |view: AttemptView| AttemptTold {
        attempt: view.attempt,
        at: view.at,
        http: view.http,
        code: view.code,
        ms: view.millis,
        error: view.error,
    };
    ItemTold {
        item: item.item.0,
        line: item.line,
        label: item.label,
        state: item.state,
        code: item.code,
        error: item.error,
        result: item.result,
        sent: item.attempts,
        attempts: attempts.into_iter().map(attempt).collect(),
    }
}

/// Returns the run that a person names by its id, or by the beginning or end of that, where there is one such run alone.
pub async fn run_named(journal: &dyn Readings, text: &str) -> Result<RunView, Refusal> {
    let text = text.trim();
    if let Ok(id) = text.parse::<RunId>() {
        return journal.run(id).await?.ok_or_else(|| no_run(text));
    }
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    if digits.len() < FEWEST || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(no_run(text));
    }
    let mut found = journal.runs_named(digits).await?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(no_run(text)),
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Refusal::usage(format!(
            "several runs are named {text}; write more of it (`roomkeeper history` tells them)"
        ))),
    }
}

/// Refuses a run id that is unknown.
#[must_use]
pub fn no_run(text: &str) -> Refusal {
    Refusal::usage(format!("there is no run {text}; `roomkeeper history` tells them"))
}
