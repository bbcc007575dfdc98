//! Finds the cells of rows that are packed together.

use std::collections::HashMap;

use super::super::bind::bound;
use super::super::failure::Failure;
use super::super::link::Link;
use super::super::row::Columns;
use crate::journal::cells::{FoundItem, Unpacked, lost};
use crate::journal::{ItemView, RunKey};
use crate::model::ItemNo;

/// Puts the packed cells into items of a run.
pub(super) async fn with_cells(link: &Link, run: RunKey, items: Vec<FoundItem>) -> Result<Vec<ItemView>, Failure> {
    let asked: Vec<_> = items.iter().map(|found| (found.view.item, found.cells_at)).collect();
    let mut packed = packed_cells(link, run, &asked).await?;
    let whole = |FoundItem { view, .. }| {
        let source = packed.remove(&view.item).or(view.source);
        ItemView { source, ..view }
    };
    Ok(items.into_iter().map(whole).collect())
}

/// Returns the cells of those of the items that a block has.
pub(super) async fn packed_cells(
    link: &Link,
    run: RunKey,
    items: &[(ItemNo, Option<ItemNo>)],
) -> Result<HashMap<ItemNo, String>, Failure> {
    let mut asked: HashMap<ItemNo, Vec<ItemNo>> = HashMap::new();
    for (item, at) in items {
        if let Some(at) = at {
            asked.entry(*at).or_default().push(*item);
        }
    }
    let mut cells = HashMap::new();
    if asked.is_empty() {
        return Ok(cells);
    }
    let blocks: Vec<_> = asked.keys().map(|at| i64::from(at.0)).collect();
    let find = "SELECT item, packed FROM cells WHERE run = $1 AND item = ANY ($2)";
    for row in &link.rows(find, bound![run.0, blocks]).await? {
        let at = row.item(0)?;
        let Some(unpacked) = Unpacked::of(at, row.at(1)?) else { continue };
        let found = asked.get(&at).into_iter().flatten();
        cells.extend(found.filter_map(|item| Some((*item, unpacked.of_item(*item)?.to_owned()))));
    }
    let missing = items.iter().find(|(item, at)| at.is_some() && !cells.contains_key(item));
    missing.map_or(Ok(cells), |(item, _)| Err(Failure::damaged(lost(*item))))
}
