//! Forgets what lies further back than it is to be kept, in steps so small that no other operation waits long behind one.
//!
//! A run goes whole or not at all. It stays while its mail waits, or its dropped file's last move. And the last run of each job
//! stays, so that its outcome is known. PINs whose file could not be written in all that time go with their run. What a job
//! made is remembered until that is over, however long ago it was made. Freed pages are used again for what comes; the file does not
//! become shorter, for it will need the room tomorrow.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::Database;
use super::place::{OF_RUN, PLACED, first_of_run};
use super::read::Reads;
use super::{Reader, habits, troubles};
use crate::clock::Timestamp;
use crate::journal::pruned::{MadeThing, OlderThan, files_seen_before};
use crate::journal::{JournalError, Over, Pruned, Pruning};

/// Rows that one transaction forgets, and that one look reads, at most.
const STEP: usize = 500;

impl Database {
    pub(super) async fn prune_by_age(
        &self,
        keep: Duration,
        files: Duration,
        over: Over,
    ) -> Result<Pruning, JournalError> {
        let time = self.time();
        if let Some(doubt) = time.doubt {
            return Ok(Pruning::Doubted(doubt));
        }
        let pruned = self.prune(time.wall.minus(keep), over).await?;
        let seen = files_seen_before(&time, keep, files);
        self.forget_until_none(move |connection| forget_files(connection, seen)).await?;
        Ok(Pruning::Done(pruned))
    }

    pub(super) async fn prune(&self, before: Timestamp, over: Over) -> Result<Pruned, JournalError> {
        let both = OlderThan::of(before, &self.time());
        let mut pruned = Pruned::default();
        loop {
            let (runs, items) = self.writer.write_deferred(move |connection| forget_runs(connection, both)).await?;
            if runs == 0 && items == 0 {
                break;
            }
            pruned.runs += runs;
            pruned.items += items;
        }
        self.forget_until_none(move |connection| forget_lone_mails(connection, both)).await?;
        pruned.identities = self.forget_identities(before, over).await?;
        self.forget_gone().await?;
        self.forget_until_none(move |connection| troubles::forget(connection, before)).await?;
        self.forget_until_none(move |connection| habits::forget(connection, before)).await?;
        pruned.skips = self.forget_until_none(move |connection| forget_skips(connection, before)).await?;
        Ok(pruned)
    }

    async fn forget_until_none(
        &self,
        step: impl Fn(&Connection) -> Result<usize, JournalError> + Copy + Send + 'static,
    ) -> Result<u64, JournalError> {
        let mut all = 0;
        loop {
            match self.writer.write_deferred(step).await? {
                0 => return Ok(all),
                some => all += some as u64,
            }
        }
    }

    async fn forget_identities(&self, before: Timestamp, over: Over) -> Result<u64, JournalError> {
        let mut all = 0;
        let mut after = (0, String::new());
        loop {
            let from = after.clone();
            let page = self.connections.read(move |reader| reader.remembered(&from)).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = (last.job, last.identity.clone());
            let old: Vec<_> = page.into_iter().filter(|thing| thing.is_over(before, over)).collect();
            if old.is_empty() {
                continue;
            }
            all += self.writer.write_deferred(move |connection| forget_remembered(connection, &old)).await? as u64;
        }
    }

    /// Forgets things that were taken away: that matters only while a job remembers that it made them.
    async fn forget_gone(&self) -> Result<(), JournalError> {
        loop {
            let gone = self.connections.read(Reader::gone_for_nobody).await?;
            if gone.is_empty() {
                return Ok(());
            }
            self.writer
                .write_deferred(move |connection| {
                    let mut forget = connection.prepare_cached("DELETE FROM gone WHERE resource = ?1")?;
                    gone.iter().try_for_each(|resource| forget.execute([resource]).map(drop))?;
                    Ok(())
                })
                .await?;
        }
    }
}

