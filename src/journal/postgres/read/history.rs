//! Reads what was done: runs and their items as people and reports see them.

use tokio_postgres::Row;

use super::super::bind::{Bound, Text, bound};
use super::super::failure::Failure;
use super::super::link::Link;
use super::super::row::{Columns, job_name};
use super::super::runs::key_of;
use super::cells::with_cells;
use super::{BODIES, counts};
use crate::clock::Timestamp;
use crate::journal::alike::with_result;
use crate::journal::cells::FoundItem;
use crate::journal::state_code::to_code;
use crate::journal::{AttemptView, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, RunKey, RunView};
use crate::model::{Code, ItemNo, JobKind, JobName, JobPayload, Outcome, RunId, State, Status, Trigger};

pub(super) const RUN: &str =
    "SELECT runs.run, runs.id, runs.job, jobs.name, jobs.kind, runs.cause, runs.due, runs.started,
    runs.ended, runs.outcome, runs.error, runs.counts, runs.resumed, claims.name, runs.input, runs.remarks,
    runs.moved FROM runs JOIN jobs USING (job) LEFT JOIN claims ON claims.run = runs.run";

pub(super) const ITEM: &str = "SELECT items.item, items.identity, bodies.label, bodies.line, items.state, items.code,
    items.error, items.attempts, results.result,
    CASE WHEN (SELECT sealed FROM runs WHERE run = items.run) > 0 THEN results.sealed END, bodies.source, items.before,
    bodies.payload, bodies.cells_at, (SELECT alike FROM runs WHERE run = items.run) FROM items";

/// Finds what there is to tell of each item, in the same way as its body.
pub(super) const RESULTS: &str = "LEFT JOIN LATERAL (SELECT result, sealed FROM results
    WHERE results.run = items.run AND results.item = items.item OFFSET 0) AS results ON true";

/// The runs of the filter, newest first.
pub(super) async fn history(link: &Link, filter: &HistoryFilter) -> Result<Vec<RunView>, Failure> {
    // Only what is asked for is asked, as the indexes have it.
    let asked = [
        (filter.job.is_some(), " AND runs.job = (SELECT job FROM jobs WHERE name = $1)"),
        (filter.since.is_some(), " AND runs.started >= $2"),
        (filter.problems, " AND runs.outcome <> 'succeeded'"),
    ];
    let asked: String = asked.into_iter().filter_map(|(is_asked, condition)| is_asked.then_some(condition)).collect();
    let which = format!("NOT runs.pruning{asked} ORDER BY runs.run DESC LIMIT $3");
    let job = filter.job.as_ref().map(|job| Text(job.as_str()));
    let values = (filter.since.map(Timestamp::millis), i64::from(filter.limit));
    if filter.uncounted {
        let rows = link.rows(&format!("{RUN} WHERE {which}"), bound![job, values.0, values.1]).await?;
        return rows.iter().map(run_view).collect();
    }
    runs(link, &which, bound![job, values.0, values.1]).await
}

