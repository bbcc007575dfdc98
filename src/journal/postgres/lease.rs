//! Says which processes may write: each has a row, whose epoch every transaction of its asks for. Who takes what a process had marks its
//! row as ended, and every later write of that process fails, whatever it believes.

use std::time::Duration;

use uuid::Uuid;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::Seal;

/// The days after which the row of a process that has ended is forgotten.
const KEPT: &str = "30 days";

/// Asks for the history that the server writes: another one after each time that a replica took a server's place.
pub(super) const TIMELINE: &str = "left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// Tells of a lease whether nothing that its process sent can be on its way any more.
pub(super) const IS_GONE: &str = "leases.until + leases.grace * interval '1 millisecond' < clock_timestamp()";

/// The process that is to have a lease.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// Drawn when the store is opened.
    pub(super) owner: Uuid,
    /// Names the state directory among those of all machines: one process at a time has it.
    pub(super) home: String,
    /// Names the lock that the process holds on this machine: who holds that lock now knows that the one who held it is gone.
    pub(super) held_from: Option<Vec<u8>>,
    /// The machine, as people call it.
    pub(super) node: String,
    /// The work of the process, in words.
    pub(super) purpose: String,
    /// The time for which a process that wrote counts as alive without another sign.
    pub(super) lasts: Duration,
    /// The time after that for which a request of it may still be on its way.
    pub(super) grace: Duration,
    /// The key of the journal's PINs.
    pub(super) seal: Seal,
}

/// The lease of this process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    owner: Uuid,
    epoch: i64,
    /// Milliseconds.
    lasts: i64,
}

/// The outcome of a try to take one.
#[derive(Debug)]
pub(super) enum Taking {
    /// It is taken, with the number of transactions until now, and the server's history.
    Taken(Lease, i64, String),
    /// Another process has this home, and counted as alive when this was looked at.
    Held(Held),
}

/// The process that has the home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// In words.
    pub(super) by: String,
    /// The number of its transactions: a number that grows is a process that lives.
    pub(super) commits: i64,
}

impl Lease {
    /// Takes one in a transaction of the caller's, where no other process has the home that counts as alive, or where the one that has it is
    /// known to be gone: by the lock, or since it was `silent` for long.
    pub(super) async fn take(link: &Link, holder: &Holder, silent: Option<&Held>) -> Result<Taking, Failure> {
        let others = link
            .rows(
                "SELECT node, purpose, commits, held_from, until > clock_timestamp() FROM leases
                 WHERE home = $1 AND NOT ended ORDER BY epoch FOR UPDATE",
                bound![Text(&holder.home)],
            )
            .await?;
        for other in others {
            let (lives, held_from): (bool, Option<Vec<u8>>) = (other.at(4)?, other.at(3)?);
            let is_gone = held_from.is_some() && held_from == holder.held_from;
            let held = Held { by: named(other.at(0)?, other.at(1)?), commits: other.at(2)? };
            if lives && !is_gone && silent != Some(&held) {
                return Ok(Taking::Held(held));
            }
        }
        let by = named(&holder.node, &holder.purpose);
        link.change(
            "UPDATE leases SET ended = true, ended_by = $2 WHERE home = $1 AND NOT ended",
            bound![Text(&holder.home), Text(&by)],
        )
        .await?;
        link.change(
            &format!(
                "DELETE FROM leases WHERE ended AND home = $1 AND until < clock_timestamp() - interval '{KEPT}'
                 AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.ended IS NULL AND runs.process = leases.owner)"
            ),
            bound![Text(&holder.home)],
        )
        .await?;
        let (lasts, grace) = (millis(holder.lasts), millis(holder.grace));
        let (owner, held_from) = (holder.owner.as_bytes().as_slice(), holder.held_from.as_deref());
        let taken = link
            .one(
                &format!(
                    "INSERT INTO leases (owner, epoch, home, held_from, node, purpose, until, grace, commits)
                 VALUES ($1, nextval('lease_epochs'), $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond', $7, 1)
                 RETURNING epoch, commits, {TIMELINE}"
                ),
                bound![owner, Text(&holder.home), held_from, Text(&holder.node), Text(&holder.purpose), lasts, grace],
            )
            .await?;
        Ok(Taking::Taken(Self { owner: holder.owner, epoch: taken.at(0)?, lasts }, taken.at(1)?, taken.at(2)?))
    }

    /// Within a transaction: makes sure that this process may still write, until the transaction's end, and counts the transaction.
    /// `None` where another has taken over. Tells the server's history, too.
    pub(super) async fn count(&self, link: &Link) -> Result<Option<(i64, String)>, Failure> {
        let owner = self.owner.as_bytes().as_slice();
        let counted = link
            .first(
                &format!(
                    "UPDATE leases SET commits = commits + 1, until = clock_timestamp() + $3 * interval '1 millisecond'
                     WHERE owner = $1 AND epoch = $2 AND NOT ended RETURNING commits, {TIMELINE}"
                ),
                bound![owner, self.epoch, self.lasts],
            )
            .await?;
        counted.map(|row| Ok((row.at(0)?, row.at(1)?))).transpose()
    }

    /// Gives it back: the next need not wait for it to lapse.
    pub(super) async fn release(&self, link: &Link) -> Result<(), Failure> {
        let owner = self.owner.as_bytes().as_slice();
        link.change(
            "UPDATE leases SET until = clock_timestamp(), ended = true WHERE owner = $1 AND epoch = $2 AND NOT ended",
            bound![owner, self.epoch],
        )
        .await?;
        Ok(())
    }

    /// Names, in words, the process that has ended this lease.
    pub(super) async fn ended_by(&self, link: &Link) -> Result<String, Failure> {
        let owner = self.owner.as_bytes().as_slice();
        let found = link.first("SELECT ended_by FROM leases WHERE owner = $1", bound![owner]).await?;
        let by: Option<String> = found.map(|row| row.at(0)).transpose()?.flatten();
        Ok(by.unwrap_or_else(|| "another process".to_owned()))
    }
}

/// Within a transaction that keeps others out: makes sure that no process may write any more; names one that counts as alive, where
/// there is one, but for those that had this lock of this machine before.
pub(super) async fn end_all(link: &Link, held_from: Option<&[u8]>, by: &str) -> Result<Option<String>, Failure> {
    let alive = link
        .first(
            "SELECT node, purpose FROM leases WHERE NOT ended AND (held_from = $1) IS NOT TRUE
             AND until + grace * interval '1 millisecond' > clock_timestamp() ORDER BY epoch LIMIT 1 FOR UPDATE",
            bound![held_from],
        )
        .await?;
    if let Some(row) = alive {
        return Ok(Some(named(row.at(0)?, row.at(1)?)));
    }
    link.change("UPDATE leases SET ended = true, ended_by = $1 WHERE NOT ended", bound![Text(by)]).await?;
    Ok(None)
}

/// Names a process in words.
pub(super) fn named(node: &str, purpose: &str) -> String {
    if node.is_empty() { purpose.to_owned() } else { format!("{purpose} on {node}") }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
