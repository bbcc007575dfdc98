//! Finds the cells of rows that are packed together.

use rusqlite::{OptionalExtension, params};

use super::Reader;
use crate::journal::cells::{FoundItem, Unpacked, lost};
use crate::journal::{ItemView, JournalError, RunKey};
use crate::model::ItemNo;

/// The cells of a run's rows. One block is held unpacked: rows that are asked for one after another are in the same more often than not.
pub(super) struct CellsOfRun<'a> {
    reader: &'a Reader,
    run: RunKey,
    unpacked: Option<Unpacked>,
}

impl<'a> CellsOfRun<'a> {
    pub(super) fn new(reader: &'a Reader, run: RunKey) -> Self {
        Self { reader, run, unpacked: None }
    }

    /// Returns the cells of an item: those of the block, or else the plain ones.
    pub(super) fn source(
        &mut self,
        item: ItemNo,
        plain: Option<String>,
        at: Option<ItemNo>,
    ) -> Result<Option<String>, JournalError> {
        let Some(at) = at else { return Ok(plain) };
        if self.unpacked.as_ref().is_none_or(|unpacked| unpacked.last() != at) {
            self.unpacked = self.unpack(at)?;
        }
        let found = self.unpacked.as_ref().and_then(|unpacked| unpacked.of_item(item));
        found.map(|cells| Some(cells.to_owned())).ok_or_else(|| JournalError::damaged(lost(item)))
    }

    fn unpack(&self, at: ItemNo) -> Result<Option<Unpacked>, JournalError> {
        let mut query =
            self.reader.connection.prepare_cached("SELECT packed FROM cells WHERE run = ?1 AND item = ?2")?;
        let unpacked =
            query.query_row(params![self.run.0, at.0], |row| Ok(Unpacked::of(at, row.get_ref(0)?.as_blob()?)));
        Ok(unpacked.optional()?.flatten())
    }
}

impl Reader {
    /// Puts the packed cells into items.
    pub(super) fn with_cells(&self, run: RunKey, items: Vec<FoundItem>) -> Result<Vec<ItemView>, JournalError> {
        let mut cells = CellsOfRun::new(self, run);
        let whole = |FoundItem { view, cells_at }| {
            let source = cells.source(view.item, view.source, cells_at)?;
            Ok(ItemView { source, ..view })
        };
        items.into_iter().map(whole).collect()
    }
}
