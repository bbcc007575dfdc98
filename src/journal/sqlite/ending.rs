//! Ends many items alike, by one statement for each table.

use rusqlite::{Connection, params};

use super::Database;
use super::state::to_code;
use crate::journal::{EndAlike, JournalError};
use crate::model::{CONTENT_DIGITS, CommonEnd, Event, Life, Limits, State};

impl Database {
    pub(super) async fn end_alike(&self, items: EndAlike) -> Result<u64, JournalError> {
        let after = Life::default().step(Event::Decided(items.end.status), Limits::default())?;
        self.writer.write(move |connection| end_alike(connection, &items, to_code(after.state))).await
    }
}

/// What is foretold is read before the items change, and by the same choice of them.
fn end_alike(connection: &Connection, items: &EndAlike, after: i64) -> Result<u64, JournalError> {
    let EndAlike { run, first, last, end: CommonEnd { result: [head, between, tail], facts, .. } } = items;
    let foretelling = foretelling();
    let content = format!("unhex(substr(before, 1, {CONTENT_DIGITS}))");
    let revision = format!("substr(before, {CONTENT_DIGITS} + 1)");
    connection
        .prepare_cached(&format!(
            "INSERT INTO results (place, result) SELECT run << 32 | item, ?4 || identity || ?5 || {revision} || ?6
             FROM items WHERE {foretelling} ORDER BY item
             ON CONFLICT (place) DO UPDATE SET result = excluded.result"
        ))?
        .execute(params![run.0, first.0, last.0, head, between, tail])?;
    if let Some([head, tail]) = facts {
        // In the order of their keys, so that rows that lie side by side are written together.
        connection
            .prepare_cached(&format!(
                "INSERT INTO identities (job, identity, resource, content, facts, run, item)
                 SELECT job, identity, identity, {content}, ?4 || {revision} || ?5, run, item
                 FROM items WHERE {foretelling} ORDER BY identity
                 ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
                 facts = excluded.facts, run = excluded.run, item = excluded.item"
            ))?
            .execute(params![run.0, first.0, last.0, head, tail])?;
    }
    let ended = connection
        .prepare_cached(&format!(
            "UPDATE items SET state = ?4, open = NULL, code = NULL, error = NULL, before = NULL WHERE {foretelling}"
        ))?
        .execute(params![run.0, first.0, last.0, after])?;
    Ok(ended as u64)
}

/// Chooses items that are pending, that nothing was done to, and whose plan foretells their end.
fn foretelling() -> String {
    let pending = to_code(State::Pending);
    format!(
        "run = ?1 AND item BETWEEN ?2 AND ?3 AND state = {pending} AND attempts = 0 AND returns = 0 AND steps = 0
         AND sent IS NULL AND not_before IS NULL AND identity IS NOT NULL AND length(before) > {CONTENT_DIGITS}"
    )
}
