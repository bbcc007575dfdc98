//! The read side: what the engine works through and what people are told. Read-only connections, apart from the writer's.

mod answer;
mod cells;
mod handed_in;
mod history;
mod open;
mod pages;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::{connection, state};
use crate::journal::{JournalError, RunKey, Tally};
use crate::model::{Counts, State};

pub(in crate::journal) use answer::Beside;
pub(super) use answer::{Connections, Reads};
pub(super) use open::read_run_id as run_id;

/// A connection that can only read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) connection: Connection,
}

impl Reader {
    /// Opens the journal of a state directory, beside the process that writes it.
    pub(in crate::journal::sqlite) fn open(directory: &Path) -> Result<Self, JournalError> {
        Ok(Self { connection: connection::open_reader(&directory.join(connection::FILE))? })
    }

    /// Reads with all statements what the journal is at one moment.
    fn at_one_moment<T>(&self, read: impl FnOnce() -> Result<T, JournalError>) -> Result<T, JournalError> {
        let moment = self.connection.unchecked_transaction()?;
        let found = read()?;
        moment.finish()?;
        Ok(found)
    }

    /// Returns how the finished items of a run add up now.
    pub(in crate::journal::sqlite) fn counts(&self, run: RunKey) -> Result<Counts, JournalError> {
        counts(&self.connection, run)
    }
}

/// Returns how the finished items of a run add up.
pub(super) fn counts(connection: &Connection, run: RunKey) -> Result<Counts, JournalError> {
    Ok(tally(connection, run)?.over)
}

/// Returns how many items of a run stand where. They are added up here, in one look at all of them: SQLite would sort a million items to
/// group them.
fn tally(connection: &Connection, run: RunKey) -> Result<Tally, JournalError> {
    let mut query = connection.prepare_cached("SELECT state, attempts > 1 FROM items WHERE run = ?1")?;
    let mut rows = query.query([run.0])?;
    let mut by_code = BTreeMap::<i64, u64>::new();
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        *by_code.entry(row.get(0)?).or_default() += 1;
        tally.sent_again += u64::from(row.get::<_, bool>(1)?);
    }
    for (code, n) in by_code {
        match state::from_code(code)? {
            State::Pending => tally.pending += n,
            State::Sending | State::Settling { .. } => tally.settling += n,
            State::Done(status) => tally.over.add(status, n),
        }
    }
    Ok(tally)
}
