//! Records what became of items. An operation has many rows, so it takes each statement from the cache once, and items that lie side by
//! side and take the same step share one.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::habits;
use super::outbox;
use super::state::{from_code, to_code};
use crate::clock::Timestamp;
use crate::journal::{AttemptRecord, JournalError, Remember, RunKey, Step};
use crate::model::{ItemNo, Life, Limits};

/// A step with the life that follows.
struct Change<'s> {
    step: &'s Step,
    after: Life,
    /// The step's place among those that were said.
    place: usize,
}

impl Change<'_> {
    /// Tells whether the next is of the neighbour, and says the same of it.
    fn is_taken_like(&self, next: &Self) -> bool {
        let (one, other) = (self.step, next.step);
        one.item.0.checked_add(1) == Some(other.item.0)
            && (one.life, self.after, one.not_before) == (other.life, next.after, other.not_before)
            && (&one.code, &one.error) == (&other.code, &other.error)
    }
}

/// Records what became of items.
pub(super) struct Recording<'a> {
    connection: &'a Connection,
    run: RunKey,
    limits: Limits,
    there: CachedStatement<'a>,
    open: CachedStatement<'a>,
    over: CachedStatement<'a>,
    attempt: CachedStatement<'a>,
    results: Results<'a>,
    memory: Memory<'a>,
}

