//! Finds rows as they were handed in, and goes through what a job remembers.

use rusqlite::{OptionalExtension, params};

use super::Reader;
use super::cells::CellsOfRun;
use super::open::read_run_id;
use crate::journal::{JobKey, JournalError, RunKey};
use crate::model::{HandedIn, HandedRow, ItemNo, MeetingId, Remembered};

impl Reader {
    /// Returns rows of a run as they were handed in; `None` where there is no such run any more.
    pub(in crate::journal::sqlite) fn handed_in(
        &self,
        run: RunKey,
        items: &[ItemNo],
    ) -> Result<Option<HandedIn>, JournalError> {
        self.at_one_moment(|| {
            let found = self
                .connection
                .prepare_cached("SELECT id, job, input FROM runs WHERE run = ?1 AND pruning = 0")?
                .query_row([run.0], |row| Ok((read_run_id(row, 0)?, JobKey(row.get(1)?), row.get(2)?)))
                .optional()?;
            let Some((id, job, input)) = found else { return Ok(None) };
            let mut query = self.connection.prepare_cached(
                "SELECT items.identity, bodies.source, bodies.cells_at FROM items JOIN bodies ON bodies.place = items.run << 32 | items.item
                 WHERE items.run = ?1 AND items.item = ?2 AND (bodies.source IS NOT NULL OR bodies.cells_at IS NOT NULL)",
            )?;
            let mut cells = CellsOfRun::new(self, run);
            let mut row = |item: &ItemNo| {
                let found = query.query_row(params![run.0, item.0], |row| {
                    Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<u32>>(2)?.map(ItemNo)))
                });
                let Some((identity, plain, at)) = found.optional()? else { return Ok(None) };
                let source = cells.source(*item, plain, at)?;
                Ok(source.map(|source| HandedRow { item: *item, identity, source }))
            };
            let rows = items.iter().map(&mut row).collect::<Result<_, JournalError>>()?;
            Ok(Some(HandedIn { run: id, job, input, rows }))
        })
    }

    /// Returns the next things behind `after` that the job remembers, in the order of their identities, and so many at most.
    pub(in crate::journal::sqlite) fn remembered_of(
        &self,
        job: JobKey,
        after: &str,
        most: u32,
    ) -> Result<Vec<Remembered>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT identity, resource, facts FROM identities WHERE job = ?1 AND identity > ?2 ORDER BY identity LIMIT ?3",
        )?;
        let rows = query.query_map(params![job.0, after, most], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        let mut all = Vec::new();
        for row in rows {
            let (identity, resource, facts) = row?;
            let resource = MeetingId::new(&resource).ok_or(JournalError::Unknown("meeting of that identity"))?;
            all.push(Remembered { identity, resource, facts });
        }
        Ok(all)
    }
}
