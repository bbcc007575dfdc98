//! Holds the mails about dropped files for a moment, so that those of many files can be made one.

use uuid::Uuid;

use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{Database, outbox};
use crate::clock::Timestamp;
use crate::journal::{HeldLetter, JobKey, JournalError, NewLetter, RunKey};

/// Holds a mail if its run works on a dropped file.
pub(super) async fn hold(link: &Link, run: RunKey, letter: &NewLetter) -> Result<(), Failure> {
    link.change(
        "UPDATE outbox SET held = true WHERE id = $1 AND EXISTS (SELECT 1 FROM claims WHERE run = $2)",
        bound![letter.id.as_bytes().as_slice(), run.0],
    )
    .await?;
    Ok(())
}

impl Database {
    pub(super) async fn release(&self, letters: Vec<Uuid>) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE outbox SET held = false WHERE id = ANY ($1)", bound![ids(&letters)]).await?;
                Ok(())
            })
            .await
    }

    pub(super) async fn gather(&self, letters: Vec<Uuid>, one: NewLetter, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("DELETE FROM outbox WHERE id = ANY ($1) AND held", bound![ids(&letters)]).await?;
                outbox::insert(link, None, &one, now).await
            })
            .await
    }
}

fn ids(letters: &[Uuid]) -> Vec<&[u8]> {
    letters.iter().map(|id| id.as_bytes().as_slice()).collect()
}

/// The mails that are held, so many at most, in the order in which they entered.
pub(super) async fn held_letters(link: &Link, most: u32) -> Result<Vec<HeldLetter>, Failure> {
    let rows = link
        .rows(
            "SELECT outbox.id, outbox.run, runs.job, outbox.receiver, outbox.created FROM outbox JOIN runs USING (run)
             WHERE outbox.held ORDER BY outbox.created, outbox.id LIMIT $1",
            bound![i64::from(most)],
        )
        .await?;
    let held = |row: &tokio_postgres::Row| {
        Ok(HeldLetter {
            id: Uuid::from_bytes(row.sixteen(0)?),
            run: row.run(1)?,
            job: JobKey(row.at(2)?),
            receivers: row.at::<&str>(3)?.lines().map(str::to_owned).collect(),
            created: row.time(4)?,
        })
    };
    rows.iter().map(held).collect()
}
