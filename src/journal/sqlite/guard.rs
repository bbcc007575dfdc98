//! Keeps what was seen of the clocks in the database: within a transaction that changes something anyway, or by itself where none did
//! for long.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Database, owner};
use crate::clock::{BootId, Clock, Reading, Timestamp, Trust, Uptime};
use crate::journal::JournalError;
use crate::journal::guard::{ALONE, EACH, Guard};

/// Goes on from what the journal has. One that never saw the boot clock goes on from the latest time in it.
pub(super) fn load(connection: &Connection, clock: Arc<dyn Clock>, process: Uuid) -> Result<Guard, JournalError> {
    let found = connection
        .query_row("SELECT reached, lived, shown, boot, up FROM clock", [], |row| {
            let at = |index| row.get(index).map(Timestamp::from_millis);
            let up = Duration::from_millis(u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default());
            let uptime = Uptime { boot: row.get::<_, BootId>(3)?, since: up };
            Ok(Trust { reached: at(0)?, lived: at(1)?, shown: at(2)?, uptime })
        })
        .optional()?;
    if let Some(trust) = found {
        return Ok(Guard::kept_as(trust, clock, process));
    }
    let latest: Option<i64> = connection.query_row(
        "SELECT max(at) FROM (SELECT max(coalesce(ended, started)) AS at FROM runs
         UNION ALL SELECT max(at) FROM skips UNION ALL SELECT max(created) FROM outbox)",
        [],
        |row| row.get(0),
    )?;
    Ok(Guard::since(latest.map(Timestamp::from_millis), clock, process))
}

/// Writes what was seen, within a transaction that changes something anyway.
pub(super) fn keep_with_others(guard: &Guard, connection: &Connection) -> Result<Option<Trust>, JournalError> {
    let Some(trust) = guard.due(EACH) else { return Ok(None) };
    keep(connection, &trust, guard.process)?;
    Ok(Some(trust))
}

fn keep(connection: &Connection, trust: &Trust, process: Uuid) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO clock (only, reached, lived, shown, boot, up) VALUES (1, ?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (only) DO UPDATE SET reached = excluded.reached, lived = excluded.lived, shown = excluded.shown,
             boot = excluded.boot, up = excluded.up",
        )?
        .execute(params![
            trust.reached.millis(),
            trust.lived.millis(),
            trust.shown.millis(),
            trust.uptime.boot,
            i64::try_from(trust.uptime.since.as_millis()).unwrap_or(i64::MAX),
        ])?;
    owner::show_life(connection, process, trust.lived)
}

/// Writes what is there already, and changes nothing by it: the disk must take it all the same.
pub(super) fn touch(connection: &Connection) -> Result<(), JournalError> {
    if connection.execute("UPDATE clock SET only = 1", [])? == 0 {
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        connection.pragma_update(None, "user_version", version)?;
    }
    Ok(())
}

impl Database {
    pub(super) fn time(&self) -> Reading {
        self.guard.look()
    }

    pub(super) async fn keep_time(&self) -> Result<(), JournalError> {
        match self.guard.due(ALONE) {
            Some(trust) => self.keep(trust).await,
            None => Ok(()),
        }
    }

    pub(super) async fn believe_clock(&self) -> Result<(), JournalError> {
        let trust = self.guard.believe();
        self.keep(trust).await
    }

    async fn keep(&self, trust: Trust) -> Result<(), JournalError> {
        let process = self.guard.process;
        self.writer.write(move |connection| keep(connection, &trust, process)).await?;
        self.guard.kept(&trust);
        Ok(())
    }
}
