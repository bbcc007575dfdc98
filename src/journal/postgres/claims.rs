//! Files taken from a drop folder: journaled before they are renamed, so that a kill between any two steps loses none.

use std::path::{Path, PathBuf};

use super::Database;
use super::bind::{Bound, Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::runs::{expect_planning, key_of};
use super::viewer::Viewer;
use crate::clock::Timestamp;
use crate::journal::{Claim, JournalError, NewClaim, PutAway, RunKey};
use crate::model::{Digest, RunId};

impl NewClaim {
    /// A file that another run has claimed, and that does not lie where it belongs yet, is no second run's.
    pub(super) async fn put_in(&self, link: &Link, run: RunKey) -> Result<(), Failure> {
        let (dropped, claimed, inode) = (text(&self.dropped), text(&self.claimed), self.inode.cast_signed());
        let others = "SELECT 1 FROM claims JOIN runs USING (run) WHERE claims.settled IS NULL AND claims.inode = $1
             AND claims.dropped = $2 AND (claims.shared AND $4 OR runs.begun_at IS NOT DISTINCT FROM (SELECT begun_at FROM runs WHERE run = $3)) LIMIT 1";
        if link.exists(others, bound![inode, Text(&dropped), run.0, self.shared]).await? {
            return Err(JournalError::Claimed.into());
        }
        link.change(
            "INSERT INTO claims (run, name, dropped, claimed, inode, shared) VALUES ($1, $2, $3, $4, $5, $6)",
            bound![run.0, Text(&self.name), Text(&dropped), Text(&claimed), inode, self.shared],
        )
        .await?;
        Ok(())
    }
}

impl Database {
    pub(super) async fn claim_read(&self, run: RunKey, hash: Digest) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let hash = hash.as_bytes().as_slice();
                link.change("UPDATE claims SET hash = $2 WHERE run = $1", bound![run.0, hash]).await?;
                Ok(())
            })
            .await
    }

    pub(super) async fn withdraw(&self, run: RunId) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let Some(run) = key_of(link, run).await? else { return Ok(()) };
                expect_planning(link, run).await?;
                // Should no other run answer the due time, it counts as missed.
                link.change(
                    "UPDATE jobs SET last_due = last_due - 1
                     WHERE (job, last_due) IN (SELECT job, due FROM runs WHERE run = $1 AND due IS NOT NULL)",
                    bound![run.0],
                )
                .await?;
                for table in ["claims", "pin_keys", "runs"] {
                    link.change(&format!("DELETE FROM {table} WHERE run = $1"), bound![run.0]).await?;
                }
                Ok(())
            })
            .await
    }

    pub(super) async fn claim_settled(&self, run: RunKey, at: &Path) -> Result<(), JournalError> {
        let (at, now) = (text(at), self.time().lived.millis());
        self.writer
            .write(async move |link: &Link| {
                link.change(
                    "UPDATE claims SET settled = $2, put_away = CASE WHEN settled = $2 THEN put_away ELSE $3 END
                     WHERE run = $1",
                    bound![run.0, Text(&at), now],
                )
                .await?;
                Ok(())
            })
            .await
    }

    pub(super) async fn claim_told(&self, run: RunKey, length: u64) -> Result<(), JournalError> {
        let told = i64::try_from(length).unwrap_or(i64::MAX);
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE claims SET told = $2 WHERE run = $1", bound![run.0, told]).await?;
                Ok(())
            })
            .await
    }
}

/// The files that were put away since then, by lived time: the latest of them, the latest first.
pub(super) async fn put_away_lately(
    link: &Link,
    viewer: &Viewer,
    since: Timestamp,
    most: usize,
) -> Result<Vec<PutAway>, Failure> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = link
        .rows(
            "SELECT claims.run, settled, put_away, told FROM claims JOIN runs USING (run)
             WHERE settled IS NOT NULL AND put_away >= $1 AND ($3::text IS NULL OR runs.begun_at IS NULL OR runs.begun_at = $3)
             ORDER BY put_away DESC LIMIT $2",
            bound![since.millis(), most, viewer.home()],
        )
        .await?;
    let put_away = |row: &tokio_postgres::Row| {
        Ok(PutAway {
            run: row.run(0)?,
            path: PathBuf::from(row.at::<&str>(1)?),
            since: row.time(2)?,
            told: row.number_if_any(3)?,
        })
    };
    rows.iter().map(put_away).collect()
}

/// Tells whether a dropped file of this content was dealt with.
pub(super) async fn was_dealt_with(link: &Link, hash: Digest) -> Result<bool, Failure> {
    link.exists(
        "SELECT 1 FROM claims JOIN runs USING (run) WHERE claims.hash = $1 AND runs.ended IS NOT NULL LIMIT 1",
        bound![hash.as_bytes().as_slice()],
    )
    .await
}

/// The claim of a run, where its file is here.
pub(super) async fn claim(link: &Link, viewer: &Viewer, run: RunKey) -> Result<Option<Claim>, Failure> {
    let which = format!("claims.run = $3 AND {HERE}");
    Ok(claims(link, &which, bound![viewer.home(), viewer.process(), run.0]).await?.pop().map(|(_, claim)| claim))
}

/// Tells of a claim whether its file is here, and this process's to move: a shared one is moved by the process that works on its run, or,
/// where that is gone, by any.
const HERE: &str = "($1::text IS NULL OR EXISTS (SELECT 1 FROM runs WHERE runs.run = claims.run
    AND (runs.begun_at IS NULL OR (runs.begun_at = $1 AND NOT claims.shared) OR (claims.shared AND (runs.process = $2
    OR NOT EXISTS (SELECT 1 FROM leases WHERE leases.owner = runs.process AND NOT leases.ended))))))";

/// Claims whose file does not lie in its last place yet.
pub(super) async fn open_claims(link: &Link, viewer: &Viewer) -> Result<Vec<(RunKey, Claim)>, Failure> {
    claims(
        link,
        &format!(
            "settled IS NULL AND {HERE} AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.run = claims.run AND files_due)"
        ),
        bound![viewer.home(), viewer.process()],
    )
    .await
}

async fn claims(link: &Link, which: &str, values: &[Bound<'_>]) -> Result<Vec<(RunKey, Claim)>, Failure> {
    let find = format!("SELECT run, name, dropped, claimed, inode, settled FROM claims WHERE {which} ORDER BY run");
    let claim = |row: &tokio_postgres::Row| {
        let claim = Claim {
            name: row.at(1)?,
            dropped: PathBuf::from(row.at::<&str>(2)?),
            claimed: PathBuf::from(row.at::<&str>(3)?),
            inode: row.at::<i64>(4)?.cast_unsigned(),
            settled: row.at::<Option<&str>>(5)?.map(PathBuf::from),
        };
        Ok((row.run(0)?, claim))
    };
    link.rows(&find, values).await?.iter().map(claim).collect()
}

/// Paths are kept as text: what a drop folder may hold is checked to be UTF-8 before it is claimed.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
