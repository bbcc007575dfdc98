//! Reads all that is not over yet: the runs to resume, and a run's items page by page.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};

use super::super::place::OF_RUN;
use super::super::state::{from_code, to_code};
use super::Reader;
use crate::clock::Timestamp;
use crate::journal::{
    JobKey, JournalError, OpenItem, PendingAsked, PendingPage, RunKey, SettlingItem, Stop, Tally, UnfinishedRun,
};
use crate::model::{ItemNo, JobKind, JobPayload, Life, RunId, State, Trigger};

/// Nothing is put off for longer than this (milliseconds); an item that seems to be has seen the clock stepped back.
const CLOCK_STEPPED: i64 = 2 * 60 * 60 * 1000;

const UNFINISHED: &str = "SELECT runs.run, runs.id, runs.job, jobs.name, jobs.kind, runs.cause, runs.due, runs.started,
    runs.phase = 'planning', runs.stopped, runs.error, runs.retry_of, runs.input, runs.moved FROM runs JOIN jobs USING (job)";

const ITEM: &str = "SELECT items.item, items.state, items.attempts, items.returns, items.identity, bodies.label,
    bodies.line, bodies.payload, items.sent, items.before, items.steps FROM items JOIN bodies ON bodies.place = items.run << 32 | items.item";

