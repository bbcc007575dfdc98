//! The write side of runs: how one begins, goes from planning to running, and ends together with its mail.

use rusqlite::{Connection, OptionalExtension, params};

use super::outbox;
use super::place::OF_RUN;
use super::skips;
use super::state::to_code;
use super::{Database, held, owner};
use crate::clock::Timestamp;
use crate::failpoint;
use crate::journal::{Ending, JobKey, JournalError, NewRun, RunKey, Stop};
use crate::model::{Counts, JobKind, JobName, RunId, State, Status};

/// Items left undone in one transaction, so that no other operation waits long behind it.
const STEP: u32 = 2000;

/// The words for an item that was sent and is left undone: the outcome of its last sending, and why it is not sent again.
const SENT_AND_UNDONE: &str =
    "CASE steps WHEN 0 THEN 'sent, and not seen to be carried out' ELSE 'begun, and not finished' END || coalesce(
    (SELECT ' (' || attempts.error || ')' FROM attempts WHERE attempts.run = items.run AND attempts.item = items.item
     ORDER BY attempts.attempt DESC LIMIT 1), '') || '; not sent again: ' || ?3";

impl Database {
    pub(super) async fn job(
        &self,
        name: &JobName,
        kind: JobKind,
        was: Option<&JobName>,
    ) -> Result<JobKey, JournalError> {
        let (name, was) = (name.clone(), was.cloned());
        self.writer
            .write_deferred(move |connection| {
                if let Some(was) = was {
                    connection.execute(
                        "UPDATE jobs SET name = ?1 WHERE name = ?2 AND NOT EXISTS (SELECT 1 FROM jobs WHERE name = ?1)",
                        params![name.as_str(), was.as_str()],
                    )?;
                }
                // One that is known changes nothing, and a commit of nothing writes nothing.
                connection.execute(
                    "INSERT INTO jobs (name, kind) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                    params![name.as_str(), kind.as_str()],
                )?;
                let found =
                    connection.query_row("SELECT job FROM jobs WHERE name = ?1", [name.as_str()], |row| row.get(0));
                Ok(JobKey(found?))
            })
            .await
    }

    pub(super) async fn begin(&self, new: NewRun) -> Result<RunKey, JournalError> {
        let (owner, lived) = (self.owner, self.time().lived);
        self.writer
            .write(move |connection| {
                if let Some(run) = begun_before(connection, &new)? {
                    return Ok(run);
                }
                if let Some(due) = new.due {
                    skips::take_due(connection, new.job, due, new.started)?;
                }
                connection.execute(
                    "INSERT INTO runs (id, job, owner, cause, due, started, phase, retry_of, input)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'planning', ?7, ?8)",
                    params![
                        new.id.as_bytes(),
                        new.job.0,
                        owner::words(),
                        new.trigger.as_str(),
                        new.due.map(Timestamp::millis),
                        new.started.millis(),
                        new.retry_of.map(|id| *id.as_bytes()),
                        new.input,
                    ],
                )?;
                let run = RunKey(connection.last_insert_rowid());
                owner.own(connection, run, lived)?;
                if let Some(claim) = new.claim {
                    claim.insert(connection, run)?;
                }
                Ok(run)
            })
            .await
    }

