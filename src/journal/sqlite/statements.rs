//! Writes items, intents and steps. An operation has many rows, so it takes each statement from the cache once.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::habits;
use super::outbox;
use super::state::{from_code, to_code};
use crate::clock::Timestamp;
use crate::journal::cells::{Block, PlannedCells};
use crate::journal::{AttemptRecord, Intent, JobKey, JournalError, NewItem, Remember, RunKey, Step};
use crate::model::{Event, FirstEntry, ItemNo, Life, Limits};

/// The rows of a batch so far: a batch is carried out whole or not at all, so that all of them are new, or none is. Where one is and
/// another is not, the batch has the same row twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Said {
    #[default]
    Nothing,
    Anew,
    Again,
}

impl Said {
    /// Takes in a row that is new; tells whether it may be.
    fn anew(&mut self) -> bool {
        self.is(Self::Anew)
    }

    /// Takes in a row that is there; tells whether it may be.
    fn again(&mut self) -> bool {
        self.is(Self::Again)
    }

    fn is(&mut self, now: Self) -> bool {
        let may_be = [Self::Nothing, now].contains(self);
        *self = now;
        may_be
    }
}

/// The item of a plan as it is when it has just been added, and nothing was done to it.
const AS_PLANNED: &str = "SELECT 1 FROM items JOIN bodies USING (run, item)
    WHERE run = ?1 AND item = ?2 AND job = ?3 AND identity IS ?4 AND state = ?5 AND code IS ?6 AND items.error IS ?7
    AND before IS ?8 AND attempts = ?9 AND label = ?10 AND line IS ?11 AND payload = ?12 AND source IS ?13
    AND cells_at IS ?14";

/// Adds the items of a plan.
pub(super) struct Inserting<'a> {
    connection: &'a Connection,
    job: JobKey,
    run: RunKey,
    item: CachedStatement<'a>,
    body: CachedStatement<'a>,
    cells: CachedStatement<'a>,
    results: Results<'a>,
    said: Said,
}

impl<'a> Inserting<'a> {
    pub(super) fn prepare(connection: &'a Connection, job: JobKey, run: RunKey) -> Result<Self, JournalError> {
        Ok(Self {
            connection,
            job,
            run,
            item: connection.prepare_cached(
                "INSERT INTO items (run, item, job, identity, state, code, error, before, attempts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            body: connection.prepare_cached(
                "INSERT INTO bodies (run, item, label, line, payload, source, cells_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            cells: connection.prepare_cached("INSERT INTO cells (run, item, packed) VALUES (?1, ?2, ?3)")?,
            results: Results::prepare(connection, run)?,
            said: Said::default(),
        })
    }

    /// Adds the items, whose cells were taken.
    pub(super) fn insert_all(&mut self, items: &[NewItem], cells: &PlannedCells) -> Result<(), JournalError> {
        items.iter().zip(&cells.at).try_for_each(|(item, at)| self.insert(item, *at))?;
        cells.blocks.iter().try_for_each(|block| self.insert_cells(block))
    }

    fn insert_cells(&mut self, block: &Block) -> Result<(), JournalError> {
        let cells = params![self.run.0, block.last.0, block.packed];
        if self.said == Said::Anew {
            return Ok(self.cells.execute(cells).map(drop)?);
        }
        let same = "SELECT 1 FROM cells WHERE run = ?1 AND item = ?2 AND packed = ?3";
        let is_there = self.connection.prepare_cached(same)?.exists(cells)?;
        let other = || JournalError::Conflict(format!("the items up to {} have other cells", block.last));
        is_there.then_some(()).ok_or_else(other)
    }

    fn insert(&mut self, item: &NewItem, cells_at: Option<ItemNo>) -> Result<(), JournalError> {
        let FirstEntry { state, attempts, code, error, before, result } = item.start.entry()?;
        let (state, code, payload) = (to_code(state), code.map(|code| code.0), item.payload.text());
        let (run, no, job) = (self.run.0, item.item.0, self.job.0);
        let life = params![run, no, job, item.identity, state, code, error, before, attempts];
        let cells_at = cells_at.map(|item| item.0);
        let body = params![run, no, item.label, item.line, payload, item.source, cells_at];
        if let Err(refusal) = self.item.execute(life) {
            let refusal = JournalError::from(refusal);
            if !matches!(refusal, JournalError::Conflict(_)) {
                return Err(refusal);
            }
            // It may have been said before.
            let is_there = self.connection.prepare_cached(AS_PLANNED)?.exists(&*[life, &body[2..]].concat())?;
            return if is_there && self.said.again() { Ok(()) } else { Err(refusal) };
        }
        if !self.said.anew() {
            return Err(JournalError::Conflict(format!("one of the items before {} is there already", item.item)));
        }
        self.body.execute(body)?;
        match result {
            Some((result, sealed)) => self.results.keep(item.item, result, sealed),
            None => Ok(()),
        }
    }
}

/// Makes items `sending`.
pub(super) struct Intending<'a> {
    connection: &'a Connection,
    run: RunKey,
    limits: Limits,
    now: Timestamp,
    item: CachedStatement<'a>,
    said: Said,
}

