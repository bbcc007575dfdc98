//! Keeps the key of each run's sealed PINs, and deletes it once they are written out: then no key opens them any more, wherever a copy
//! of them is left.

use rusqlite::{Connection, OptionalExtension, params};

use super::Database;
use super::place::{LAST_OF_RUN, OF_RUN};
use crate::journal::{JournalError, RunKey};
use crate::model::ItemNo;

/// Items wiped in one transaction, so that no other operation waits long behind it.
const STEP: u32 = 2000;

impl Database {
    pub(super) async fn pin_key(
        &self,
        run: RunKey,
        new: Vec<u8>,
        lost: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        self.writer
            .write_deferred(move |connection| {
                let kept: Option<Option<Vec<u8>>> = connection
                    .prepare_cached("SELECT key FROM pin_keys WHERE run = ?1")?
                    .query_row([run.0], |row| row.get(0))
                    .optional()?;
                match kept {
                    Some(kept) if kept.is_none() || kept != lost => return Ok(kept),
                    None if !waits(connection, run)? => return Ok(None),
                    Some(_) | None => {}
                }
                connection.execute(
                    &format!(
                        "INSERT INTO pin_keys (run, key, whole) VALUES (?1, ?2,
                         NOT EXISTS (SELECT 1 FROM results WHERE {OF_RUN} AND sealed IS NOT NULL))
                         ON CONFLICT DO UPDATE SET key = excluded.key"
                    ),
                    params![run.0, new],
                )?;
                Ok(Some(new))
            })
            .await
    }

    pub(super) async fn wipe_pins(&self, run: RunKey) -> Result<(), JournalError> {
        // From here on a start finds the run half wiped, not with files unwritten.
        let left = self.writer.write_deferred(move |connection| forget_key(connection, run)).await?;
        let mut after = ItemNo(0);
        while left == Left::Pins
            && let Some(last) = self.writer.write_deferred(move |connection| wipe_step(connection, run, after)).await?
        {
            after = last;
        }
        if left != Left::Nothing {
            self.writer.cut_short().await?;
        }
        self.writer
            .write(move |connection| {
                connection.execute("UPDATE runs SET sealed = 0 WHERE run = ?1", [run.0])?;
                Ok(())
            })
            .await
    }
}

/// Tells whether the run's PINs wait for their file.
fn waits(connection: &Connection, run: RunKey) -> Result<bool, JournalError> {
    Ok(connection.prepare_cached("SELECT 1 FROM runs WHERE run = ?1 AND sealed = 1")?.exists([run.0])?)
}

/// The sealed PINs of a run when its key was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// None.
    Nothing,
    /// Such as that key alone opens.
    Unreadable,
    /// Others, too: an earlier version has sealed them.
    Pins,
}

/// Deletes the key.
fn forget_key(connection: &Connection, run: RunKey) -> Result<Left, JournalError> {
    connection.prepare_cached("UPDATE runs SET sealed = 2 WHERE run = ?1 AND sealed = 1")?.execute([run.0])?;
    connection.prepare_cached("UPDATE pin_keys SET key = NULL WHERE run = ?1")?.execute([run.0])?;
    let mut sealed =
        connection.prepare_cached(&format!("SELECT 1 FROM results WHERE {OF_RUN} AND sealed IS NOT NULL LIMIT 1"))?;
    if !sealed.exists([run.0])? {
        return Ok(Left::Nothing);
    }
    let mut whole = connection.prepare_cached("SELECT 1 FROM pin_keys WHERE run = ?1 AND whole = 1")?;
    Ok(if whole.exists([run.0])? { Left::Unreadable } else { Left::Pins })
}

/// Wipes the next sealed PINs of a run, behind `after`; tells the last item it came to, `None` once there are no more. What was
/// wiped is not looked at again: of a million items that would be most of the work.
fn wipe_step(connection: &Connection, run: RunKey, after: ItemNo) -> Result<Option<ItemNo>, JournalError> {
    let next = format!(
        "SELECT max(item) FROM
         (SELECT item FROM results WHERE place > ?1 << 32 | ?2 AND place <= {LAST_OF_RUN} AND sealed IS NOT NULL ORDER BY place LIMIT {STEP})"
    );
    let last: Option<u32> = connection.prepare_cached(&next)?.query_row(params![run.0, after.0], |row| row.get(0))?;
    if let Some(last) = last {
        connection
            .prepare_cached(
                "UPDATE results SET sealed = NULL WHERE place > ?1 << 32 | ?2 AND place <= ?1 << 32 | ?3 AND sealed IS NOT NULL",
            )?
            .execute(params![run.0, after.0, last])?;
    }
    Ok(last.map(ItemNo))
}
