//! Finds rows as they were handed in, and goes through what a job remembers.

use std::collections::HashMap;

use super::super::bind::{Text, bound};
use super::super::failure::Failure;
use super::super::link::Link;
use super::super::row::Columns;
use super::BODIES;
use super::cells::packed_cells;
use crate::journal::{JobKey, RunKey};
use crate::model::{HandedIn, HandedRow, ItemNo, MeetingId, Remembered};

/// Returns rows of a run as they were handed in; `None` where there is no such run any more.
pub(super) async fn handed_in(link: &Link, run: RunKey, items: &[ItemNo]) -> Result<Option<HandedIn>, Failure> {
    let found = link.first("SELECT id, job, input FROM runs WHERE run = $1 AND NOT pruning", bound![run.0]).await?;
    let Some(found) = found else { return Ok(None) };
    let asked: Vec<_> = items.iter().map(|item| i64::from(item.0)).collect();
    let rows = link
        .rows(
            &format!(
                "SELECT items.item, items.identity, bodies.source, bodies.cells_at FROM items {BODIES}
                 WHERE items.run = $1 AND items.item = ANY ($2) 
                 AND (bodies.source IS NOT NULL OR bodies.cells_at IS NOT NULL)"
            ),
            bound![run.0, asked],
        )
        .await?;
    let mut asked = Vec::with_capacity(rows.len());
    for row in &rows {
        asked.push((row.item(0)?, row.number_if_any(3)?.map(ItemNo)));
    }
    let mut packed = packed_cells(link, run, &asked).await?;
    let mut handed = HashMap::with_capacity(rows.len());
    for (row, (item, _)) in rows.iter().zip(asked) {
        let source = packed.remove(&item).map_or_else(|| row.at(2), Ok)?;
        handed.insert(item, HandedRow { item, identity: row.at(1)?, source });
    }
    let rows = items.iter().map(|item| handed.get(item).cloned()).collect();
    Ok(Some(HandedIn { run: found.run_id(0)?, job: JobKey(found.at(1)?), input: found.at(2)?, rows }))
}

/// Returns the next things behind `after` that the job remembers, in the order of their identities, and so many at most.
pub(super) async fn remembered(link: &Link, job: JobKey, after: &str, most: u32) -> Result<Vec<Remembered>, Failure> {
    let rows = link
        .rows(
            "SELECT identity, resource, facts FROM identities WHERE job = $1 AND identity > $2 ORDER BY identity LIMIT $3",
            bound![job.0, Text(after), i64::from(most)],
        )
        .await?;
    let remembered = |row: &tokio_postgres::Row| {
        let resource = MeetingId::new(row.at(1)?).ok_or_else(|| Failure::unknown("meeting of that identity"))?;
        Ok(Remembered { identity: row.at(0)?, resource, facts: row.at(2)? })
    };
    rows.iter().map(remembered).collect()
}
