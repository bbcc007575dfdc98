//! Keeps the troubles that stand outside of any run: each is there once while it stands, and a restart forgets neither it
//! nor that it was told.

use rusqlite::{Connection, Row, params};

use super::outbox;
use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{JobKey, JournalError, Seen, Trouble, TroubleChanges};
use crate::model::TroubleKind;

/// Rows that one transaction forgets at most.
const STEP: u32 = 500;

/// The key of a trouble that stands.
const STANDING: &str = "coalesce(job, 0) = ?1 AND kind = ?2 AND subject = ?3 AND ended IS NULL";

impl Database {
    pub(super) async fn change_troubles(&self, changes: TroubleChanges, now: Timestamp) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let job = changes.job.map_or(0, |job| job.0);
                let mut end = connection.prepare_cached(&format!("UPDATE troubles SET ended = ?4 WHERE {STANDING}"))?;
                for (kind, subject) in &changes.ended {
                    end.execute(params![job, kind.as_str(), subject, now.millis()])?;
                }
                let mut begin = connection.prepare_cached(
                    "INSERT INTO troubles (job, kind, subject, since, detail) VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                )?;
                for seen in &changes.began {
                    begin.execute(params![job, seen.kind.as_str(), seen.subject, now.millis(), seen.detail])?;
                }
                let mut go_on =
                    connection.prepare_cached(&format!("UPDATE troubles SET detail = ?4 WHERE {STANDING}"))?;
                for seen in &changes.goes_on {
                    go_on.execute(params![job, seen.kind.as_str(), seen.subject, seen.detail])?;
                }
                let Some(letter) = &changes.letter else { return Ok(()) };
                outbox::insert(connection, None, letter, now)?;
                let mut tell = connection.prepare_cached(&format!("UPDATE troubles SET told = 1 WHERE {STANDING}"))?;
                for (kind, subject) in &changes.told {
                    tell.execute(params![job, kind.as_str(), subject])?;
                }
                Ok(())
            })
            .await
    }
}

impl Reader {
    /// Every trouble that stands, in the order in which they began.
    pub(in crate::journal::sqlite) fn troubles(&self) -> Result<Vec<Trouble>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT job, kind, subject, detail, since, told FROM troubles WHERE ended IS NULL ORDER BY trouble",
        )?;
        let rows = query.query_map([], |row| Ok(trouble(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn trouble(row: &Row<'_>) -> Result<Trouble, JournalError> {
    let kind: String = row.get(1)?;
    let kind = TroubleKind::parse(&kind)
        .ok_or_else(|| JournalError::damaged(format!("a trouble is of the kind {kind:?}, which there is not")))?;
    Ok(Trouble {
        job: row.get::<_, Option<i64>>(0)?.map(JobKey),
        seen: Seen { kind, subject: row.get(2)?, detail: row.get(3)? },
        since: Timestamp::from_millis(row.get(4)?),
        told: row.get(5)?,
    })
}

/// Forgets troubles that ended before `before`, a step of them.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    Ok(connection
        .prepare_cached(&format!(
            "DELETE FROM troubles WHERE trouble IN (SELECT trouble FROM troubles WHERE ended < ?1 LIMIT {STEP})"
        ))?
        .execute([before.millis()])?)
}