impl Reader {
    fn remembered(&self, after: &(i64, String)) -> Result<Vec<MadeThing>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT identities.job, jobs.kind, identities.identity, identities.facts FROM identities JOIN jobs USING (job)
             WHERE (identities.job, identities.identity) > (?1, ?2) ORDER BY identities.job, identities.identity LIMIT {STEP}"
        ))?;
        let rows = query.query_map(params![after.0, after.1], |row| {
            Ok(MadeThing { job: row.get(0)?, kind: row.get(1)?, identity: row.get(2)?, facts: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Things taken away by a run that is forgotten, and that no identity stands for.
    fn gone_for_nobody(&self) -> Result<Vec<String>, JournalError> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT resource FROM gone WHERE run NOT IN (SELECT run FROM runs)
             AND resource NOT IN (SELECT resource FROM identities) LIMIT {STEP}"
        ))?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Forgets runs until the step is full; tells how many are wholly forgotten, and how many items.
fn forget_runs(connection: &Connection, before: OlderThan) -> Result<(u64, u64), JournalError> {
    let (mut runs, mut items) = (0, 0);
    let mut room = STEP;
    while room > 0
        && let Some(run) = next_run(connection, before)?
    {
        let forgotten = forget_items(connection, run, room)?;
        items += forgotten as u64;
        if forgotten == room {
            connection.prepare_cached("UPDATE runs SET pruning = 1 WHERE run = ?1")?.execute([run])?;
            break;
        }
        room -= forgotten + 1;
        for table in PLACED {
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE {OF_RUN}"))?.execute([run])?;
        }
        for table in ["attempts", "cells", "outbox", "claims", "pin_keys", "runs"] {
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE run = ?1"))?.execute([run])?;
        }
        runs += 1;
    }
    Ok((runs, items))
}

/// The run to be forgotten next: one that was begun with, else the oldest that may go.
fn next_run(connection: &Connection, before: OlderThan) -> Result<Option<i64>, JournalError> {
    let begun = connection
        .prepare_cached("SELECT run FROM runs WHERE pruning = 1 LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if begun.is_some() {
        return Ok(begun);
    }
    Ok(connection
        .prepare_cached(
            "SELECT run FROM runs WHERE ended < ?1 AND ended - ahead < ?2
             AND EXISTS (SELECT 1 FROM runs AS later WHERE later.job = runs.job AND later.run > runs.run AND later.ended IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.run = runs.run AND claims.settled IS NULL)
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = runs.run AND outbox.state IN ('queued', 'sending'))
             ORDER BY run LIMIT 1",
        )?
        .query_row([before.wall.millis(), before.lived.millis()], |row| row.get(0))
        .optional()?)
}

/// Forgets the run's first items, each with all that belongs to it.
fn forget_items(connection: &Connection, run: i64, most: usize) -> Result<usize, JournalError> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(item) FROM (SELECT item FROM items WHERE run = ?1 ORDER BY item LIMIT ?2)")?
        .query_row([run, i64::try_from(most).unwrap_or(i64::MAX)], |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    let mut forgotten = 0;
    for table in ["attempts", "results", "bodies", "cells", "items"] {
        forgotten = connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE {}", first_of_run(table)))?
            .execute([run, last])?;
    }
    Ok(forgotten)
}

/// Mails that no run stands behind.
fn forget_lone_mails(connection: &Connection, before: OlderThan) -> Result<usize, JournalError> {
    Ok(connection
        .prepare_cached(&format!(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE run IS NULL AND ended < ?1
             AND coalesce(tried, created) < ?2 LIMIT {STEP})"
        ))?
        .execute([before.wall.millis(), before.lived.millis()])?)
}

/// Since when files lie where they were put that have been deleted by now.
fn forget_files(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    Ok(connection
        .prepare_cached(&format!(
            "DELETE FROM put_away WHERE run IN (SELECT run FROM put_away WHERE since < ?1 LIMIT {STEP})"
        ))?
        .execute([before.millis()])?)
}

/// Forgets memories, but for those that were renewed meanwhile.
fn forget_remembered(connection: &Connection, old: &[MadeThing]) -> Result<usize, JournalError> {
    let mut forget =
        connection.prepare_cached("DELETE FROM identities WHERE job = ?1 AND identity = ?2 AND facts = ?3")?;
    let mut forgotten = 0;
    for thing in old {
        forgotten += forget.execute(params![thing.job, thing.identity, thing.facts])?;
    }
    Ok(forgotten)
}

/// Rows of the skip ledger. One that was entered by a clock that was ahead, for a due time that is still to come, stays.
fn forget_skips(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    Ok(connection
        .prepare_cached(&format!(
            "DELETE FROM skips WHERE (job, due) IN
             (SELECT job, due FROM skips WHERE job IN (SELECT job FROM jobs) AND due < ?1 AND at < ?1 LIMIT {STEP})"
        ))?
        .execute([before.millis()])?)
}
