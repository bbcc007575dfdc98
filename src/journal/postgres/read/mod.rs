//! The read side: what the engine works through and what people are told.

mod answer;
mod cells;
mod handed_in;
pub(super) mod history;
mod open;
mod pages;

use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::RunKey;
use crate::model::{Counts, State};

/// Finds the body of each item by its key, however few items the database takes a run to have.
pub(super) const BODIES: &str = "CROSS JOIN LATERAL (SELECT label, line, payload, source, cells_at FROM bodies
    WHERE bodies.run = items.run AND bodies.item = items.item OFFSET 0) AS bodies";

/// Returns how the finished items of a run add up.
pub(super) async fn counts(link: &Link, run: RunKey) -> Result<Counts, Failure> {
    let rows = link.rows("SELECT state, count(*) FROM items WHERE run = $1 GROUP BY state", bound![run.0]).await?;
    let mut counts = Counts::default();
    for row in &rows {
        if let State::Done(status) = row.state(0)? {
            counts.add(status, row.number(1)?);
        }
    }
    Ok(counts)
}