impl<'a> Recording<'a> {
    pub(super) fn prepare(connection: &'a Connection, run: RunKey, limits: Limits) -> Result<Self, JournalError> {
        let which =
            "run = ?1 AND item BETWEEN ?2 AND ?3 AND state = ?4 AND attempts = ?5 AND returns = ?6 AND steps = ?7";
        let then = "state = ?8, attempts = ?9, returns = ?10, steps = ?11, code = ?12, error = ?13, not_before = ?14";
        Ok(Self {
            connection,
            run,
            limits,
            there: connection.prepare_cached(&format!("SELECT count(*) FROM items WHERE {which}"))?,
            open: connection.prepare_cached(&format!("UPDATE items SET {then} WHERE {which}"))?,
            over: connection.prepare_cached(&format!("UPDATE items SET {then}, open = NULL WHERE {which}"))?,
            attempt: connection.prepare_cached(
                "INSERT INTO attempts (run, item, attempt, at, http, code, ms, error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?,
            results: Results::prepare(connection, run)?,
            memory: Memory::prepare(connection, run)?,
        })
    }

    /// Records steps. Those of one item are taken in their order, and so are the memories of one identity; apart from that each table
    /// is gone through by its own key, so that rows that lie side by side are written together.
    pub(super) fn record_all(&mut self, steps: &[Step]) -> Result<(), JournalError> {
        let mut changes = Vec::with_capacity(steps.len());
        for (place, step) in steps.iter().enumerate() {
            changes.push(Change { step, after: step.life.step(step.event, self.limits)?, place });
        }
        changes.sort_by_key(|change| change.step.item);
        let mut taken = Vec::with_capacity(steps.len());
        for alike in changes.chunk_by(Change::is_taken_like) {
            if alike.len() > 1 && self.are_there(alike)? {
                self.change(alike)?;
                taken.extend(alike);
                continue;
            }
            for change in alike {
                if self.change_or_said(change)? {
                    taken.push(change);
                }
            }
        }
        for change in &taken {
            self.tell(change)?;
        }
        taken.sort_by_key(|change| change.place);
        for Change { step, .. } in &taken {
            if let Some(letter) = &step.letter {
                outbox::insert_private(self.connection, self.run, letter)?;
            }
            if let Some(habit) = &step.habit {
                habits::learn(self.connection, habit)?;
            }
        }
        let mut memories: Vec<_> =
            taken.iter().filter_map(|change| Some((change.step.item, change.step.remember.as_ref()?))).collect();
        memories.sort_by_key(|(_, remember)| remember.identity());
        memories.into_iter().try_for_each(|(item, remember)| self.memory.keep(item, remember))
    }

    /// Tells whether all of these items stand where they are said to.
    fn are_there(&mut self, alike: &[Change<'_>]) -> Result<bool, JournalError> {
        let [Change { step: first, .. }, .., Change { step: last, .. }] = alike else { return Ok(false) };
        let there: i64 = self.there.query_row(
            params![
                self.run.0,
                first.item.0,
                last.item.0,
                to_code(first.life.state),
                first.life.attempts,
                first.life.returns,
                first.life.steps,
            ],
            |row| row.get(0),
        )?;
        Ok(usize::try_from(there).is_ok_and(|there| there == alike.len()))
    }

    /// Lets items take their step; tells how many did.
    fn change(&mut self, alike: &[Change<'_>]) -> Result<usize, JournalError> {
        let ([Change { step, after, .. }, ..], Some(last)) = (alike, alike.last()) else { return Ok(0) };
        let change = if after.state.is_done() { &mut self.over } else { &mut self.open };
        Ok(change.execute(params![
            self.run.0,
            step.item.0,
            last.step.item.0,
            to_code(step.life.state),
            step.life.attempts,
            step.life.returns,
            step.life.steps,
            to_code(after.state),
            after.attempts,
            after.returns,
            after.steps,
            step.code.map(|code| code.0),
            step.error,
            step.not_before.map(Timestamp::millis),
        ])?)
    }

    /// Lets an item take its step; `false` where that was said, and done, before.
    fn change_or_said(&mut self, change: &Change<'_>) -> Result<bool, JournalError> {
        if self.change(std::slice::from_ref(change))? == 1 {
            return Ok(true);
        }
        if life(self.connection, self.run, change.step.item)? == Some(change.after) {
            return Ok(false);
        }
        Err(JournalError::Unknown("item in the state that was said"))
    }

    /// Keeps what there is to tell of a step that was taken. The sending that ends an item goes beside its result, where it has one.
    fn tell(&mut self, change: &Change<'_>) -> Result<(), JournalError> {
        let Change { step, after, .. } = change;
        let attempt = step.attempt.as_ref();
        if step.result.is_none() && step.sealed.is_none() {
            return attempt.map_or(Ok(()), |attempt| self.record_attempt(step, attempt));
        }
        let ends_it = after.state.is_done();
        if let Some(attempt) = attempt.filter(|_| !ends_it) {
            self.record_attempt(step, attempt)?;
        }
        let last = attempt.filter(|_| ends_it).map(|attempt| (step.life.attempts, attempt));
        self.results.keep(step.item, step.result.as_deref().unwrap_or("{}"), step.sealed.as_deref(), last)
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
pub(super) struct Results<'a> {
    run: RunKey,
    result: CachedStatement<'a>,
}

impl<'a> Results<'a> {
    pub(super) fn prepare(connection: &'a Connection, run: RunKey) -> Result<Self, JournalError> {
        let result = connection.prepare_cached(
            "INSERT INTO results (place, result, sealed, attempt, at, http, code, ms, error)
             VALUES (?1 << 32 | ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (place) DO UPDATE SET result = excluded.result, sealed = coalesce(excluded.sealed, results.sealed),
             attempt = coalesce(excluded.attempt, results.attempt), at = coalesce(excluded.at, results.at),
             http = coalesce(excluded.http, results.http), code = coalesce(excluded.code, results.code),
             ms = coalesce(excluded.ms, results.ms), error = coalesce(excluded.error, results.error)",
        )?;
        Ok(Self { run, result })
    }

    /// Keeps what there is to tell of an item, with the sending that has ended it, and its number. An item ends once, so what a row
    /// has of a sending is never another's.
    pub(super) fn keep(
        &mut self,
        item: ItemNo,
        result: &str,
        sealed: Option<&[u8]>,
        last: Option<(u32, &AttemptRecord)>,
    ) -> Result<(), JournalError> {
        let attempt = last.map(|(_, attempt)| attempt);
        self.result.execute(params![
            self.run.0,
            item.0,
            result,
            sealed,
            last.map(|(number, _)| number),
            attempt.map(|attempt| attempt.at.millis()),
            attempt.and_then(|attempt| attempt.http),
            attempt.and_then(|attempt| attempt.code).map(|code| code.0),
            attempt.map(|attempt| i64::try_from(attempt.millis).unwrap_or(i64::MAX)),
            attempt.and_then(|attempt| attempt.error.as_deref()),
        ])?;
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
