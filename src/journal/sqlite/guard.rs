//! Remembers what was seen of the clocks, so that a journal knows how much time it has lived, whatever the wall clock shows: what
//! deletes, forgets, gives up or waits asks here. What is kept is also the sign of life of the process that works on runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Database, owner};
use crate::clock::{BootId, Clock, Reading, Timestamp, Trust, Uptime};
use crate::journal::JournalError;

/// The lived time after which the next commit takes along what was seen.
const EACH: Duration = Duration::from_mins(1);
/// The lived time after which it is committed by itself: far less than the day that a machine may be off.
const ALONE: Duration = Duration::from_hours(1);

/// The clocks, and what was seen of them.
#[derive(Debug)]
pub(super) struct Guard {
    clock: Arc<dyn Clock>,
    /// The process, as runs name their owner.
    process: Uuid,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    trust: Trust,
    /// The lived time up to which it is in the journal; `None` while nothing is.
    kept: Option<Timestamp>,
}

impl Guard {
    /// Goes on from what the journal has. One that never saw the boot clock goes on from the latest time in it.
    pub(super) fn load(connection: &Connection, clock: Arc<dyn Clock>, process: Uuid) -> Result<Self, JournalError> {
        let (wall, uptime) = (clock.now(), clock.uptime());
        let found = connection
            .query_row("SELECT reached, lived, shown, boot, up FROM clock", [], |row| {
                let at = |index| row.get(index).map(Timestamp::from_millis);
                let up = Duration::from_millis(u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default());
                let uptime = Uptime { boot: row.get::<_, BootId>(3)?, since: up };
                Ok(Trust { reached: at(0)?, lived: at(1)?, shown: at(2)?, uptime })
            })
            .optional()?;
        let seen = match found {
            Some(trust) => Seen { trust, kept: Some(trust.lived) },
            None => {
                let latest: Option<i64> = connection.query_row(
                    "SELECT max(at) FROM (SELECT max(coalesce(ended, started)) AS at FROM runs
                     UNION ALL SELECT max(at) FROM skips UNION ALL SELECT max(created) FROM outbox)",
                    [],
                    |row| row.get(0),
                )?;
                let trust = latest.map_or_else(
                    || Trust::first(wall, uptime),
                    |latest| Trust::since(Timestamp::from_millis(latest), wall, uptime),
                );
                Seen { trust, kept: None }
            }
        };
        Ok(Self { clock, process, seen: Mutex::new(seen) })
    }

    /// Looks at the clocks.
    pub(super) fn look(&self) -> Reading {
        self.with(|trust, clock| trust.look(clock.now(), clock.uptime())).0
    }

    /// Returns how far the wall clock is ahead of what was lived, in milliseconds.
    pub(super) fn ahead(&self) -> i64 {
        let reading = self.look();
        reading.wall.millis() - reading.lived.millis()
    }

    /// Returns what is to be kept, where so much was lived since that was done.
    fn due(&self, after: Duration) -> Option<Trust> {
        self.look();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.kept.is_none_or(|kept| seen.trust.lived.since(kept) >= after).then_some(seen.trust)
    }

    /// Writes what was seen, within a transaction that changes something anyway.
    pub(super) fn keep_with_others(&self, connection: &Connection) -> Result<Option<Trust>, JournalError> {
        let Some(trust) = self.due(EACH) else { return Ok(None) };
        keep(connection, &trust, self.process)?;
        Ok(Some(trust))
    }

    /// Takes note that this is committed.
    pub(super) fn kept(&self, trust: &Trust) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).kept = Some(trust.lived);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Trust, &dyn Clock) -> T) -> (T, Trust) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (act(&mut seen.trust, self.clock.as_ref()), seen.trust)
    }
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
        self.guard.look();
        let ((), trust) = self.guard.with(|trust, _| trust.confirm());
        self.keep(trust).await
    }

    async fn keep(&self, trust: Trust) -> Result<(), JournalError> {
        let process = self.guard.process;
        self.writer.write(move |connection| keep(connection, &trust, process)).await?;
        self.guard.kept(&trust);
        Ok(())
    }
}
