//! Keeps the troubles that stand outside of any run: each is there once while it stands, and that a person was told of it
//! outlives a restart.

use tokio_postgres::Row;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::viewer::Viewer;
use super::{Database, outbox};
use crate::clock::Timestamp;
use crate::journal::{JobKey, JournalError, Seen, Trouble, TroubleChanges};
use crate::model::TroubleKind;

/// Rows that one transaction forgets at most.
const STEP: u32 = 500;

/// The key of a trouble that stands.
const STANDING: &str = "coalesce(job, 0) = $1 AND kind = $2 AND subject = $3 AND home = $4 AND ended IS NULL";

impl Database {
    pub(super) async fn change_troubles(&self, changes: TroubleChanges, now: Timestamp) -> Result<(), JournalError> {
        let home = self.owner.home.clone();
        self.writer.write(async move |link: &Link| change(link, &home, &changes, now).await).await
    }
}

async fn change(link: &Link, home: &str, changes: &TroubleChanges, now: Timestamp) -> Result<(), Failure> {
    let (job, at) = (changes.job.map_or(0, |job| job.0), now.millis());
    let home = Text(home);
    let end = format!("UPDATE troubles SET ended = $5 WHERE {STANDING}");
    for (kind, subject) in &changes.ended {
        link.change(&end, bound![job, Text(kind.as_str()), Text(subject), home, at]).await?;
    }
    for seen in &changes.began {
        link.change(
            "INSERT INTO troubles (job, kind, subject, since, detail, home) VALUES (nullif($1, 0), $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
            bound![job, Text(seen.kind.as_str()), Text(&seen.subject), at, Text(&seen.detail), home],
        )
        .await?;
    }
    let go_on = format!("UPDATE troubles SET detail = $5 WHERE {STANDING}");
    for seen in &changes.goes_on {
        let (kind, subject, detail) = (Text(seen.kind.as_str()), Text(&seen.subject), Text(&seen.detail));
        link.change(&go_on, bound![job, kind, subject, home, detail]).await?;
    }
    let Some(letter) = &changes.letter else { return Ok(()) };
    outbox::insert(link, None, letter, now).await?;
    let tell = format!("UPDATE troubles SET told = true WHERE {STANDING}");
    for (kind, subject) in &changes.told {
        link.change(&tell, bound![job, Text(kind.as_str()), Text(subject), home]).await?;
    }
    Ok(())
}

/// Every trouble that stands, in the order in which they began.
pub(super) async fn troubles(link: &Link, viewer: &Viewer) -> Result<Vec<Trouble>, Failure> {
    let find = "SELECT job, kind, subject, detail, since, told FROM troubles
         WHERE ended IS NULL AND ($1::text IS NULL OR home = $1) ORDER BY trouble";
    link.rows(find, bound![viewer.home()]).await?.iter().map(trouble).collect()
}

fn trouble(row: &Row) -> Result<Trouble, Failure> {
    let kind: &str = row.at(1)?;
    let kind = TroubleKind::parse(kind)
        .ok_or_else(|| Failure::damaged(format!("a trouble is of the kind {kind:?}, which there is not")))?;
    Ok(Trouble {
        job: row.at::<Option<i64>>(0)?.map(JobKey),
        seen: Seen { kind, subject: row.at(2)?, detail: row.at(3)? },
        since: row.time(4)?,
        told: row.at(5)?,
    })
}

/// Forgets troubles that ended before `before`, a step of them.
pub(super) async fn forget(link: &Link, before: Timestamp) -> Result<u64, Failure> {
    let forget =
        format!("DELETE FROM troubles WHERE trouble IN (SELECT trouble FROM troubles WHERE ended < $1 LIMIT {STEP})");
    link.change(&forget, bound![before.millis()]).await
}