impl Reader {
    /// The runs that have not ended, oldest first.
    pub(in crate::journal::sqlite) fn unfinished(&self) -> Result<Vec<UnfinishedRun>, JournalError> {
        let mut query =
            self.connection.prepare_cached(&format!("{UNFINISHED} WHERE runs.ended IS NULL ORDER BY runs.run"))?;
        let rows = query.query_map([], unfinished)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One run that has not ended.
    pub(in crate::journal::sqlite) fn unfinished_run(
        &self,
        run: RunKey,
    ) -> Result<Option<UnfinishedRun>, JournalError> {
        Ok(self
            .connection
            .prepare_cached(&format!("{UNFINISHED} WHERE runs.ended IS NULL AND runs.run = ?1"))?
            .query_row([run.0], unfinished)
            .optional()?)
    }

    /// The next page of pending items.
    pub(in crate::journal::sqlite) fn pending(&self, asked: PendingAsked) -> Result<PendingPage, JournalError> {
        let PendingAsked { run, after, now, most } = asked;
        let mut query = self.connection.prepare_cached(&format!(
            "{ITEM} WHERE items.run = ?1 AND items.item > ?2 AND items.open = 1 AND items.state = {}
             AND (items.not_before IS NULL OR items.not_before <= ?3 OR items.not_before > ?3 + {CLOCK_STEPPED})
             ORDER BY items.item LIMIT ?4",
            to_code(State::Pending)
        ))?;
        let rows = query.query_map(params![run.0, after.0, now.millis(), most], |row| Ok(open_item(row)))?;
        let items: Vec<_> = rows.map(|row| row?).collect::<Result<_, JournalError>>()?;
        let next = if items.is_empty() { self.next_pending(run)? } else { None };
        Ok(PendingPage { items, next })
    }

    /// The items of the run that were, or may have been, sent more than once, after `after` in their order.
    pub(in crate::journal::sqlite) fn sent_again(
        &self,
        run: RunKey,
        after: ItemNo,
        most: u32,
    ) -> Result<Vec<OpenItem>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{ITEM} WHERE items.run = ?1 AND items.item > ?2 AND items.attempts > 1 ORDER BY items.item LIMIT ?3"
        ))?;
        let rows = query.query_map(params![run.0, after.0, most], |row| Ok(open_item(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The items that are `sending`.
    pub(in crate::journal::sqlite) fn sending(&self, run: RunKey) -> Result<Vec<(ItemNo, Life)>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT item, attempts, returns, steps FROM items WHERE run = ?1 AND open = 1 AND state = {}",
            to_code(State::Sending)
        ))?;
        let rows = query.query_map([run.0], |row| {
            let life = Life { state: State::Sending, attempts: row.get(1)?, returns: row.get(2)?, steps: row.get(3)? };
            Ok((ItemNo(row.get(0)?), life))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns when the first pending item may be sent; `None` where none is pending.
    fn next_pending(&self, run: RunKey) -> Result<Option<Timestamp>, JournalError> {
        let next: Option<i64> = self
            .connection
            .prepare_cached(&format!(
                "SELECT min(coalesce(not_before, 0)) FROM items WHERE run = ?1 AND open = 1 AND state = {}",
                to_code(State::Pending)
            ))?
            .query_row([run.0], |row| row.get(0))?;
        Ok(next.map(Timestamp::from_millis))
    }

    /// The items being settled after `after`, in their order.
    pub(in crate::journal::sqlite) fn settling(
        &self,
        run: RunKey,
        after: ItemNo,
        most: u32,
    ) -> Result<Vec<SettlingItem>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{ITEM} WHERE items.run = ?1 AND items.item > ?2 AND items.open = 1 AND items.state IN ({}, {})
             ORDER BY items.item LIMIT ?3",
            to_code(State::Settling { at_start: false }),
            to_code(State::Settling { at_start: true }),
        ))?;
        let rows = query.query_map(params![run.0, after.0, most], |row| {
            Ok((open_item(row), row.get::<_, Option<i64>>(8)?, row.get(9)?))
        })?;
        rows.map(|row| {
            let (item, sent, before) = row?;
            Ok(SettlingItem { item: item?, sent: Timestamp::from_millis(sent.unwrap_or(0)), before })
        })
        .collect()
    }

    /// Returns what the requests of the items being settled change, of those whose intent told it.
    pub(in crate::journal::sqlite) fn settling_targets(
        &self,
        run: RunKey,
    ) -> Result<HashMap<ItemNo, String>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT item, target FROM items WHERE run = ?1 AND open = 1 AND state IN ({}, {}) AND target IS NOT NULL",
            to_code(State::Settling { at_start: false }),
            to_code(State::Settling { at_start: true }),
        ))?;
        let rows = query.query_map([run.0], |row| Ok((ItemNo(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Of these items, those that are being settled.
    pub(in crate::journal::sqlite) fn settling_of(
        &self,
        run: RunKey,
        items: &[ItemNo],
    ) -> Result<Vec<SettlingItem>, JournalError> {
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let after = ItemNo(item.0.saturating_sub(1));
            found.extend(self.settling(run, after, 1)?.into_iter().filter(|next| next.item.item == *item));
        }
        Ok(found)
    }

    /// Returns how many items of the run took steps on the way and came to a good end.
    pub(in crate::journal::sqlite) fn took_steps(&self, run: RunKey) -> Result<u64, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT state, count(*) FROM items WHERE run = ?1 AND steps > 0 GROUP BY state")?;
        let rows = query.query_map([run.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        let mut took = 0;
        for row in rows {
            let (state, items) = row?;
            if matches!(from_code(state)?, State::Done(status) if !status.is_problem()) {
                took += items.cast_unsigned();
            }
        }
        Ok(took)
    }

    /// Returns how many items of the run stand where.
    pub(in crate::journal::sqlite) fn tally(&self, run: RunKey) -> Result<Tally, JournalError> {
        super::tally(&self.connection, run)
    }

    /// Runs whose files are written, and that a crash left with some of their sealed PINs: what is to be written from them now
    /// would lack the others.
    pub(in crate::journal::sqlite) fn half_wiped_runs(&self) -> Result<Vec<RunKey>, JournalError> {
        let mut query = self.connection.prepare_cached("SELECT run FROM runs WHERE sealed = 2")?;
        let rows = query.query_map([], |row| row.get(0).map(RunKey))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells whether PINs of the run's items wait, sealed.
    pub(in crate::journal::sqlite) fn has_sealed_pins(&self, run: RunKey) -> Result<bool, JournalError> {
        let found = self
            .connection
            .prepare_cached(
                &format!("SELECT 1 FROM results WHERE {OF_RUN} AND sealed IS NOT NULL AND (SELECT sealed FROM runs WHERE run = ?1) > 0
                 LIMIT 1"),
            )?
            .query_row([run.0], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }

    /// Runs that have ended and may still hold sealed PINs, all of them.
    pub(in crate::journal::sqlite) fn sealed_runs(&self) -> Result<Vec<RunKey>, JournalError> {
        let mut query =
            self.connection.prepare_cached("SELECT run FROM runs WHERE sealed = 1 AND ended IS NOT NULL")?;
        let rows = query.query_map([], |row| row.get(0).map(RunKey))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn unfinished(row: &Row<'_>) -> rusqlite::Result<UnfinishedRun> {
    let name: String = row.get(3)?;
    let stopped: Option<String> = row.get(9)?;
    let why: Option<String> = row.get(10)?;
    Ok(UnfinishedRun {
        key: RunKey(row.get(0)?),
        id: read_run_id(row, 1)?,
        job: JobKey(row.get(2)?),
        name: name.parse().map_err(|error| broken(3, error))?,
        kind: JobKind::parse(&row.get::<_, String>(4)?).ok_or_else(|| broken(4, "no kind of job"))?,
        trigger: Trigger::parse(&row.get::<_, String>(5)?).ok_or_else(|| broken(5, "no trigger"))?,
        due: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        started: Timestamp::from_millis(row.get(7)?),
        planning: row.get(8)?,
        stopped: stopped.as_deref().and_then(Stop::parse).map(|stop| (stop, why.unwrap_or_default())),
        retry_of: row.get::<_, Option<Vec<u8>>>(11)?.and_then(|bytes| RunId::from_bytes(&bytes)),
        input: row.get(12)?,
        moved: row.get(13)?,
        works_elsewhere: None,
        files_elsewhere: None,
    })
}

pub(in crate::journal::sqlite) fn read_run_id(row: &Row<'_>, column: usize) -> rusqlite::Result<RunId> {
    RunId::from_bytes(&row.get::<_, Vec<u8>>(column)?).ok_or_else(|| broken(column, "no run id"))
}

pub(super) fn broken(column: usize, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, why.into())
}

fn open_item(row: &Row<'_>) -> Result<OpenItem, JournalError> {
    Ok(OpenItem {
        item: ItemNo(row.get(0)?),
        life: Life { state: from_code(row.get(1)?)?, attempts: row.get(2)?, returns: row.get(3)?, steps: row.get(10)? },
        identity: row.get(4)?,
        label: row.get(5)?,
        line: row.get(6)?,
        payload: JobPayload::kept(row.get(7)?),
    })
}
