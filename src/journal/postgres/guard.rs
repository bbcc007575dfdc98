//! Keeps what was seen of the clocks in the database: within a transaction that changes something anyway, or by itself where none did
//! for long.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::bind::{Text, bound};
use super::failure::Failure;
use super::lease::Holder;
use super::link::Link;
use super::row::Columns;
use crate::clock::{Clock, Reading, Timestamp, Trust, Uptime};
use crate::journal::JournalError;
use crate::journal::guard::{ALONE, EACH, Guard};

/// Goes on from what the journal has.
pub(super) async fn load(link: &Link, clock: Arc<dyn Clock>, holder: &Holder) -> Result<Guard, Failure> {
    let process = holder.owner;
    let find = "SELECT reached, lived, shown, boot, up FROM clock WHERE home = $1";
    let found = link.first(find, bound![Text(&holder.home)]).await?;
    if let Some(row) = found {
        let uptime = Uptime { boot: row.sixteen(3)?, since: Duration::from_millis(row.number(4)?) };
        let trust = Trust { reached: row.time(0)?, lived: row.time(1)?, shown: row.time(2)?, uptime };
        return Ok(Guard::kept_as(trust, clock, process));
    }
    let latest = link
        .one(
            "SELECT max(at) FROM (SELECT max(coalesce(ended, started)) AS at FROM runs
             UNION ALL SELECT max(at) FROM skips UNION ALL SELECT max(created) FROM outbox) AS times",
            bound![],
        )
        .await?;
    Ok(Guard::since(latest.at::<Option<i64>>(0)?.map(Timestamp::from_millis), clock, process))
}

/// Writes what was seen, within a transaction that changes something anyway.
pub(super) async fn keep_with_others(guard: &Guard, home: &str, link: &Link) -> Result<Option<Trust>, Failure> {
    let Some(trust) = guard.due(EACH) else { return Ok(None) };
    keep(link, &trust, home).await?;
    Ok(Some(trust))
}

async fn keep(link: &Link, trust: &Trust, home: &str) -> Result<(), Failure> {
    let up = i64::try_from(trust.uptime.since.as_millis()).unwrap_or(i64::MAX);
    let (reached, lived, shown) = (trust.reached.millis(), trust.lived.millis(), trust.shown.millis());
    link.change(
        "INSERT INTO clock (home, reached, lived, shown, boot, up) VALUES ($6, $1, $2, $3, $4, $5)
         ON CONFLICT (home) DO UPDATE SET reached = excluded.reached, lived = excluded.lived, shown = excluded.shown,
         boot = excluded.boot, up = excluded.up",
        bound![reached, lived, shown, trust.uptime.boot.as_slice(), up, Text(home)],
    )
    .await?;
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
        let home = self.owner.home.clone();
        self.writer.write(async move |link: &Link| keep(link, &trust, &home).await).await?;
        self.guard.kept(&trust);
        Ok(())
    }
}
