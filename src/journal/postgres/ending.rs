//! Ends many items alike, by one statement.

use super::Database;
use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::state_code::to_code;
use crate::journal::{EndAlike, JournalError};
use crate::model::{CONTENT_DIGITS, CommonEnd, Event, Life, Limits, State};

impl Database {
    pub(super) async fn end_alike(&self, items: EndAlike) -> Result<u64, JournalError> {
        let after = Life::default().step(Event::Decided(items.end.status), Limits::default())?;
        let after = to_code(after.state);
        self.writer.write_beside(async move |link: &Link| end_alike(link, &items, after).await).await
    }
}

async fn end_alike(link: &Link, items: &EndAlike, after: i64) -> Result<u64, Failure> {
    let EndAlike { run, first, last, end: CommonEnd { result: [head, between, tail], facts, .. } } = items;
    let (front, back) = facts.map_or((None, None), |[front, back]| (Some(Text(front)), Some(Text(back))));
    let (first, last) = (i64::from(first.0), i64::from(last.0));
    let (head, between, tail) = (Text(head), Text(between), Text(tail));
    let ended = link.one(&statement(), bound![run.0, first, last, after, head, between, tail, front, back]).await?;
    ended.number(0)
}

/// The statement for it: one, since each waits once for the network. What is foretold is read beside the items' places, for the update
/// tells only what they are then. Nobody moves a row meanwhile, for it is this process's.
fn statement() -> String {
    let pending = to_code(State::Pending);
    format!(
        "WITH ended AS (
            UPDATE items SET state = $4, code = NULL, error = NULL, before = NULL
            FROM (SELECT items.ctid AS place, items.before FROM items
                  WHERE items.run = $1 AND items.item BETWEEN $2 AND $3 AND items.state = {pending} AND items.attempts = 0
                  AND items.returns = 0 AND items.steps = 0 AND items.sent IS NULL AND items.not_before IS NULL
                  AND items.identity IS NOT NULL AND length(items.before) > {CONTENT_DIGITS} OFFSET 0) AS found
            WHERE items.ctid = found.place
            RETURNING items.job, items.item, items.identity, substr(found.before, 1, {CONTENT_DIGITS}) AS content,
            substr(found.before, {CONTENT_DIGITS} + 1) AS revision
         ), told AS (
            INSERT INTO results (run, item, result)
            SELECT $1, item, $5 || identity || $6 || revision || $7 FROM ended
            ON CONFLICT (run, item) DO UPDATE SET result = excluded.result
         ), made AS (
            INSERT INTO identities (job, identity, resource, content, facts, run, item)
            SELECT job, identity, identity, decode(content, 'hex'), $8 || revision || $9, $1, item FROM ended
            WHERE $8 IS NOT NULL
            ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
            facts = excluded.facts, run = excluded.run, item = excluded.item
         ) SELECT count(*) FROM ended"
    )
}
