//! Reads pages of runs and items by key. Each question is answered by an index, so that none takes longer with a million items or a
//! hundred thousand runs.

use uuid::Uuid;

use super::super::bind::{Text, bound};
use super::super::failure::Failure;
use super::super::link::Link;
use super::super::row::Columns;
use super::BODIES;
use super::cells::with_cells;
use super::history::{ITEM, RESULTS, RUN, item_view, run_view};
use crate::clock::Timestamp;
use crate::journal::page::ItemsSearch;
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{ItemView, ItemsAsked, ItemsFound, ItemsSought, JobKey, RunKey, RunView, RunsAsked, RunsEnded};
use crate::model::{ItemNo, RunId, State};

/// The condition of the index of runs that were not made good.
const NOT_MADE_GOOD: &str = "runs.outcome IN ('failed', 'partial') AND runs.made_good IS NULL AND NOT runs.pruning";

/// A page of a job's runs, newest first.
pub(super) async fn runs_page(link: &Link, asked: &RunsAsked) -> Result<Vec<RunView>, Failure> {
    let ended = match asked.ended {
        RunsEnded::Anyhow => String::new(),
        RunsEnded::With(outcome) => format!(" AND runs.outcome = '{}'", outcome.as_str()),
        RunsEnded::NotMadeGood => format!(" AND {NOT_MADE_GOOD}"),
    };
    let conditions = [
        (asked.from.is_some(), " AND runs.started >= $2"),
        (asked.until.is_some(), " AND runs.started < $3"),
        (asked.behind.is_some(), " AND (runs.started, runs.run) < ($4, $5)"),
    ];
    let more: String = conditions.into_iter().filter_map(|(is_asked, text)| is_asked.then_some(text)).collect();
    let query = format!(
        "{RUN} WHERE runs.job = $1 AND NOT runs.pruning{ended}{more} ORDER BY runs.started DESC, runs.run DESC LIMIT $6"
    );
    let (from, until) = (asked.from.map(Timestamp::millis), asked.until.map(Timestamp::millis));
    let (started, run) = asked.behind.map(|place| (place.started.millis(), place.run.0)).unzip();
    let rows = link.rows(&query, bound![asked.job.0, from, until, started, run, i64::from(asked.most)]).await?;
    rows.iter().map(run_view).collect()
}

/// The latest runs of each of these jobs, in the same order, that ended so.
pub(super) async fn latest_runs(
    link: &Link,
    jobs: &[JobKey],
    ended: RunsEnded,
    most: u32,
) -> Result<Vec<Vec<RunView>>, Failure> {
    let mut all = Vec::with_capacity(jobs.len());
    for job in jobs {
        let asked = RunsAsked { job: *job, ended, from: None, until: None, behind: None, most };
        all.push(runs_page(link, &asked).await?);
    }
    Ok(all)
}

/// The runs of all jobs that failed or are partial and that none has made good, newest first.
pub(super) async fn not_made_good(link: &Link, most: u32) -> Result<Vec<RunView>, Failure> {
    let query = format!("{RUN} WHERE {NOT_MADE_GOOD} ORDER BY runs.run DESC LIMIT $1");
    link.rows(&query, bound![i64::from(most)]).await?.iter().map(run_view).collect()
}

/// The run, without a count of its items while it is under way.
pub(super) async fn run_uncounted(link: &Link, id: RunId) -> Result<Option<RunView>, Failure> {
    let query = format!("{RUN} WHERE runs.id = $1 AND NOT runs.pruning");
    link.first(&query, bound![id.as_bytes().as_slice()]).await?.as_ref().map(run_view).transpose()
}

/// The run that has made good what this one failed at.
pub(super) async fn made_good_by(link: &Link, run: RunKey) -> Result<Option<RunId>, Failure> {
    let find = "SELECT later.id FROM runs JOIN runs AS later ON later.run = runs.made_good WHERE runs.run = $1";
    link.first(find, bound![run.0]).await?.map(|row| row.run_id(0)).transpose()
}

/// A page of a run's items.
pub(super) async fn items_page(link: &Link, asked: ItemsAsked) -> Result<Vec<ItemView>, Failure> {
    let most = asked.most as usize;
    let mut items = Vec::with_capacity(most);
    for (part, after) in asked.parts() {
        let state = match part {
            Some(status) => format!("items.state >= {DONE} AND items.state = {}", to_code(State::Done(status))),
            None => format!("items.state < {DONE}"),
        };
        let query = format!(
            "{ITEM} {BODIES} {RESULTS} WHERE items.run = $1 AND {state} AND items.item > $2 ORDER BY items.item LIMIT $3"
        );
        let left = i64::try_from(most - items.len()).unwrap_or(i64::MAX);
        for row in &link.rows(&query, bound![asked.run.0, i64::from(after.0), left]).await? {
            items.push(item_view(row)?);
        }
        if items.len() == most {
            break;
        }
    }
    with_cells(link, asked.run, items).await
}

/// Items by their words, or by a whole `ref`.
pub(super) async fn items_sought(link: &Link, sought: &ItemsSought) -> Result<ItemsFound, Failure> {
    let mut search = ItemsSearch::new(sought);
    let rows = link
        .rows(
            &format!(
                "SELECT items.item, items.identity, bodies.label FROM items {BODIES}
                 WHERE items.run = $1 AND items.item > $2 ORDER BY items.item LIMIT $3"
            ),
            bound![sought.run.0, i64::from(sought.after.0), i64::from(sought.looked_at)],
        )
        .await?;
    for row in &rows {
        if !search.look(row.item(0)?, row.at(1)?, row.at(2)?) {
            break;
        }
    }
    Ok(search.end())
}

/// The item of a run with this whole `ref`, as far as the run was the last to deal with it.
pub(super) async fn item_of_ref(
    link: &Link,
    job: JobKey,
    run: RunKey,
    reference: &str,
) -> Result<Option<ItemNo>, Failure> {
    let find = "SELECT item FROM identities WHERE job = $1 AND identity = $2 AND run = $3";
    let identity = format!("ref:{reference}");
    link.first(find, bound![job.0, Text(&identity), run.0]).await?.map(|row| row.item(0)).transpose()
}

/// The message of a mail about a run, but for one to a room's owner; `None` where there is none, or it is not kept.
pub(super) async fn letter_message(link: &Link, run: RunKey, letter: Uuid) -> Result<Option<Vec<u8>>, Failure> {
    let find = "SELECT message FROM outbox WHERE id = $1 AND run = $2 AND topic IS NULL";
    let found = link.first(find, bound![letter.as_bytes().as_slice(), run.0]).await?;
    Ok(found.map(|row| row.at(0)).transpose()?.flatten())
}
