//! Reads what was done: runs and their items as people and reports see them.

use rusqlite::{OptionalExtension, Row, params};

use super::super::runs::key_of;
use super::super::state::{from_code, to_code};
use super::Reader;
use super::open::{broken, read_run_id};
use crate::clock::Timestamp;
use crate::journal::alike::with_result;
use crate::journal::cells::FoundItem;
use crate::journal::{
    AttemptView, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, JournalError, RunKey, RunView,
};
use crate::model::{Code, ItemNo, JobKind, JobName, JobPayload, Outcome, RunId, State, Status, Trigger};

pub(super) const RUN: &str =
    "SELECT runs.run, runs.id, runs.job, jobs.name, jobs.kind, runs.cause, runs.due, runs.started,
    runs.ended, runs.outcome, runs.error, runs.counts, runs.resumed, claims.name, runs.input, runs.remarks,
    runs.moved FROM runs JOIN jobs USING (job) LEFT JOIN claims ON claims.run = runs.run";

pub(super) const ITEM: &str = "SELECT items.item, items.identity, bodies.label, bodies.line, items.state, items.code,
    items.error, items.attempts, results.result,
    CASE WHEN (SELECT sealed FROM runs WHERE run = items.run) > 0 THEN results.sealed END, bodies.source, items.before,
    bodies.payload, bodies.cells_at, (SELECT alike FROM runs WHERE run = items.run) FROM items
    JOIN bodies ON bodies.place = items.run << 32 | items.item LEFT JOIN results ON results.place = items.run << 32 | items.item";

/// Asks only for what the filter says, as the indexes have it: a job's newest run is then the first of its own, and one that did not
/// succeed the first of those, however many others there are.
fn history_query(filter: &HistoryFilter) -> String {
    let asked = [
        (filter.job.is_some(), " AND runs.job = (SELECT job FROM jobs WHERE name = ?1)"),
        (filter.since.is_some(), " AND runs.started >= ?2"),
        (filter.problems, " AND runs.outcome <> 'succeeded'"),
    ];
    let asked: String = asked.into_iter().filter_map(|(is_asked, condition)| is_asked.then_some(condition)).collect();
    format!("{RUN} WHERE runs.pruning = 0{asked} ORDER BY runs.run DESC LIMIT ?3")
}

impl Reader {
    /// The runs of the filter, newest first.
    pub(in crate::journal::sqlite) fn history(&self, filter: &HistoryFilter) -> Result<Vec<RunView>, JournalError> {
        let mut query = self.connection.prepare_cached(&history_query(filter))?;
        let rows = query.query_map(
            params![filter.job.as_ref().map(JobName::as_str), filter.since.map(Timestamp::millis), filter.limit],
            run_view,
        )?;
        let mut runs = rows.collect::<Result<Vec<_>, _>>()?;
        for run in runs.iter_mut().filter(|_| !filter.uncounted) {
            self.count_open(run)?;
        }
        Ok(runs)
    }

    /// A job's number.
    pub(in crate::journal::sqlite) fn job(&self, name: &JobName) -> Result<Option<JobKey>, JournalError> {
        Ok(self
            .connection
            .prepare_cached("SELECT job FROM jobs WHERE name = ?1")?
            .query_row([name.as_str()], |row| row.get(0).map(JobKey))
            .optional()?)
    }

    /// The kind of the job that has this name.
    pub(in crate::journal::sqlite) fn kind_of_job(&self, name: &JobName) -> Result<Option<JobKind>, JournalError> {
        let kind: Option<String> = self
            .connection
            .prepare_cached("SELECT kind FROM jobs WHERE name = ?1")?
            .query_row([name.as_str()], |row| row.get(0))
            .optional()?;
        kind.map(|kind| {
            JobKind::parse(&kind).ok_or_else(|| JournalError::damaged(format!("`{kind}` is no kind of job")))
        })
        .transpose()
    }

    /// One run.
    pub(in crate::journal::sqlite) fn run(&self, id: RunId) -> Result<Option<RunView>, JournalError> {
        let Some(key) = key_of(&self.connection, id)? else { return Ok(None) };
        self.run_by_key(key).map(Some)
    }

    /// The runs whose ids begin or end with these hexadecimal digits, in capitals; two at most.
    pub(in crate::journal::sqlite) fn runs_named(&self, digits: &str) -> Result<Vec<RunView>, JournalError> {
        let found = "SELECT run FROM runs WHERE hex(id) LIKE ?1 || '%' OR hex(id) LIKE '%' || ?1 LIMIT 2";
        let keys = self
            .connection
            .prepare_cached(found)?
            .query_map([digits], |row| row.get(0).map(RunKey))?
            .collect::<Result<Vec<_>, _>>()?;
        keys.into_iter().map(|key| self.run_by_key(key)).collect()
    }

    /// One run by its number.
    pub(in crate::journal::sqlite) fn run_by_key(&self, run: RunKey) -> Result<RunView, JournalError> {
        let mut view =
            self.connection.prepare_cached(&format!("{RUN} WHERE runs.run = ?1"))?.query_row([run.0], run_view)?;
        self.count_open(&mut view)?;
        Ok(view)
    }

    /// The items of a run after `after`, in their order.
    pub(in crate::journal::sqlite) fn items(&self, page: ItemsPage) -> Result<Vec<ItemView>, JournalError> {
        let ItemsPage { run, filter, after, most } = page;
        let which = match filter {
            ItemFilter::All => String::new(),
            ItemFilter::Good => states(|status| !status.is_problem() && status != Status::Skipped),
            ItemFilter::Problems => states(Status::is_problem),
        };
        let mut query = self.connection.prepare_cached(&format!(
            "{ITEM} WHERE items.run = ?1 AND items.item > ?2 {which} ORDER BY items.item LIMIT ?3"
        ))?;
        self.at_one_moment(|| {
            let rows = query.query_map(params![run.0, after.0, most], |row| Ok(item_view(row)))?;
            self.with_cells(run, rows.map(|row| row?).collect::<Result<_, _>>()?)
        })
    }

