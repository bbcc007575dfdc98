//! Ends many items alike, by one statement for each table.

use rusqlite::{Connection, params};

use super::Database;
use super::state::to_code;
use crate::journal::alike::Alike;
use crate::journal::{EndAlike, JournalError};
use crate::model::{CONTENT_DIGITS, CommonEnd, Event, Life, Limits, State};

impl Database {
    pub(super) async fn end_alike(&self, items: EndAlike) -> Result<u64, JournalError> {
        let after = Life::default().step(Event::Decided(items.end.status), Limits::default())?;
        self.writer.write(move |connection| end_alike(connection, &items, to_code(after.state))).await
    }
}

/// Where nothing else is to be told of the items, their results are told by their run, and each keeps what was foretold.
fn end_alike(connection: &Connection, items: &EndAlike, after: i64) -> Result<u64, JournalError> {
    let foretelling = foretelling();
    let is_told = !has_results(connection, items)? && tell(connection, items)?;
    if !is_told {
        keep_results(connection, items, &foretelling)?;
    }
    if let Some(facts) = items.end.facts {
        remember(connection, items, facts, &foretelling)?;
    }
    let forget = if is_told { "" } else { ", before = NULL" };
    let ended = connection
        .prepare_cached(&format!(
            "UPDATE items SET state = ?4, open = NULL, code = NULL, error = NULL{forget} WHERE {foretelling}"
        ))?
        .execute(params![items.run.0, items.first.0, items.last.0, after])?;
    Ok(ended as u64)
}

/// Tells whether there are results of any of the items, as of those with PINs.
fn has_results(connection: &Connection, items: &EndAlike) -> Result<bool, JournalError> {
    let mut find =
        connection.prepare_cached("SELECT 1 FROM results WHERE place BETWEEN ?1 << 32 | ?2 AND ?1 << 32 | ?3")?;
    Ok(find.exists(params![items.run.0, items.first.0, items.last.0])?)
}

/// Lets the run tell the results of items that end in this way; `false` where it tells those of another way.
fn tell(connection: &Connection, items: &EndAlike) -> Result<bool, JournalError> {
    let alike = Alike::of(&items.end).text();
    connection
        .prepare_cached("UPDATE runs SET alike = ?2 WHERE run = ?1 AND alike IS NULL")?
        .execute(params![items.run.0, alike])?;
    let mut find = connection.prepare_cached("SELECT 1 FROM runs WHERE run = ?1 AND alike = ?2")?;
    Ok(find.exists(params![items.run.0, alike])?)
}

/// Keeps a result for each of the items.
fn keep_results(connection: &Connection, items: &EndAlike, foretelling: &str) -> Result<(), JournalError> {
    let EndAlike { run, first, last, end: CommonEnd { result: [head, between, tail], .. } } = items;
    connection
        .prepare_cached(&format!(
            "INSERT INTO results (place, result)
             SELECT run << 32 | item, ?4 || identity || ?5 || substr(before, {CONTENT_DIGITS} + 1) || ?6
             FROM items WHERE {foretelling} ORDER BY item
             ON CONFLICT (place) DO UPDATE SET result = excluded.result"
        ))?
        .execute(params![run.0, first.0, last.0, head, between, tail])?;
    Ok(())
}

/// Remembers what was foretold, in the order of its keys, so that rows that lie side by side are written together.
fn remember(
    connection: &Connection,
    items: &EndAlike,
    [head, tail]: [&str; 2],
    foretelling: &str,
) -> Result<(), JournalError> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO identities (job, identity, resource, content, facts, run, item)
             SELECT job, identity, identity, unhex(substr(before, 1, {CONTENT_DIGITS})),
             ?4 || substr(before, {CONTENT_DIGITS} + 1) || ?5, run, item FROM items WHERE {foretelling} ORDER BY identity
             ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
             facts = excluded.facts, run = excluded.run, item = excluded.item"
        ))?
        .execute(params![items.run.0, items.first.0, items.last.0, head, tail])?;
    Ok(())
}

/// Chooses items that are pending, that nothing was done to, and whose plan foretells their end.
fn foretelling() -> String {
    let pending = to_code(State::Pending);
    format!(
        "run = ?1 AND item BETWEEN ?2 AND ?3 AND state = {pending} AND attempts = 0 AND returns = 0 AND steps = 0
         AND sent IS NULL AND not_before IS NULL AND identity IS NOT NULL AND length(before) > {CONTENT_DIGITS}"
    )
}
