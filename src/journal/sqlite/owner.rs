//! Writes down which process works on a run, and takes up the runs that none works on any more. A sign of life is a row that a commit
//! takes along, so that an owner costs no write for each row.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::state::to_code;
use super::{Database, outbox};
use crate::clock::Timestamp;
use crate::journal::recovery::{ALIVE_FOR, UnfinishedOfOther};
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
    pub(super) fn own(&self, connection: &Connection, run: RunKey, lived: Timestamp) -> Result<(), JournalError> {
        connection
            .prepare_cached(
                "UPDATE runs SET owner = ?2, machine = ?3, boot = ?4, process = ?5, until = ?6 WHERE run = ?1",
            )?
            .execute(params![
                run.0,
                words(),
                self.machine.id.as_bytes(),
                self.machine.boot,
                self.process.as_bytes(),
                lived.plus(ALIVE_FOR).millis(),
            ])?;
        Ok(())
    }
}

/// The owner as a person reads it who looks into the database.
pub(super) fn words() -> String {
    format!("process {}", std::process::id())
}

/// Gives a sign of life at `lived`, for all runs that the process works on.
pub(super) fn show_life(connection: &Connection, process: Uuid, lived: Timestamp) -> Result<(), JournalError> {
    connection
        .prepare_cached("UPDATE runs INDEXED BY runs_open SET until = ?2 WHERE ended IS NULL AND process = ?1")?
        .execute(params![process.as_bytes(), lived.plus(ALIVE_FOR).millis()])?;
    Ok(())
}

impl Database {
    pub(super) async fn recover(&self, recovery: Recovery) -> Result<Recovered, JournalError> {
        let (owner, lived) = (self.owner, self.time().lived);
        self.writer
            .write_deferred(move |connection| {
                let mut recovered = Recovered::default();
                for other in of_others(connection, owner.process)? {
                    if recovered.leaves(&other, &owner.machine, recovery, lived) {
                        continue;
                    }
                    let UnfinishedOfOther { run, id, .. } = other;
                    take_up(connection, run, recovery.now)?;
                    owner.own(connection, run, lived)?;
                    if !other.is_from(&owner.machine) {
                        connection.prepare_cached("UPDATE runs SET moved = 1 WHERE run = ?1")?.execute([run.0])?;
                        recovered.moved.push(id);
                    }
                }
                if recovery.is_alone {
                    outbox::recover(connection)?;
                }
                Ok(recovered)
            })
            .await
    }
}

fn of_others(connection: &Connection, process: Uuid) -> Result<Vec<UnfinishedOfOther>, JournalError> {
    let mut query = connection.prepare_cached(
        "SELECT run, id, machine, boot, until FROM runs INDEXED BY runs_open WHERE ended IS NULL AND process IS NOT ?1
         ORDER BY run",
    )?;
    let rows = query.query_map([process.as_bytes()], |row| {
        let machine = match (row.get::<_, Option<Vec<u8>>>(2)?, row.get::<_, Option<[u8; 16]>>(3)?) {
            (Some(id), Some(boot)) => Digest::from_bytes(&id).map(|id| Machine { id, boot }),
            _ => None,
        };
        let until = row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis);
        Ok(UnfinishedOfOther { run: RunKey(row.get(0)?), id: super::read::run_id(row, 1)?, owner: machine.zip(until) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes up a run that no process works on: what was on its way is to be settled.
fn take_up(connection: &Connection, run: RunKey, now: Timestamp) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO attempts (run, item, attempt, at, error)
             SELECT run, item, attempts, coalesce(sent, ?2), 'the program ended before the answer came'
             FROM items WHERE run = ?1 AND open = 1 AND state = ?3
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![run.0, now.millis(), to_code(State::Sending)])?;
    connection
        .prepare_cached("UPDATE items SET state = ?2, sent = ?3 WHERE run = ?1 AND open = 1 AND state = ?4")?
        .execute(params![run.0, to_code(State::Settling { at_start: true }), now.millis(), to_code(State::Sending)])?;
    connection.prepare_cached("UPDATE runs SET resumed = resumed + 1 WHERE run = ?1")?.execute([run.0])?;
    Ok(())
}
