//! Reads pages of runs and items by key. Each question is answered by an index, so that none takes longer with a million items or a
//! hundred thousand runs.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::super::state::{DONE, to_code};
use super::Reader;
use super::history::{ITEM, RUN, item_view, run_view};
use super::open::read_run_id;
use crate::clock::Timestamp;
use crate::journal::page::ItemsSearch;
use crate::journal::{
    ItemView, ItemsAsked, ItemsFound, ItemsSought, JobKey, JournalError, RunKey, RunView, RunsAsked, RunsEnded,
};
use crate::model::{ItemNo, RunId, State, Status};

/// The condition of the index of runs that were not made good.
const NOT_MADE_GOOD: &str = "runs.outcome IN ('failed', 'partial') AND runs.made_good IS NULL AND runs.pruning = 0";

/// Returns the statement for a page of runs.
fn runs_query(asked: &RunsAsked) -> String {
    // SQLite cannot know that few of a job's runs may have ended so.
    let (index, ended) = match asked.ended {
        RunsEnded::Anyhow => ("runs_told", String::new()),
        RunsEnded::With(outcome) => ("runs_told_by", format!(" AND runs.outcome = '{}'", outcome.as_str())),
        RunsEnded::NotMadeGood => ("runs_left_of", format!(" AND {NOT_MADE_GOOD}")),
    };
    let run = RUN.replacen("FROM runs", &format!("FROM runs INDEXED BY {index}"), 1);
    let conditions = [
        (asked.from.is_some(), " AND runs.started >= ?2"),
        (asked.until.is_some(), " AND runs.started < ?3"),
        (asked.behind.is_some(), " AND (runs.started, runs.run) < (?4, ?5)"),
    ];
    let more: String = conditions.into_iter().filter_map(|(is_asked, text)| is_asked.then_some(text)).collect();
    format!(
        "{run} WHERE runs.job = ?1 AND runs.pruning = 0{ended}{more} ORDER BY runs.started DESC, runs.run DESC LIMIT ?6"
    )
}

/// The runs that were not made good, newest first.
fn left_query() -> String {
    format!("{RUN} WHERE {NOT_MADE_GOOD} ORDER BY runs.run DESC LIMIT ?1")
}

/// Returns the statement for the items of one part.
fn items_query(part: Option<Status>) -> String {
    let (index, state) = match part {
        Some(status) => {
            ("items_over", format!("items.state >= {DONE} AND items.state = {}", to_code(State::Done(status))))
        }
        None => ("items_open", "items.open = 1".to_owned()),
    };
    // SQLite cannot know that few of a run's items may be in one state.
    let item = ITEM.replacen("FROM items", &format!("FROM items INDEXED BY {index}"), 1);
    format!("{item} WHERE items.run = ?1 AND {state} AND items.item > ?2 ORDER BY items.item LIMIT ?3")
}

const SOUGHT: &str = "SELECT items.item, items.identity, bodies.label FROM items
    JOIN bodies ON bodies.place = items.run << 32 | items.item
    WHERE items.run = ?1 AND items.item > ?2 ORDER BY items.item LIMIT ?3";

impl Reader {
    /// A page of a job's runs, newest first.
    pub(in crate::journal::sqlite) fn runs_page(&self, asked: &RunsAsked) -> Result<Vec<RunView>, JournalError> {
        let mut query = self.connection.prepare_cached(&runs_query(asked))?;
        let (from, until) = (asked.from.map(Timestamp::millis), asked.until.map(Timestamp::millis));
        let behind = asked.behind.map(|place| (place.started.millis(), place.run.0)).unzip();
        let rows = query.query_map(params![asked.job.0, from, until, behind.0, behind.1, asked.most], run_view)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The runs of all jobs that failed or are partial and that none has made good, newest first.
    pub(in crate::journal::sqlite) fn not_made_good(&self, most: u32) -> Result<Vec<RunView>, JournalError> {
        let mut query = self.connection.prepare_cached(&left_query())?;
        let rows = query.query_map([most], run_view)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The run, without a count of its items while it is under way.
    pub(in crate::journal::sqlite) fn run_uncounted(&self, id: RunId) -> Result<Option<RunView>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!("{RUN} WHERE runs.id = ?1 AND runs.pruning = 0"))?;
        Ok(query.query_row([id.as_bytes()], run_view).optional()?)
    }

    /// The run that has made good what this one failed at.
    pub(in crate::journal::sqlite) fn made_good_by(&self, run: RunKey) -> Result<Option<RunId>, JournalError> {
        let found = "SELECT later.id FROM runs JOIN runs AS later ON later.run = runs.made_good WHERE runs.run = ?1";
        Ok(self.connection.prepare_cached(found)?.query_row([run.0], |row| read_run_id(row, 0)).optional()?)
    }

