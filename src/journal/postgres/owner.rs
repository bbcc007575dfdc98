//! Writes down which process works on a run, and takes up the runs that none works on any more.

use uuid::Uuid;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{Database, outbox};
use crate::clock::Timestamp;
use crate::journal::recovery::{ALIVE_FOR, UnfinishedOfOther};
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{JournalError, Machine, Recovered, Recovery, RunKey};
use crate::model::{Digest, State};

/// The process that works on runs: one opening of the store, on a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) machine: Machine,
    pub(super) process: Uuid,
}

impl Owner {
    /// Writes down that this process works on a run, from a sign of life at `lived` on.
    pub(super) async fn own(&self, link: &Link, run: RunKey, lived: Timestamp) -> Result<(), Failure> {
        let until = lived.plus(ALIVE_FOR).millis();
        let (machine, boot) = (self.machine.id.as_bytes().as_slice(), self.machine.boot.as_slice());
        link.change(
            "UPDATE runs SET owner = $2, machine = $3, boot = $4, process = $5, until = $6 WHERE run = $1",
            bound![run.0, Text(&words()), machine, boot, self.process.as_bytes().as_slice(), until],
        )
        .await?;
        Ok(())
    }
}

/// The owner as a person reads it who looks into the database.
pub(super) fn words() -> String {
    format!("process {}", std::process::id())
}

/// Gives a sign of life at `lived`, for all runs that the process works on.
pub(super) async fn show_life(link: &Link, process: Uuid, lived: Timestamp) -> Result<(), Failure> {
    let until = lived.plus(ALIVE_FOR).millis();
    link.change(
        "UPDATE runs SET until = $2 WHERE ended IS NULL AND process = $1",
        bound![process.as_bytes().as_slice(), until],
    )
    .await?;
    Ok(())
}

impl Database {
    pub(super) async fn recover(&self, recovery: Recovery) -> Result<Recovered, JournalError> {
        let (owner, lived) = (self.owner, self.time().lived);
        self.writer
            .write(async move |link: &Link| {
                let mut recovered = Recovered::default();
                for other in of_others(link, owner.process).await? {
                    if recovered.leaves(&other, &owner.machine, recovery, lived) {
                        continue;
                    }
                    let UnfinishedOfOther { run, id, .. } = other;
                    take_up(link, run, recovery.now).await?;
                    owner.own(link, run, lived).await?;
                    if !other.is_from(&owner.machine) {
                        link.change("UPDATE runs SET moved = true WHERE run = $1", bound![run.0]).await?;
                        recovered.moved.push(id);
                    }
                }
                if recovery.is_alone {
                    outbox::recover(link).await?;
                }
                Ok(recovered)
            })
            .await
    }
}

async fn of_others(link: &Link, process: Uuid) -> Result<Vec<UnfinishedOfOther>, Failure> {
    let rows = link
        .rows(
            "SELECT run, id, machine, boot, until FROM runs WHERE ended IS NULL AND process IS DISTINCT FROM $1 ORDER BY run",
            bound![process.as_bytes().as_slice()],
        )
        .await?;
    let other = |row: &tokio_postgres::Row| {
        let machine = match (row.at::<Option<&[u8]>>(2)?, row.at::<Option<&[u8]>>(3)?) {
            (Some(id), Some(boot)) => Digest::from_bytes(id).zip(boot.try_into().ok()),
            _ => None,
        };
        let machine = machine.map(|(id, boot)| Machine { id, boot });
        Ok(UnfinishedOfOther { run: row.run(0)?, id: row.run_id(1)?, owner: machine.zip(row.time_if_any(4)?) })
    };
    rows.iter().map(other).collect()
}

/// Takes up a run that no process works on: what was on its way is to be settled.
async fn take_up(link: &Link, run: RunKey, now: Timestamp) -> Result<(), Failure> {
    let (now, sending, settling) = (now.millis(), to_code(State::Sending), to_code(State::Settling { at_start: true }));
    link.change(
        &format!(
            "INSERT INTO attempts (run, item, attempt, at, error)
             SELECT run, item, attempts, coalesce(sent, $2), 'the program ended before the answer came'
             FROM items WHERE run = $1 AND state < {DONE} AND state = $3 ON CONFLICT DO NOTHING"
        ),
        bound![run.0, now, sending],
    )
    .await?;
    link.change(
        &format!("UPDATE items SET state = $2, sent = $3 WHERE run = $1 AND state < {DONE} AND state = $4"),
        bound![run.0, settling, now, sending],
    )
    .await?;
    link.change("UPDATE runs SET resumed = resumed + 1 WHERE run = $1", bound![run.0]).await?;
    Ok(())
}