impl<'a> Intending<'a> {
    pub(super) fn prepare(
        connection: &'a Connection,
        run: RunKey,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        let item = connection.prepare_cached(
            "UPDATE items SET state = ?3, attempts = ?4, sent = ?5, before = ?6, not_before = NULL, target = ?9
             WHERE run = ?1 AND item = ?2 AND state = ?7 AND attempts = ?8",
        )?;
        Ok(Self { connection, run, limits, now, item, said: Said::default() })
    }

    pub(super) fn intend(&mut self, intent: &Intent) -> Result<Life, JournalError> {
        let after = intent.life.step(Event::Intent, self.limits)?;
        let changed = self.item.execute(params![
            self.run.0,
            intent.item.0,
            to_code(after.state),
            after.attempts,
            self.now.millis(),
            intent.before,
            to_code(intent.life.state),
            intent.life.attempts,
            intent.target,
        ])?;
        let is_right =
            if changed == 1 { self.said.anew() } else { self.is_intended(intent, after)? && self.said.again() };
        if is_right { Ok(after) } else { Err(JournalError::Unknown("item in the state that was said")) }
    }

    /// Tells whether this very intent was carried out before: another one of the same item has another time.
    fn is_intended(&self, intent: &Intent, after: Life) -> Result<bool, JournalError> {
        let mut said = self.connection.prepare_cached(
            "SELECT 1 FROM items WHERE run = ?1 AND item = ?2 AND state = ?3 AND attempts = ?4 AND sent = ?5
             AND before IS ?6 AND target IS ?7 AND not_before IS NULL",
        )?;
        Ok(said.exists(params![
            self.run.0,
            intent.item.0,
            to_code(after.state),
            after.attempts,
            self.now.millis(),
            intent.before,
            intent.target,
        ])?)
    }
}

/// Records what became of items.
pub(super) struct Recording<'a> {
    connection: &'a Connection,
    run: RunKey,
    limits: Limits,
    item: CachedStatement<'a>,
    attempt: CachedStatement<'a>,
    results: Results<'a>,
    memory: Memory<'a>,
}