    pub(super) async fn planned(&self, run: RunKey, input: String) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE runs SET phase = 'running', input = ?2 WHERE run = ?1 AND phase = 'planning'",
                    params![run.0, input],
                )?;
                let mut said = connection
                    .prepare_cached("SELECT 1 FROM runs WHERE run = ?1 AND input = ?2 AND phase = 'running'")?;
                if changed == 1 || said.exists(params![run.0, input])? {
                    Ok(())
                } else {
                    Err(JournalError::Unknown("run that is being planned"))
                }
            })
            .await
    }

    pub(super) async fn unplan(&self, run: RunKey) -> Result<(), JournalError> {
        loop {
            let left = self
                .writer
                .write_deferred(move |connection| {
                    expect_planning(connection, run)?;
                    let mut left = 0;
                    for (table, key, of_run) in
                        [("results", "place", OF_RUN), ("bodies", "place", OF_RUN), ("items", "item", "run = ?1")]
                    {
                        left += connection.execute(
                            &format!(
                                "DELETE FROM {table} WHERE {of_run}
                                 AND {key} IN (SELECT {key} FROM {table} WHERE {of_run} ORDER BY {key} LIMIT {STEP})"
                            ),
                            [run.0],
                        )?;
                    }
                    // Packed cells go with the last row that has them.
                    connection.execute(
                        &format!(
                            "DELETE FROM cells WHERE run = ?1 AND item <
                             coalesce((SELECT item FROM bodies WHERE {OF_RUN} ORDER BY place LIMIT 1), 1 << 32)"
                        ),
                        [run.0],
                    )?;
                    Ok(left)
                })
                .await?;
            if left == 0 {
                return Ok(());
            }
        }
    }

    pub(super) async fn stop(&self, run: RunKey, stop: Stop, why: String) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                connection.execute(
                    "UPDATE runs SET stopped = ?2, error = ?3 WHERE run = ?1 AND stopped IS NULL AND ended IS NULL",
                    params![run.0, stop.as_str(), why],
                )?;
                Ok(())
            })
            .await
    }

    pub(super) async fn leave_undone(&self, run: RunKey, why: &str) -> Result<Counts, JournalError> {
        let mut left = Counts::default();
        let (never, before) = (("attempts = 0", "?3"), ("attempts > 0", SENT_AND_UNDONE));
        for (status, (which, error)) in [(Status::NotRun, never), (Status::Unknown, before)] {
            loop {
                let why = why.to_owned();
                let write = move |connection: &Connection| {
                    let statement = format!(
                        "UPDATE items SET state = ?2, open = NULL, error = {error}, code = NULL, not_before = NULL
                         WHERE run = ?1 AND state = ?4 AND item IN
                         (SELECT item FROM items WHERE run = ?1 AND open = 1 AND state = ?4 AND {which} LIMIT {STEP})"
                    );
                    let states = (to_code(State::Done(status)), to_code(State::Pending));
                    Ok(connection.execute(&statement, params![run.0, states.0, why, states.1])?)
                };
                let changed = self.writer.write_deferred(write).await?;
                if changed == 0 {
                    break;
                }
                left.add(status, changed as u64);
            }
        }
        Ok(left)
    }

    pub(super) async fn end(&self, run: RunKey, mut ending: Ending) -> Result<(), JournalError> {
        let (at, late) =
            (ending.at, if failpoint::is_on("outbox.late") { ending.letters.split_off(0) } else { Vec::new() });
        let ahead = self.guard.ahead();
        self.writer
            .write(move |connection| {
                if has_ended_so(connection, run, &ending)? {
                    return Ok(());
                }
                let open: i64 = connection.query_row(
                    "SELECT count(*) FROM items WHERE run = ?1 AND open = 1",
                    [run.0],
                    |row| row.get(0),
                )?;
                if open > 0 {
                    return Err(JournalError::Conflict(format!("a run was to end while {open} of its items are open")));
                }
                let counts = super::read::counts(connection, run)?;
                if ending.counts != counts {
                    return Err(JournalError::Conflict(format!(
                        "a run was to end with {}, and its items are {counts}",
                        ending.counts
                    )));
                }
                let counts =
                    serde_json::to_string(&counts).map_err(|error| JournalError::damaged(error.to_string()))?;
                let remarks = (!ending.remarks.is_empty()).then(|| serde_json::to_string(&ending.remarks)).transpose();
                let remarks = remarks.map_err(|error| JournalError::damaged(error.to_string()))?;
                let changed = connection.execute(
                    "UPDATE runs SET phase = 'ended', ended = ?2, outcome = ?3, error = coalesce(?4, error), counts = ?5,
                     ahead = ?6, remarks = ?7
                     WHERE run = ?1 AND ended IS NULL",
                    params![run.0, ending.at.millis(), ending.outcome.as_str(), ending.error, counts, ahead, remarks],
                )?;
                if changed != 1 {
                    return Err(JournalError::Unknown("run that is under way"));
                }
                for letter in &ending.letters {
                    outbox::insert(connection, Some(run), letter, ending.at)?;
                    held::hold(connection, run, letter)?;
                }
                Ok(())
            })
            .await?;
        if late.is_empty() {
            return Ok(());
        }
        failpoint::reach("outbox.late.before");
        let insert = move |connection: &Connection| {
            late.iter().try_for_each(|letter| outbox::insert(connection, Some(run), letter, at))
        };
        self.writer.write(insert).await
    }
}

/// Refuses what may be done only while a run is being planned.
pub(super) fn expect_planning(connection: &Connection, run: RunKey) -> Result<(), JournalError> {
    connection
        .prepare_cached("SELECT 1 FROM runs WHERE run = ?1 AND phase = 'planning'")?
        .query_row([run.0], |_| Ok(()))
        .optional()?
        .ok_or(JournalError::Unknown("run that is being planned"))
}

/// Finds the run that is to begin, where it has begun before; another of its id there cannot be.
fn begun_before(connection: &Connection, new: &NewRun) -> Result<Option<RunKey>, JournalError> {
    let found = connection
        .prepare_cached("SELECT run, job = ?2 AND due IS ?3 AND pruning = 0 FROM runs WHERE id = ?1")?
        .query_row(params![new.id.as_bytes(), new.job.0, new.due.map(Timestamp::millis)], |row| {
            Ok((RunKey(row.get(0)?), row.get(1)?))
        })
        .optional()?;
    match found {
        None => Ok(None),
        Some((run, true)) => Ok(Some(run)),
        Some((_, false)) => Err(JournalError::Conflict(format!("{} is another run's id", new.id))),
    }
}

/// Tells whether the run has ended in this very way.
fn has_ended_so(connection: &Connection, run: RunKey, ending: &Ending) -> Result<bool, JournalError> {
    let counts = connection
        .prepare_cached(
            "SELECT counts FROM runs WHERE run = ?1 AND ended = ?2 AND outcome = ?3 AND (?4 IS NULL OR error IS ?4)",
        )?
        .query_row(params![run.0, ending.at.millis(), ending.outcome.as_str(), ending.error], |row| {
            row.get::<_, Option<String>>(0)
        })
        .optional()?
        .flatten();
    Ok(counts
        .and_then(|counts| serde_json::from_str::<Counts>(&counts).ok())
        .is_some_and(|found| found == ending.counts))
}

/// The number of a run by its id. One that is being forgotten has none any more.
pub(super) fn key_of(connection: &Connection, id: RunId) -> Result<Option<RunKey>, JournalError> {
    Ok(connection
        .prepare_cached("SELECT run FROM runs WHERE id = ?1 AND pruning = 0")?
        .query_row([id.as_bytes()], |row| row.get(0).map(RunKey))
        .optional()?)
}
