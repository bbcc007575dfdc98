//! Says who may write: one row, whose epoch every transaction that writes asks for. Who takes the row over makes every later write of
//! the one before fail, whatever that one believes.

use std::time::Duration;

use uuid::Uuid;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::Seal;

/// The process that is to have the lease.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// Drawn when the store is opened.
    pub(super) owner: Uuid,
    /// Names the lock that the process holds on this machine: who holds that lock now knows that the one who held it is gone.
    pub(super) held_from: Option<Vec<u8>>,
    /// The machine, as people call it.
    pub(super) node: String,
    /// The work of the process, in words.
    pub(super) purpose: String,
    /// The time for which a process that wrote counts as alive without another sign.
    pub(super) lasts: Duration,
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

/// The outcome of a try to take it.
#[derive(Debug)]
pub(super) enum Taking {
    /// It is taken, with the number of transactions until now.
    Taken(Lease, i64),
    /// Another process has it, and counted as alive when this was looked at.
    Held(Held),
}

/// The process that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// In words.
    pub(super) by: String,
    /// The number of its transactions: a number that grows is a process that lives.
    pub(super) commits: i64,
}

impl Lease {
    /// Takes it in a transaction of the caller's, where no other process has it that counts as alive, or where the one that has it is
    /// known to be gone: by the lock, or since it was `silent` for long.
    pub(super) async fn take(link: &Link, holder: &Holder, silent: Option<&Held>) -> Result<Taking, Failure> {
        let found = link
            .first(
                "SELECT node, purpose, commits, held_from, until > clock_timestamp() FROM lease WHERE only_row = 1 FOR UPDATE",
                bound![],
            )
            .await?;
        if let Some(row) = found {
            let (lives, held_from): (bool, Option<Vec<u8>>) = (row.at(4)?, row.at(3)?);
            let is_gone = held_from.is_some() && held_from == holder.held_from;
            let held = Held { by: named(row.at(0)?, row.at(1)?), commits: row.at(2)? };
            if lives && !is_gone && silent != Some(&held) {
                return Ok(Taking::Held(held));
            }
        }
        let lasts = i64::try_from(holder.lasts.as_millis()).unwrap_or(i64::MAX);
        let (owner, held_from) = (holder.owner.as_bytes().as_slice(), holder.held_from.as_deref());
        let taken = link
            .one(
                "INSERT INTO lease (only_row, owner, epoch, held_from, node, purpose, until, commits)
                 VALUES (1, $1, nextval('lease_epochs'), $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond', 1)
                 ON CONFLICT (only_row) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch,
                 held_from = excluded.held_from, node = excluded.node, purpose = excluded.purpose, until = excluded.until,
                 commits = lease.commits + 1 RETURNING epoch, commits",
                bound![owner, held_from, Text(&holder.node), Text(&holder.purpose), lasts],
            )
            .await?;
        Ok(Taking::Taken(Self { owner: holder.owner, epoch: taken.at(0)?, lasts }, taken.at(1)?))
    }

    /// Within a transaction: makes sure that this process may still write, until the transaction's end, and counts the transaction.
    /// `None` where another has taken over.
    pub(super) async fn count(&self, link: &Link) -> Result<Option<i64>, Failure> {
        let owner = self.owner.as_bytes().as_slice();
        let counted = link
            .first(
                "UPDATE lease SET commits = commits + 1, until = clock_timestamp() + $3 * interval '1 millisecond'
                 WHERE only_row = 1 AND owner = $1 AND epoch = $2 RETURNING commits",
                bound![owner, self.epoch, self.lasts],
            )
            .await?;
        counted.map(|row| row.at(0)).transpose()
    }

    /// Gives it back: the next need not wait.
    pub(super) async fn release(&self, link: &Link) -> Result<(), Failure> {
        let owner = self.owner.as_bytes().as_slice();
        link.change(
            "UPDATE lease SET until = 'epoch' WHERE only_row = 1 AND owner = $1 AND epoch = $2",
            bound![owner, self.epoch],
        )
        .await?;
        Ok(())
    }
}

/// Names the process that has the lease now, in words.
pub(super) async fn holder(link: &Link) -> Result<String, Failure> {
    let found = link.first("SELECT node, purpose FROM lease WHERE only_row = 1", bound![]).await?;
    match found {
        Some(row) => Ok(named(row.at(0)?, row.at(1)?)),
        None => Ok("another process".to_owned()),
    }
}

fn named(node: &str, purpose: &str) -> String {
    if node.is_empty() { purpose.to_owned() } else { format!("{purpose} on {node}") }
}