async fn runs(link: &Link, which: &str, values: &[Bound<'_>]) -> Result<Vec<RunView>, Failure> {
    let rows = link.rows(&format!("{RUN} WHERE {which}"), values).await?;
    let mut runs = rows.iter().map(run_view).collect::<Result<Vec<_>, _>>()?;
    for run in runs.iter_mut().filter(|run| run.ended.is_none()) {
        run.counts = counts(link, run.key).await?;
    }
    Ok(runs)
}

/// A job's number.
pub(super) async fn job(link: &Link, name: &JobName) -> Result<Option<JobKey>, Failure> {
    let found = link.first("SELECT job FROM jobs WHERE name = $1", bound![Text(name.as_str())]).await?;
    found.map(|row| row.at(0).map(JobKey)).transpose()
}

/// The kind of the job that has this name.
pub(super) async fn kind_of_job(link: &Link, name: &JobName) -> Result<Option<JobKind>, Failure> {
    let found = link.first("SELECT kind FROM jobs WHERE name = $1", bound![Text(name.as_str())]).await?;
    let Some(row) = found else { return Ok(None) };
    let kind: &str = row.at(0)?;
    JobKind::parse(kind).map(Some).ok_or_else(|| Failure::damaged(format!("`{kind}` is no kind of job")))
}

/// One run.
pub(super) async fn run(link: &Link, id: RunId) -> Result<Option<RunView>, Failure> {
    match key_of(link, id).await? {
        Some(key) => run_by_key(link, key).await.map(Some),
        None => Ok(None),
    }
}

/// The runs whose ids begin or end with these hexadecimal digits, in capitals; two at most.
pub(super) async fn runs_named(link: &Link, digits: &str) -> Result<Vec<RunView>, Failure> {
    let which = "upper(encode(runs.id, 'hex')) LIKE $1 || '%' OR upper(encode(runs.id, 'hex')) LIKE '%' || $1
        ORDER BY runs.run LIMIT 2";
    runs(link, which, bound![Text(digits)]).await
}

/// One run by its number.
pub(in crate::journal::postgres) async fn run_by_key(link: &Link, run: RunKey) -> Result<RunView, Failure> {
    runs(link, "runs.run = $1", bound![run.0]).await?.pop().ok_or_else(|| Failure::unknown("such row"))
}

/// These runs, in the same order.
pub(super) async fn runs_by_key(link: &Link, asked: &[RunKey]) -> Result<Vec<RunView>, Failure> {
    let numbers: Vec<_> = asked.iter().map(|run| run.0).collect();
    let found = runs(link, "runs.run = ANY ($1)", bound![numbers]).await?;
    let view = |run: &RunKey| found.iter().find(|view| view.key == *run).cloned();
    asked.iter().map(|run| view(run).ok_or_else(|| Failure::unknown("such row"))).collect()
}

/// The items of a run after `after`, in their order.
pub(super) async fn items(link: &Link, page: ItemsPage) -> Result<Vec<ItemView>, Failure> {
    let ItemsPage { run, filter, after, most } = page;
    let which = match filter {
        ItemFilter::All => String::new(),
        ItemFilter::Good => states(|status| !status.is_problem() && status != Status::Skipped),
        ItemFilter::Problems => states(Status::is_problem),
    };
    let rows = link
        .rows(
            &format!("{ITEM} {BODIES} {RESULTS} WHERE items.run = $1 AND items.item > $2 {which} ORDER BY items.item LIMIT $3"),
            bound![run.0, i64::from(after.0), i64::from(most)],
        )
        .await?;
    with_cells(link, run, rows.iter().map(item_view).collect::<Result<_, _>>()?).await
}

/// The sendings of each of these items, in their order.
pub(super) async fn attempts(link: &Link, run: RunKey, items: &[ItemNo]) -> Result<Vec<Vec<AttemptView>>, Failure> {
    let asked: Vec<_> = items.iter().map(|item| i64::from(item.0)).collect();
    let rows = link
        .rows(
            "SELECT item, attempt, at, http, code, ms, error FROM attempts WHERE run = $1 AND item = ANY ($2)
             UNION ALL SELECT item, attempt, at, http, code, ms, error FROM results
             WHERE run = $1 AND item = ANY ($2) AND attempt IS NOT NULL ORDER BY item, attempt",
            bound![run.0, asked],
        )
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let attempt = AttemptView {
            attempt: row.number(1)?,
            at: row.time(2)?,
            http: row.number_if_any(3)?,
            code: row.at::<Option<i64>>(4)?.map(Code),
            millis: row.number_if_any(5)?,
            error: row.at(6)?,
        };
        found.push((row.item(0)?, attempt));
    }
    let of = |item: &ItemNo| found.iter().filter(|(of, _)| of == item).map(|(_, attempt)| attempt.clone()).collect();
    Ok(items.iter().map(of).collect())
}

/// The job's runs after `run`, oldest first.
pub(super) async fn runs_after(link: &Link, job: JobKey, run: RunKey) -> Result<Vec<(RunKey, RunId)>, Failure> {
    let find = "SELECT run, id FROM runs WHERE job = $1 AND run > $2 ORDER BY run";
    link.rows(find, bound![job.0, run.0]).await?.iter().map(|row| Ok((row.run(0)?, row.run_id(1)?))).collect()
}

fn states(which: impl Fn(Status) -> bool) -> String {
    let codes: Vec<_> = Status::ALL
        .into_iter()
        .filter(|status| which(*status))
        .map(|status| to_code(State::Done(status)).to_string())
        .collect();
    format!("AND items.state IN ({})", codes.join(", "))
}

pub(super) fn run_view(row: &Row) -> Result<RunView, Failure> {
    let (kind, trigger): (&str, &str) = (row.at(4)?, row.at(5)?);
    let (counts, remarks): (Option<&str>, Option<&str>) = (row.at(11)?, row.at(15)?);
    Ok(RunView {
        key: row.run(0)?,
        id: row.run_id(1)?,
        job_key: JobKey(row.at(2)?),
        job: job_name(row.at(3)?)?,
        kind: JobKind::parse(kind).ok_or_else(|| Failure::damaged(format!("`{kind}` is no kind of job")))?,
        trigger: Trigger::parse(trigger)
            .ok_or_else(|| Failure::damaged(format!("`{trigger}` is no reason to begin a run")))?,
        due: row.time_if_any(6)?,
        started: row.time(7)?,
        ended: row.time_if_any(8)?,
        outcome: row.at::<Option<&str>>(9)?.and_then(Outcome::parse),
        error: row.at(10)?,
        counts: counts.map(json).transpose()?.unwrap_or_default(),
        resumed: row.number(12)?,
        file: row.at(13)?,
        input: row.at(14)?,
        moved: row.at(16)?,
        remarks: remarks.map(json).transpose()?.unwrap_or_default(),
    })
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::damaged(error.to_string()))
}

pub(super) fn item_view(row: &Row) -> Result<FoundItem, Failure> {
    let view = ItemView {
        item: row.item(0)?,
        identity: row.at(1)?,
        label: row.at(2)?,
        line: row.number_if_any(3)?,
        state: row.state(4)?,
        code: row.at::<Option<i64>>(5)?.map(Code),
        error: row.at(6)?,
        attempts: row.number(7)?,
        result: row.at(8)?,
        sealed: row.at(9)?,
        source: row.at(10)?,
        before: row.at(11)?,
        payload: JobPayload::kept(row.at(12)?),
    };
    Ok(FoundItem { view: with_result(view, row.at(14)?), cells_at: row.number_if_any(13)?.map(ItemNo) })
}
