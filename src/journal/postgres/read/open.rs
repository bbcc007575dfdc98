//! Reads all that is not over yet: the runs to resume, and a run's items page by page.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::super::bind::{Bound, bound};
use super::super::failure::Failure;
use super::super::link::Link;
use super::super::row::{Columns, job_name};
use super::super::viewer::Viewer;
use super::{BODIES, counts};
use crate::clock::Timestamp;
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{JobKey, OpenItem, PendingAsked, PendingPage, RunKey, SettlingItem, Stop, Tally, UnfinishedRun};
use crate::model::{ItemNo, JobKind, JobPayload, Life, RunId, State, Trigger};

/// Nothing is put off for longer than this (milliseconds); an item that seems to be has seen the clock stepped back.
const CLOCK_STEPPED: i64 = 2 * 60 * 60 * 1000;

const UNFINISHED: &str = "SELECT runs.run, runs.id, runs.job, jobs.name, jobs.kind, runs.cause, runs.due, runs.started,
    runs.phase = 'planning', runs.stopped, runs.error, runs.retry_of, runs.input, runs.moved,
    CASE WHEN runs.process <> $1 THEN (SELECT node FROM leases WHERE owner = runs.process) END,
    CASE WHEN runs.begun_at <> $2 AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.run = runs.run AND claims.shared) THEN coalesce(
        (SELECT node FROM leases WHERE home = runs.begun_at ORDER BY epoch DESC LIMIT 1), 'another machine') END
    FROM runs JOIN jobs USING (job) WHERE runs.ended IS NULL";

const ITEM: &str = "SELECT items.item, items.state, items.attempts, items.returns, items.identity, bodies.label,
    bodies.line, bodies.payload, items.sent, items.before, items.steps FROM items";

/// The states of items that are being settled.
fn settling_states() -> Vec<i64> {
    [false, true].map(|at_start| to_code(State::Settling { at_start })).to_vec()
}

/// The runs that have not ended, oldest first.
pub(super) async fn unfinished(link: &Link, viewer: &Viewer) -> Result<Vec<UnfinishedRun>, Failure> {
    let find = format!("{UNFINISHED} ORDER BY runs.run");
    link.rows(&find, bound![viewer.process(), viewer.home()]).await?.iter().map(unfinished_view).collect()
}

/// One run that has not ended.
pub(super) async fn unfinished_run(
    link: &Link,
    viewer: &Viewer,
    run: RunKey,
) -> Result<Option<UnfinishedRun>, Failure> {
    let find = format!("{UNFINISHED} AND runs.run = $3");
    let found = link.first(&find, bound![viewer.process(), viewer.home(), run.0]).await?;
    found.as_ref().map(unfinished_view).transpose()
}

/// The next page of pending items.
pub(super) async fn pending(link: &Link, asked: PendingAsked) -> Result<PendingPage, Failure> {
    let PendingAsked { run, after, now, most } = asked;
    let state = to_code(State::Pending);
    let which = format!(
        "items.run = $1 AND items.item > $2 AND items.state < {DONE} AND items.state = {state}
         AND (items.not_before IS NULL OR items.not_before <= $3 OR items.not_before > $3 + {CLOCK_STEPPED})
         ORDER BY items.item LIMIT $4"
    );
    let items = open_items(link, &which, bound![run.0, i64::from(after.0), now.millis(), i64::from(most)]).await?;
    let mut next = None;
    if items.is_empty() {
        let first = format!(
            "SELECT min(coalesce(not_before, 0)) FROM items WHERE run = $1 AND state < {DONE} AND state = {state}"
        );
        next = link.one(&first, bound![run.0]).await?.time_if_any(0)?;
    }
    Ok(PendingPage { items, next })
}

/// The items of the run that were, or may have been, sent more than once, after `after` in their order.
pub(super) async fn sent_again(link: &Link, run: RunKey, after: ItemNo, most: u32) -> Result<Vec<OpenItem>, Failure> {
    let which = "items.run = $1 AND items.item > $2 AND items.attempts > 1 ORDER BY items.item LIMIT $3";
    open_items(link, which, bound![run.0, i64::from(after.0), i64::from(most)]).await
}

