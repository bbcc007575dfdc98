//! Writes items and intents. An operation has many rows, so it takes each statement from the cache once.

use rusqlite::{CachedStatement, Connection, params};

use super::recording::Results;
use super::state::{DONE, to_code};
use crate::clock::Timestamp;
use crate::journal::cells::{Block, PlannedCells};
use crate::journal::{Intent, JobKey, JournalError, NewItem, RunKey};
use crate::model::{Event, FirstEntry, ItemNo, Life, Limits, State};

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
const AS_PLANNED: &str = "SELECT 1 FROM items JOIN bodies ON bodies.place = items.run << 32 | items.item
    WHERE items.run = ?1 AND items.item = ?2 AND job = ?3 AND identity IS ?4 AND state = ?5 AND code IS ?6 AND items.error IS ?7
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
            item: connection.prepare_cached(&format!(
                "INSERT INTO items (run, item, job, identity, state, code, error, before, attempts, open)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CASE WHEN ?5 < {DONE} THEN 1 END)",
            ))?,
            body: connection.prepare_cached(
                "INSERT INTO bodies (place, label, line, payload, source, cells_at) VALUES (?1 << 32 | ?2, ?3, ?4, ?5, ?6, ?7)",
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
            Some((result, sealed)) => self.results.keep(item.item, result, sealed, None),
            None => Ok(()),
        }
    }
}

/// Makes items `sending`. Items that lie side by side and stand alike, as those of a window do, are taken by one statement. None of the
/// indexes changes with it: an item that is being sent is as open as one that waits.
pub(super) struct Intending<'a> {
    connection: &'a Connection,
    run: RunKey,
    limits: Limits,
    now: Timestamp,
    there: CachedStatement<'a>,
    items: CachedStatement<'a>,
    said: Said,
}

impl<'a> Intending<'a> {
    pub(super) fn prepare(
        connection: &'a Connection,
        run: RunKey,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        let there = connection.prepare_cached(
            "SELECT count(*) FROM items WHERE run = ?1 AND item BETWEEN ?2 AND ?3 AND state = ?4 AND attempts = ?5",
        )?;
        let items = connection.prepare_cached(
            "UPDATE items SET state = ?6, attempts = ?7, sent = ?8, before = ?9, not_before = NULL, target = ?10
             WHERE run = ?1 AND item BETWEEN ?2 AND ?3 AND state = ?4 AND attempts = ?5",
        )?;
        Ok(Self { connection, run, limits, now, there, items, said: Said::default() })
    }

    /// Carries out the intents of a window; tells the lives that follow.
    pub(super) fn intend_all(&mut self, intents: &[Intent]) -> Result<Vec<Life>, JournalError> {
        let mut lives = Vec::with_capacity(intents.len());
        for alike in intents.chunk_by(are_taken_alike) {
            if self.are_there(alike)? {
                let life = self.intend(alike)?;
                lives.extend(alike.iter().map(|_| life));
                continue;
            }
            for intent in alike {
                lives.push(self.intend(std::slice::from_ref(intent))?);
            }
        }
        Ok(lives)
    }

    /// Tells whether all of these items stand where they are said to.
    fn are_there(&mut self, alike: &[Intent]) -> Result<bool, JournalError> {
        let ([first, _, ..], Some(last)) = (alike, alike.last()) else { return Ok(true) };
        let (state, attempts) = (to_code(first.life.state), first.life.attempts);
        let there = params![self.run.0, first.item.0, last.item.0, state, attempts];
        let there: i64 = self.there.query_row(there, |row| row.get(0))?;
        Ok(usize::try_from(there).is_ok_and(|there| there == alike.len()))
    }

    fn intend(&mut self, alike: &[Intent]) -> Result<Life, JournalError> {
        let [first, ..] = alike else { return Ok(Life::default()) };
        let last = alike.last().unwrap_or(first);
        let after = first.life.step(Event::Intent, self.limits)?;
        let changed = self.items.execute(params![
            self.run.0,
            first.item.0,
            last.item.0,
            to_code(first.life.state),
            first.life.attempts,
            to_code(after.state),
            after.attempts,
            self.now.millis(),
            first.before,
            first.target,
        ])?;
        if matches!(after.state, State::Done(_)) {
            self.close(first, last)?;
        }
        let is_right = if changed == alike.len() {
            self.said.anew()
        } else {
            self.is_intended(first, after)? && self.said.again()
        };
        if is_right { Ok(after) } else { Err(JournalError::Unknown("item in the state that was said")) }
    }

    /// Takes items out of the indexes of open ones: their attempts are used up.
    fn close(&self, first: &Intent, last: &Intent) -> Result<(), JournalError> {
        let close =
            format!("UPDATE items SET open = NULL WHERE run = ?1 AND item BETWEEN ?2 AND ?3 AND state >= {DONE}");
        self.connection.prepare_cached(&close)?.execute(params![self.run.0, first.item.0, last.item.0])?;
        Ok(())
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

/// Tells whether two intents are of neighbours, and say the same.
fn are_taken_alike(one: &Intent, next: &Intent) -> bool {
    one.item.0.checked_add(1) == Some(next.item.0)
        && (one.life, &one.before, &one.target) == (next.life, &next.before, &next.target)
}