    /// A page of a run's items.
    pub(in crate::journal::sqlite) fn items_page(&self, asked: ItemsAsked) -> Result<Vec<ItemView>, JournalError> {
        let most = asked.most as usize;
        self.at_one_moment(|| {
            let mut items = Vec::with_capacity(most);
            for (part, after) in asked.parts() {
                let left = u32::try_from(most - items.len()).unwrap_or(asked.most);
                let mut query = self.connection.prepare_cached(&items_query(part))?;
                let rows = query.query_map(params![asked.run.0, after.0, left], |row| Ok(item_view(row)))?;
                for item in rows {
                    items.push(item??);
                }
                if items.len() == most {
                    break;
                }
            }
            self.with_cells(asked.run, items)
        })
    }

    /// Items by their words, or by a whole `ref`.
    pub(in crate::journal::sqlite) fn items_sought(&self, sought: &ItemsSought) -> Result<ItemsFound, JournalError> {
        let mut search = ItemsSearch::new(sought);
        let mut query = self.connection.prepare_cached(SOUGHT)?;
        let mut rows = query.query(params![sought.run.0, sought.after.0, sought.looked_at])?;
        while let Some(row) = rows.next()? {
            let identity: Option<String> = row.get(1)?;
            let label = row.get_ref(2)?.as_str().unwrap_or_default();
            if !search.look(ItemNo(row.get(0)?), identity.as_deref(), label) {
                break;
            }
        }
        Ok(search.end())
    }

    /// The item of a run with this whole `ref`, as far as the run was the last to deal with it.
    pub(in crate::journal::sqlite) fn item_of_ref(
        &self,
        job: JobKey,
        run: RunKey,
        reference: &str,
    ) -> Result<Option<ItemNo>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT item FROM identities WHERE job = ?1 AND identity = 'ref:' || ?2 AND run = ?3")?;
        Ok(query.query_row(params![job.0, reference, run.0], |row| row.get(0).map(ItemNo)).optional()?)
    }

    /// The message of a mail about a run, but for one to a room's owner; `None` where there is none, or it is not kept.
    pub(in crate::journal::sqlite) fn letter_message(
        &self,
        run: RunKey,
        letter: Uuid,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT message FROM outbox WHERE id = ?1 AND run = ?2 AND topic IS NULL")?;
        Ok(query.query_row(params![letter.as_bytes(), run.0], |row| row.get(0)).optional()?.flatten())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::journal::RunPlace;
    use crate::journal::sqlite::schema;
    use crate::model::Outcome;

    fn plan(sql: &str) -> String {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, Path::new("journal.db")).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let parameters = vec![1_i64; explain.parameter_count()];
        let steps = explain.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    fn asked(ended: RunsEnded) -> RunsAsked {
        let place = RunPlace { started: Timestamp::from_seconds(1), run: RunKey(1) };
        let at = Some(Timestamp::from_seconds(1));
        RunsAsked { job: JobKey(1), ended, from: at, until: at, behind: Some(place), most: 1 }
    }

    #[test]
    fn every_page_of_runs_is_answered_by_an_index_in_its_order() {
        for (ended, index) in [
            (RunsEnded::Anyhow, "runs_told (job=?"),
            (RunsEnded::With(Outcome::Failed), "runs_told_by (job=? AND outcome=?"),
            (RunsEnded::NotMadeGood, "runs_left_of (job=?"),
        ] {
            for asked in [asked(ended), RunsAsked { from: None, until: None, behind: None, ..asked(ended) }] {
                let plan = plan(&runs_query(&asked));
                assert!(plan.contains(index) && !plan.contains("B-TREE"), "{ended:?}: {plan}");
            }
        }
        let plan = plan(&left_query());
        assert!(plan.contains("runs_left") && !plan.contains("B-TREE"), "{plan}");
    }

    #[test]
    fn every_part_of_a_page_of_items_is_answered_by_an_index_in_its_order() {
        for part in Status::ALL.into_iter().map(Some).chain([None]) {
            let plan = plan(&items_query(part));
            let index = if part.is_some() { "items_over (run=? AND state=? AND item>?)" } else { "items_open (run=?" };
            assert!(plan.contains(index) && !plan.contains("B-TREE"), "{part:?}: {plan}");
        }
        let plan = plan(SOUGHT);
        assert!(plan.contains("PRIMARY KEY (run=? AND item>?)") && !plan.contains("B-TREE"), "{plan}");
    }
}
