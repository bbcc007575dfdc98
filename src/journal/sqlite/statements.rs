//! Writes items, intents and steps. An operation has many rows, so it takes each statement from the cache once.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::habits;
use super::outbox;
use super::state::{from_code, to_code};
use crate::clock::Timestamp;
use crate::journal::{AttemptRecord, Intent, JobKey, JournalError, NewItem, Remember, RunKey, Start, Step};
use crate::model::{Event, ItemNo, Life, Limits, State};

/// Adds the items of a plan.
pub(super) struct Inserting<'a> {
    job: JobKey,
    run: RunKey,
    item: CachedStatement<'a>,
    body: CachedStatement<'a>,
    results: Results<'a>,
}

impl<'a> Inserting<'a> {
    pub(super) fn prepare(connection: &'a Connection, job: JobKey, run: RunKey) -> Result<Self, JournalError> {
        Ok(Self {
            job,
            run,
            item: connection.prepare_cached(
                "INSERT INTO items (run, item, job, identity, state, code, error, before, attempts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            body: connection.prepare_cached(
                "INSERT INTO bodies (run, item, label, line, payload, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            results: Results::prepare(connection, run)?,
        })
    }

    pub(super) fn insert(&mut self, item: &NewItem) -> Result<(), JournalError> {
        let (state, code, error, before) = match &item.start {
            Start::Pending | Start::PendingWithPins(_) => (State::Pending, None, None, None),
            Start::Decided { status, code, error, .. } => {
                let decided = Life::default().step(Event::Decided(*status), Limits::default())?;
                (decided.state, code.as_ref(), error.as_deref(), None)
            }
            Start::Settling { before } => (State::Settling { at_start: true }, None, None, before.as_deref()),
        };
        // What an earlier run sent was sent once, whatever becomes of it in this one.
        let attempts = u32::from(matches!(item.start, Start::Settling { .. }));
        self.item.execute(params![
            self.run.0,
            item.item.0,
            self.job.0,
            item.identity,
            to_code(state),
            code.map(|code| code.0),
            error,
            before,
            attempts,
        ])?;
        self.body.execute(params![self.run.0, item.item.0, item.label, item.line, item.payload.text(), item.source])?;
        match &item.start {
            Start::Decided { result: Some(result), .. } => self.results.keep(item.item, result, None),
            Start::PendingWithPins(sealed) => self.results.keep(item.item, "{}", Some(sealed)),
            Start::Pending | Start::Decided { .. } | Start::Settling { .. } => Ok(()),
        }
    }
}

/// Makes items `sending`.
pub(super) struct Intending<'a> {
    run: RunKey,
    limits: Limits,
    now: Timestamp,
    item: CachedStatement<'a>,
}

impl<'a> Intending<'a> {
    pub(super) fn prepare(
        connection: &'a Connection,
        run: RunKey,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        let item = connection.prepare_cached(
            "UPDATE items SET state = ?3, attempts = ?4, sent = ?5, body = ?6, before = ?7, not_before = NULL,
             target = ?10
             WHERE run = ?1 AND item = ?2 AND state = ?8 AND attempts = ?9",
        )?;
        Ok(Self { run, limits, now, item })
    }

    pub(super) fn intend(&mut self, intent: &Intent) -> Result<Life, JournalError> {
        let after = intent.life.step(Event::Intent, self.limits)?;
        let changed = self.item.execute(params![
            self.run.0,
            intent.item.0,
            to_code(after.state),
            after.attempts,
            self.now.millis(),
            intent.body.as_bytes(),
            intent.before,
            to_code(intent.life.state),
            intent.life.attempts,
            intent.target,
        ])?;
        if changed != 1 {
            return Err(JournalError::Unknown("item in the state that was said"));
        }
        Ok(after)
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