impl<'a> Recording<'a> {
    pub(super) fn prepare(connection: &'a Connection, run: RunKey, limits: Limits) -> Result<Self, JournalError> {
        Ok(Self {
            connection,
            run,
            limits,
            item: connection.prepare_cached(
                "UPDATE items SET state = ?3, attempts = ?4, returns = ?5, code = ?6, error = ?7, not_before = ?8, steps = ?12
                 WHERE run = ?1 AND item = ?2 AND state = ?9 AND attempts = ?10 AND returns = ?11 AND steps = ?13",
            )?,
            attempt: connection.prepare_cached(
                "INSERT INTO attempts (run, item, attempt, at, http, code, ms, error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?,
            results: Results::prepare(connection, run)?,
            memory: Memory::prepare(connection, run)?,
        })
    }

    pub(super) fn record(&mut self, step: &Step) -> Result<(), JournalError> {
        let after = step.life.step(step.event, self.limits)?;
        let changed = self.item.execute(params![
            self.run.0,
            step.item.0,
            to_code(after.state),
            after.attempts,
            after.returns,
            step.code.map(|code| code.0),
            step.error,
            step.not_before.map(Timestamp::millis),
            to_code(step.life.state),
            step.life.attempts,
            step.life.returns,
            after.steps,
            step.life.steps,
        ])?;
        if changed != 1 {
            // It was said before.
            return if life(self.connection, self.run, step.item)? == Some(after) {
                Ok(())
            } else {
                Err(JournalError::Unknown("item in the state that was said"))
            };
        }
        if let Some(attempt) = &step.attempt {
            self.record_attempt(step, attempt)?;
        }
        if step.result.is_some() || step.sealed.is_some() {
            self.results.keep(step.item, step.result.as_deref().unwrap_or("{}"), step.sealed.as_deref())?;
        }
        if let Some(letter) = &step.letter {
            outbox::insert_private(self.connection, self.run, letter)?;
        }
        if let Some(habit) = &step.habit {
            habits::learn(self.connection, habit)?;
        }
        match &step.remember {
            Some(remember) => self.memory.keep(step.item, remember),
            None => Ok(()),
        }
    }

    fn record_attempt(&mut self, step: &Step, attempt: &AttemptRecord) -> Result<(), JournalError> {
        self.attempt.execute(params![
            self.run.0,
            step.item.0,
            step.life.attempts,
            attempt.at.millis(),
            attempt.http,
            attempt.code.map(|code| code.0),
            i64::try_from(attempt.millis).unwrap_or(i64::MAX),
            attempt.error,
        ])?;
        Ok(())
    }
}

/// Columns that tell of items.
struct Results<'a> {
    run: RunKey,
    result: CachedStatement<'a>,
}

impl<'a> Results<'a> {
    fn prepare(connection: &'a Connection, run: RunKey) -> Result<Self, JournalError> {
        let result = connection.prepare_cached(
            "INSERT INTO results (run, item, result, sealed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (run, item) DO UPDATE SET result = excluded.result,
             sealed = coalesce(excluded.sealed, results.sealed)",
        )?;
        Ok(Self { run, result })
    }

    fn keep(&mut self, item: ItemNo, result: &str, sealed: Option<&[u8]>) -> Result<(), JournalError> {
        self.result.execute(params![self.run.0, item.0, result, sealed])?;
        Ok(())
    }
}

/// Statements for the memory of the job of a run.
struct Memory<'a> {
    job: i64,
    run: RunKey,
    made: CachedStatement<'a>,
    gone: CachedStatement<'a>,
}

impl<'a> Memory<'a> {
    fn prepare(connection: &'a Connection, run: RunKey) -> Result<Self, JournalError> {
        Ok(Self {
            job: connection
                .prepare_cached("SELECT job FROM runs WHERE run = ?1")?
                .query_row([run.0], |row| row.get(0))
                .optional()?
                .ok_or(JournalError::Unknown("such run"))?,
            run,
            made: connection.prepare_cached(
                "INSERT INTO identities (job, identity, resource, content, facts, run, item)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
                 facts = excluded.facts, run = excluded.run, item = excluded.item",
            )?,
            gone: connection
                .prepare_cached("INSERT INTO gone (resource, run, item) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?,
        })
    }

    fn keep(&mut self, item: ItemNo, remember: &Remember) -> Result<(), JournalError> {
        if let Remember::Made { identity, resource, content, facts }
        | Remember::Taken { identity, resource, content, facts } = remember
        {
            self.made.execute(params![
                self.job,
                identity,
                resource.as_str(),
                content.as_bytes(),
                facts,
                self.run.0,
                item.0
            ])?;
        }
        if let Remember::Gone(resource) | Remember::Taken { resource, .. } = remember {
            self.gone.execute(params![resource.as_str(), self.run.0, item.0])?;
        }
        Ok(())
    }
}

/// An item's life as it stands.
fn life(connection: &Connection, run: RunKey, item: ItemNo) -> Result<Option<Life>, JournalError> {
    let found = connection
        .prepare_cached("SELECT state, attempts, returns, steps FROM items WHERE run = ?1 AND item = ?2")?
        .query_row(params![run.0, item.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let life = |(state, attempts, returns, steps)| Ok(Life { state: from_code(state)?, attempts, returns, steps });
    found.map(life).transpose()
}
