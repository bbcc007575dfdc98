//! Keeps the key of each run's sealed PINs, and deletes it once they are written out: then no process opens them any more, wherever a
//! copy of them is left.

use super::Database;
use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JournalError, RunKey};
use crate::model::ItemNo;

/// Items wiped in one transaction, so that no caller waits long behind it.
const STEP: u32 = 2000;

impl Database {
    pub(super) async fn pin_key(
        &self,
        run: RunKey,
        new: Vec<u8>,
        lost: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let kept = link.first("SELECT key FROM pin_keys WHERE run = $1", bound![run.0]).await?;
                let kept: Option<Option<Vec<u8>>> = kept.map(|row| row.at(0)).transpose()?;
                match kept {
                    Some(kept) if kept.is_none() || kept != lost => return Ok(kept),
                    None if !waits(link, run).await? => return Ok(None),
                    Some(_) | None => {}
                }
                link.change(
                    "INSERT INTO pin_keys (run, key, whole) VALUES ($1, $2,
                     NOT EXISTS (SELECT 1 FROM results WHERE run = $1 AND sealed IS NOT NULL))
                     ON CONFLICT (run) DO UPDATE SET key = excluded.key",
                    bound![run.0, new.as_slice()],
                )
                .await?;
                Ok(Some(new.clone()))
            })
            .await
    }

    pub(super) async fn wipe_pins(&self, run: RunKey) -> Result<(), JournalError> {
        // From here on a start finds the run half wiped, not with files unwritten.
        let are_pins_left = self.writer.write(async move |link: &Link| forget_key(link, run).await).await?;
        let mut after = ItemNo(0);
        while are_pins_left
            && let Some(last) = self.writer.write(async move |link: &Link| wipe_step(link, run, after).await).await?
        {
            after = last;
        }
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE runs SET sealed = 0 WHERE run = $1", bound![run.0]).await?;
                Ok(())
            })
            .await
    }
}

/// Tells whether the run's PINs wait for their file.
async fn waits(link: &Link, run: RunKey) -> Result<bool, Failure> {
    link.exists("SELECT 1 FROM runs WHERE run = $1 AND sealed = 1", bound![run.0]).await
}

/// Deletes the key; tells whether there are PINs that it does not seal.
async fn forget_key(link: &Link, run: RunKey) -> Result<bool, Failure> {
    link.change("UPDATE runs SET sealed = 2 WHERE run = $1 AND sealed = 1", bound![run.0]).await?;
    link.change("UPDATE pin_keys SET key = NULL WHERE run = $1", bound![run.0]).await?;
    link.exists(
        "SELECT 1 FROM results WHERE run = $1 AND sealed IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM pin_keys WHERE run = $1 AND whole) LIMIT 1",
        bound![run.0],
    )
    .await
}

/// Wipes the next sealed PINs of a run, behind `after`; tells the last item it came to, `None` once there are no more. What was
/// wiped is not looked at again: of a million items that would be most of the work.
async fn wipe_step(link: &Link, run: RunKey, after: ItemNo) -> Result<Option<ItemNo>, Failure> {
    let next = format!(
        "SELECT max(item) FROM (SELECT item FROM results WHERE run = $1 AND item > $2 AND sealed IS NOT NULL
         ORDER BY item LIMIT {STEP}) AS step"
    );
    let after = i64::from(after.0);
    let last: Option<u32> = link.one(&next, bound![run.0, after]).await?.number_if_any(0)?;
    if let Some(last) = last {
        link.change(
            "UPDATE results SET sealed = NULL WHERE run = $1 AND item > $2 AND item <= $3 AND sealed IS NOT NULL",
            bound![run.0, after, i64::from(last)],
        )
        .await?;
    }
    Ok(last.map(ItemNo))
}
