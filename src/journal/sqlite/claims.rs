//! Files taken from a drop folder: journaled before they are renamed, so that a kill between any two steps loses none.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::runs::{expect_planning, key_of};
use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::{Claim, JournalError, NewClaim, PutAway, RunKey};
use crate::model::{Digest, RunId};

impl NewClaim {
    /// A file that another run has claimed, and that does not lie where it belongs yet, is no second run's.
    pub(super) fn insert(&self, connection: &Connection, run: RunKey) -> Result<(), JournalError> {
        let mut others = connection
            .prepare_cached("SELECT 1 FROM claims WHERE settled IS NULL AND inode = ?1 AND dropped = ?2 LIMIT 1")?;
        if others.exists(params![self.inode.cast_signed(), text(&self.dropped)])? {
            return Err(JournalError::Claimed);
        }
        connection.execute(
            "INSERT INTO claims (run, name, dropped, claimed, inode) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![run.0, self.name, text(&self.dropped), text(&self.claimed), self.inode.cast_signed()],
        )?;
        Ok(())
    }
}

impl Database {
    pub(super) async fn claim_read(&self, run: RunKey, hash: Digest) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                connection.execute(
                    "UPDATE claims SET hash = ?2 WHERE run = ?1",
                    params![run.0, hash.as_bytes().as_slice()],
                )?;
                Ok(())
            })
            .await
    }

    pub(super) async fn withdraw(&self, run: RunId) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                // Its number may be another run's by now.
                let Some(run) = key_of(connection, run)? else { return Ok(()) };
                expect_planning(connection, run)?;
                // Should no other run answer the due time, it counts as missed.
                connection.execute(
                    "UPDATE jobs SET last_due = last_due - 1
                     WHERE (job, last_due) IN (SELECT job, due FROM runs WHERE run = ?1 AND due IS NOT NULL)",
                    [run.0],
                )?;
                for table in ["claims", "pin_keys", "runs"] {
                    connection.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run.0])?;
                }
                Ok(())
            })
            .await
    }

    pub(super) async fn claim_settled(&self, run: RunKey, at: &Path) -> Result<(), JournalError> {
        let (at, now) = (text(at), self.time().lived);
        self.writer
            .write(move |connection| {
                connection.execute(
                    "UPDATE claims SET settled = ?2, put_away = CASE WHEN settled = ?2 THEN put_away ELSE ?3 END WHERE run = ?1",
                    params![run.0, at, now.millis()],
                )?;
                Ok(())
            })
            .await
    }
}

impl Database {
    /// Records that a mail or a run's end told of the file as it is with this length, which is not the one that was read.
    pub(super) async fn claim_told(&self, run: RunKey, length: u64) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let told = i64::try_from(length).unwrap_or(i64::MAX);
                connection.execute("UPDATE claims SET told = ?2 WHERE run = ?1", params![run.0, told])?;
                Ok(())
            })
            .await
    }
}

impl Reader {
    /// Lists the files that were put away since then, by lived time: the latest of them, the latest first.
    pub(in crate::journal::sqlite) fn put_away_lately(
        &self,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<PutAway>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT run, settled, put_away, told FROM claims
             WHERE settled IS NOT NULL AND put_away >= ?1 ORDER BY put_away DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![since.millis(), i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            Ok(PutAway {
                run: RunKey(row.get(0)?),
                path: PathBuf::from(row.get::<_, String>(1)?),
                since: Timestamp::from_millis(row.get(2)?),
                told: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells whether a dropped file of this content was dealt with.
    pub(in crate::journal::sqlite) fn was_dealt_with(&self, hash: Digest) -> Result<bool, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT 1 FROM claims JOIN runs USING (run) WHERE claims.hash = ?1 AND runs.ended IS NOT NULL LIMIT 1",
        )?;
        Ok(query.exists([hash.as_bytes().as_slice()])?)
    }

    /// The claim of a run.
    pub(in crate::journal::sqlite) fn claim(&self, run: RunKey) -> Result<Option<Claim>, JournalError> {
        Ok(self.claims("run = ?1", Some(run))?.pop().map(|(_, claim)| claim))
    }

    /// Claims whose file does not lie in its last place yet.
    pub(in crate::journal::sqlite) fn open_claims(&self) -> Result<Vec<(RunKey, Claim)>, JournalError> {
        self.claims("settled IS NULL AND ?1 IS NULL", None)
    }

    fn claims(&self, which: &str, run: Option<RunKey>) -> Result<Vec<(RunKey, Claim)>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached(&format!("SELECT run, name, dropped, claimed, inode, settled FROM claims WHERE {which}"))?;
        let rows = query.query_map([run.map(|run| run.0)], |row| {
            let path = |text: String| PathBuf::from(text);
            Ok((
                RunKey(row.get(0)?),
                Claim {
                    name: row.get(1)?,
                    dropped: path(row.get(2)?),
                    claimed: path(row.get(3)?),
                    inode: row.get::<_, i64>(4)?.cast_unsigned(),
                    settled: row.get::<_, Option<String>>(5)?.map(path),
                },
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Paths are kept as text: what a drop folder may hold is checked to be UTF-8 before it is claimed.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