    /// The sendings of an item, in their order.
    pub(in crate::journal::sqlite) fn attempts(
        &self,
        run: RunKey,
        item: ItemNo,
    ) -> Result<Vec<AttemptView>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT attempt, at, http, code, ms, error FROM attempts WHERE run = ?1 AND item = ?2
             UNION ALL SELECT attempt, at, http, code, ms, error FROM results
             WHERE place = ?1 << 32 | ?2 AND attempt IS NOT NULL ORDER BY attempt",
        )?;
        let rows = query.query_map(params![run.0, item.0], |row| {
            Ok(AttemptView {
                attempt: row.get(0)?,
                at: Timestamp::from_millis(row.get(1)?),
                http: row.get(2)?,
                code: row.get::<_, Option<i64>>(3)?.map(Code),
                millis: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
                error: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The job's runs after `run`, oldest first.
    pub(in crate::journal::sqlite) fn runs_after(
        &self,
        job: JobKey,
        run: RunKey,
    ) -> Result<Vec<(RunKey, RunId)>, JournalError> {
        let mut query =
            self.connection.prepare_cached("SELECT run, id FROM runs WHERE job = ?1 AND run > ?2 ORDER BY run")?;
        let rows = query.query_map(params![job.0, run.0], |row| Ok((RunKey(row.get(0)?), read_run_id(row, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn count_open(&self, run: &mut RunView) -> Result<(), JournalError> {
        if run.ended.is_none() {
            run.counts = self.counts(run.key)?;
        }
        Ok(())
    }
}

fn states(which: impl Fn(Status) -> bool) -> String {
    let codes: Vec<_> = Status::ALL
        .into_iter()
        .filter(|status| which(*status))
        .map(|status| to_code(State::Done(status)).to_string())
        .collect();
    format!("AND items.state IN ({})", codes.join(", "))
}

pub(super) fn run_view(row: &Row<'_>) -> rusqlite::Result<RunView> {
    let (counts, remarks): (Option<String>, Option<String>) = (row.get(11)?, row.get(15)?);
    Ok(RunView {
        key: RunKey(row.get(0)?),
        id: read_run_id(row, 1)?,
        job_key: JobKey(row.get(2)?),
        job: row.get::<_, String>(3)?.parse().map_err(|error| broken(3, error))?,
        kind: JobKind::parse(&row.get::<_, String>(4)?).ok_or_else(|| broken(4, "no kind of job"))?,
        trigger: Trigger::parse(&row.get::<_, String>(5)?).ok_or_else(|| broken(5, "no trigger"))?,
        due: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        started: Timestamp::from_millis(row.get(7)?),
        ended: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        outcome: row.get::<_, Option<String>>(9)?.as_deref().and_then(Outcome::parse),
        error: row.get(10)?,
        counts: counts
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| broken(11, error))?
            .unwrap_or_default(),
        resumed: row.get(12)?,
        file: row.get(13)?,
        input: row.get(14)?,
        moved: row.get(16)?,
        remarks: remarks
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| broken(15, error))?
            .unwrap_or_default(),
    })
}

pub(super) fn item_view(row: &Row<'_>) -> Result<FoundItem, JournalError> {
    let view = ItemView {
        item: ItemNo(row.get(0)?),
        identity: row.get(1)?,
        label: row.get(2)?,
        line: row.get(3)?,
        state: from_code(row.get(4)?)?,
        code: row.get::<_, Option<i64>>(5)?.map(Code),
        error: row.get(6)?,
        attempts: row.get(7)?,
        result: row.get(8)?,
        sealed: row.get(9)?,
        source: row.get(10)?,
        before: row.get(11)?,
        payload: JobPayload::kept(row.get(12)?),
    };
    let alike: Option<String> = row.get(14)?;
    Ok(FoundItem { view: with_result(view, alike.as_deref()), cells_at: row.get::<_, Option<u32>>(13)?.map(ItemNo) })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::journal::sqlite::schema;

    #[test]
    fn runs_are_found_without_a_look_at_those_that_are_not_asked_for() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, Path::new("journal.db")).unwrap();
        let plan = |filter: &HistoryFilter| {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", history_query(filter))).unwrap();
            let steps = explain.query_map(params![None::<String>, 0, 1], |row| row.get::<_, String>(3)).unwrap();
            steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
        };
        let of_job = HistoryFilter { job: Some("timetable".parse().unwrap()), limit: 1, ..HistoryFilter::default() };
        let problems = HistoryFilter { problems: true, ..HistoryFilter::default() };
        for (filter, way) in [
            (&of_job, "SEARCH runs USING INDEX runs_of_job (job=?)"),
            (
                &HistoryFilter { problems: true, ..of_job.clone() },
                "SEARCH runs USING INDEX runs_problems_of_job (job=?)",
            ),
            (&problems, "SCAN runs USING INDEX runs_problems"),
            (
                &HistoryFilter { since: Some(Timestamp::from_millis(0)), ..problems.clone() },
                "USING INDEX runs_problems",
            ),
            (&HistoryFilter::default(), "SCAN runs\n"),
        ] {
            let plan = plan(filter) + "\n";
            assert!(plan.contains(way) && !plan.contains("B-TREE"), "{plan}");
        }
    }
}