async fn open_items(link: &Link, which: &str, values: &[Bound<'_>]) -> Result<Vec<OpenItem>, Failure> {
    link.rows(&format!("{ITEM} {BODIES} WHERE {which}"), values).await?.iter().map(open_item).collect()
}

/// The items that are `sending`.
pub(super) async fn sending(link: &Link, run: RunKey) -> Result<Vec<(ItemNo, Life)>, Failure> {
    let find = format!(
        "SELECT item, attempts, returns, steps FROM items WHERE run = $1 AND state < {DONE} AND state = $2 ORDER BY item"
    );
    let rows = link.rows(&find, bound![run.0, to_code(State::Sending)]).await?;
    let life = |row: &Row| {
        let life =
            Life { state: State::Sending, attempts: row.number(1)?, returns: row.number(2)?, steps: row.number(3)? };
        Ok((row.item(0)?, life))
    };
    rows.iter().map(life).collect()
}

/// The items being settled after `after`, in their order.
pub(super) async fn settling(link: &Link, run: RunKey, after: ItemNo, most: u32) -> Result<Vec<SettlingItem>, Failure> {
    let find = format!(
        "{ITEM} {BODIES} WHERE items.run = $1 AND items.item > $2 AND items.state < {DONE} AND items.state = ANY ($3)
         ORDER BY items.item LIMIT $4"
    );
    let rows = link.rows(&find, bound![run.0, i64::from(after.0), settling_states(), i64::from(most)]).await?;
    rows.iter().map(settling_item).collect()
}

/// Of these items, those that are being settled.
pub(super) async fn settling_of(link: &Link, run: RunKey, items: &[ItemNo]) -> Result<Vec<SettlingItem>, Failure> {
    let asked: Vec<_> = items.iter().map(|item| i64::from(item.0)).collect();
    let find = format!(
        "{ITEM} {BODIES} WHERE items.run = $1 AND items.item = ANY ($2) AND items.state < {DONE} AND items.state = ANY ($3)"
    );
    let rows = link.rows(&find, bound![run.0, asked, settling_states()]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        found.insert(row.item(0)?, settling_item(row)?);
    }
    Ok(items.iter().filter_map(|item| found.get(item).cloned()).collect())
}

/// Returns what the requests of the items being settled change, of those whose intent told it.
pub(super) async fn settling_targets(link: &Link, run: RunKey) -> Result<HashMap<ItemNo, String>, Failure> {
    let find = format!(
        "SELECT item, target FROM items WHERE run = $1 AND state < {DONE} AND state = ANY ($2) AND target IS NOT NULL"
    );
    let rows = link.rows(&find, bound![run.0, settling_states()]).await?;
    rows.iter().map(|row| Ok((row.item(0)?, row.at(1)?))).collect()
}

/// Returns how many items of the run took steps on the way and came to a good end.
pub(super) async fn took_steps(link: &Link, run: RunKey) -> Result<u64, Failure> {
    let find = "SELECT state, count(*) FROM items WHERE run = $1 AND steps > 0 GROUP BY state";
    let mut took = 0;
    for row in &link.rows(find, bound![run.0]).await? {
        if matches!(row.state(0)?, State::Done(status) if !status.is_problem()) {
            took += row.number::<u64>(1)?;
        }
    }
    Ok(took)
}

/// Returns how many items of the run stand where.
pub(super) async fn tally(link: &Link, run: RunKey) -> Result<Tally, Failure> {
    let find = format!(
        "SELECT count(*) FILTER (WHERE state = $2), count(*) FILTER (WHERE state < {DONE} AND state <> $2),
         count(*) FILTER (WHERE attempts > 1) FROM items WHERE run = $1"
    );
    let row = link.one(&find, bound![run.0, to_code(State::Pending)]).await?;
    Ok(Tally {
        pending: row.number(0)?,
        settling: row.number(1)?,
        sent_again: row.number(2)?,
        over: counts(link, run).await?,
    })
}

/// Runs whose files are written, and that a crash left with some of their sealed PINs: what is to be written from them now
/// would lack the others.
pub(super) async fn half_wiped_runs(link: &Link, viewer: &Viewer) -> Result<Vec<RunKey>, Failure> {
    runs_here(link, viewer, "sealed = 2").await
}

/// Tells whether PINs of the run's items wait, sealed.
pub(super) async fn has_sealed_pins(link: &Link, run: RunKey) -> Result<bool, Failure> {
    link.exists(
        "SELECT 1 FROM results WHERE run = $1 AND sealed IS NOT NULL AND (SELECT sealed FROM runs WHERE run = $1) > 0
         LIMIT 1",
        bound![run.0],
    )
    .await
}

/// Runs that have ended and may still hold sealed PINs, all of them.
pub(super) async fn sealed_runs(link: &Link, viewer: &Viewer) -> Result<Vec<RunKey>, Failure> {
    runs_here(link, viewer, "sealed = 1 AND ended IS NOT NULL AND NOT files_due").await
}

/// Runs whose files are to be written here, since they were worked on elsewhere.
pub(super) async fn files_due(link: &Link, viewer: &Viewer) -> Result<Vec<RunKey>, Failure> {
    runs_here(link, viewer, "files_due AND ended IS NOT NULL").await
}

/// Runs that began in the state directory of the one who asks.
async fn runs_here(link: &Link, viewer: &Viewer, which: &str) -> Result<Vec<RunKey>, Failure> {
    let find = format!(
        "SELECT run FROM runs WHERE {which} AND ($1::text IS NULL OR begun_at IS NULL OR begun_at = $1) ORDER BY run"
    );
    link.rows(&find, bound![viewer.home()]).await?.iter().map(|row| row.run(0)).collect()
}

fn unfinished_view(row: &Row) -> Result<UnfinishedRun, Failure> {
    let (kind, trigger): (&str, &str) = (row.at(4)?, row.at(5)?);
    let stopped = row.at::<Option<&str>>(9)?.and_then(Stop::parse);
    let why: Option<String> = row.at(10)?;
    Ok(UnfinishedRun {
        key: row.run(0)?,
        id: row.run_id(1)?,
        job: JobKey(row.at(2)?),
        name: job_name(row.at(3)?)?,
        kind: JobKind::parse(kind).ok_or_else(|| Failure::damaged(format!("`{kind}` is no kind of job")))?,
        trigger: Trigger::parse(trigger)
            .ok_or_else(|| Failure::damaged(format!("`{trigger}` is no reason to begin a run")))?,
        due: row.time_if_any(6)?,
        started: row.time(7)?,
        planning: row.at(8)?,
        stopped: stopped.map(|stop| (stop, why.unwrap_or_default())),
        retry_of: row.at::<Option<&[u8]>>(11)?.and_then(RunId::from_bytes),
        input: row.at(12)?,
        moved: row.at(13)?,
        works_elsewhere: row.at(14)?,
        files_elsewhere: row.at(15)?,
    })
}

fn open_item(row: &Row) -> Result<OpenItem, Failure> {
    let life = Life { state: row.state(1)?, attempts: row.number(2)?, returns: row.number(3)?, steps: row.number(10)? };
    Ok(OpenItem {
        item: row.item(0)?,
        life,
        identity: row.at(4)?,
        label: row.at(5)?,
        line: row.number_if_any(6)?,
        payload: JobPayload::kept(row.at(7)?),
    })
}

fn settling_item(row: &Row) -> Result<SettlingItem, Failure> {
    let sent = row.time_if_any(8)?.unwrap_or(Timestamp::from_millis(0));
    Ok(SettlingItem { item: open_item(row)?, sent, before: row.at(9)? })
}
