//! Takes up the runs that no process works on any more: at a start those of this machine, and while a process lives those of others
//! that are gone.

use uuid::Uuid;

use super::bind::{Text, bound, slices};
use super::failure::Failure;
use super::lease::{IS_GONE, named};
use super::link::Link;
use super::row::Columns;
use super::{Database, outbox};
use crate::clock::Timestamp;
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{Around, JobKey, JournalError, Recovered, Recovery, RunKey, TakenOver, ToTakeOver};
use crate::model::{RunId, State, Stop};

/// The process that works on runs: one opening of the store, in a state directory.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) home: String,
    pub(super) process: Uuid,
    pub(super) held_from: Option<Vec<u8>>,
    /// In words.
    pub(super) called: String,
}

/// The owner as a person reads it who looks into the database.
pub(super) fn words() -> String {
    format!("process {}", std::process::id())
}

impl Database {
    pub(super) async fn around(&self, which: Vec<ToTakeOver>) -> Result<Around, JournalError> {
        let owner = self.owner.clone();
        self.questions.ask_single(async move |link: &Link| around(link, &owner, &which).await).await
    }

    /// Tells whether no process that lives has begun before this one.
    pub(super) async fn is_eldest(&self) -> Result<bool, JournalError> {
        let process = self.owner.process;
        self.questions
            .ask_single(async move |link: &Link| {
                let elder = link
                    .exists(
                        "SELECT 1 FROM leases WHERE NOT ended AND until > clock_timestamp()
                         AND epoch < (SELECT epoch FROM leases WHERE owner = $1)",
                        bound![process.as_bytes().as_slice()],
                    )
                    .await?;
                Ok(!elder)
            })
            .await
    }

    /// Whoever held the lock that this process holds now is gone, and sends nothing more.
    pub(super) async fn recover(&self, recovery: Recovery) -> Result<Recovered, JournalError> {
        let owner = self.owner.clone();
        self.writer
            .write(async move |link: &Link| {
                let me = owner.process.as_bytes().as_slice();
                let gone = link
                    .rows(
                        &format!(
                            "SELECT owner FROM leases WHERE owner <> $1 AND ended AND home = $2
                             AND (held_from = $3 OR {IS_GONE}) FOR UPDATE"
                        ),
                        bound![me, Text(&owner.home), owner.held_from.as_deref()],
                    )
                    .await?;
                let gone: Vec<Vec<u8>> = gone.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
                let unfinished = link
                    .rows(
                        "SELECT run, id, job FROM runs WHERE ended IS NULL AND (process = ANY ($1) OR process IS NULL) ORDER BY run",
                        bound![slices(&gone)],
                    )
                    .await?;
                let mut recovered = Recovered::default();
                for row in &unfinished {
                    take_up(link, row.run(0)?, &owner, recovery.now).await?;
                    if link.exists("SELECT 1 FROM runs WHERE run = $1 AND moved", bound![row.run(0)?.0]).await? {
                        recovered.moved.push(row.run_id(1)?);
                    }
                }
                let left = link
                    .one(
                        "SELECT count(*) FROM runs WHERE ended IS NULL AND process <> $1 AND begun_at = $2",
                        bound![me, Text(&owner.home)],
                    )
                    .await?;
                recovered.left = left.number(0)?;
                outbox::take_up(link, &gone).await?;
                Ok(recovered)
            })
            .await
    }

    /// Looks for processes that are gone, and takes up their runs of these jobs, as after a crash. A gone process writes nothing more from
    /// then on, should it live all the same.
    pub(super) async fn take_over(&self, which: Vec<ToTakeOver>, now: Timestamp) -> Result<TakenOver, JournalError> {
        let owner = self.owner.clone();
        self.writer
            .write(async move |link: &Link| {
                let me = owner.process.as_bytes().as_slice();
                let find = format!("SELECT owner, node, purpose FROM leases WHERE owner <> $1 AND {IS_GONE} AND {} ORDER BY epoch FOR UPDATE SKIP LOCKED", leaves_work());
                let (planned, whole) = jobs(&which);
                let gone = link
                    .rows(&find, bound![me, Text(&owner.home), planned, whole])
                    .await?;
                let mut taken = TakenOver::default();
                for row in &gone {
                    let process: Vec<u8> = row.at(0)?;
                    taken.from.push(named(row.at(1)?, row.at(2)?));
                    link.change(
                        "UPDATE leases SET ended = true, ended_by = coalesce(ended_by, $2) WHERE owner = $1",
                        bound![process.as_slice(), Text(&owner.called)],
                    )
                    .await?;
                    let find = format!(
                        "SELECT run, id, job FROM runs WHERE ended IS NULL AND process = $1 AND {MAY_TAKE} ORDER BY run"
                    );
                    let left = link.rows(&find, bound![process.as_slice(), Text(&owner.home), planned, whole]).await?;
                    for run in &left {
                        take_up(link, run.run(0)?, &owner, now).await?;
                        taken.runs.push((run.run_id(1)?, JobKey(run.at(2)?)));
                    }
                    // A plan that only another machine can complete is made again there; until then its rows are in nobody's way.
                    for table in ["results", "bodies", "cells", "items"] {
                        let take_back = format!(
                            "DELETE FROM {table} WHERE run IN
                             (SELECT run FROM runs WHERE ended IS NULL AND phase = 'planning' AND process = $1)"
                        );
                        link.change(&take_back, bound![process.as_slice()]).await?;
                    }
                    taken.letters |= outbox::take_up(link, &[process]).await? > 0;
                }
                Ok(taken)
            })
            .await
    }
}

/// Tells of a run whether this process may take it up: it has its files, or needs none of them any more.
const MAY_TAKE: &str = "(runs.begun_at = $2 OR runs.job = ANY ($4) OR (runs.job = ANY ($3) AND (runs.phase = 'running'
    OR EXISTS (SELECT 1 FROM claims WHERE claims.run = runs.run AND claims.shared))))";

/// Tells of a lease whether its process has left something that this one may take up.
fn leaves_work() -> String {
    format!(
        "(EXISTS (SELECT 1 FROM runs WHERE runs.ended IS NULL AND runs.process = leases.owner AND {MAY_TAKE})
         OR EXISTS (SELECT 1 FROM runs JOIN items USING (run) WHERE runs.ended IS NULL AND runs.phase = 'planning'
             AND runs.process = leases.owner)
         OR EXISTS (SELECT 1 FROM outbox WHERE outbox.state = 'sending' AND outbox.process = leases.owner))"
    )
}

fn jobs(which: &[ToTakeOver]) -> (Vec<i64>, Vec<i64>) {
    let whole = which.iter().filter(|one| one.also_planning).map(|one| one.job.0).collect();
    (which.iter().map(|one| one.job.0).collect(), whole)
}

/// Looks at what others have changed.
async fn around(link: &Link, owner: &Owner, which: &[ToTakeOver]) -> Result<Around, Failure> {
    let (planned, whole) = jobs(which);
    let ask = format!(
        "SELECT EXISTS (SELECT 1 FROM leases WHERE owner <> $1 AND {IS_GONE} AND {}),
         (SELECT string_agg(job || ' ' || paused, ',' ORDER BY job) FROM jobs WHERE paused IS NOT NULL),
         EXISTS (SELECT 1 FROM runs WHERE files_due AND ended IS NOT NULL AND begun_at = $2),
         stopped.ids, stopped.words, stopped.errors
         FROM (SELECT array_agg(id ORDER BY run) AS ids, array_agg(stopped ORDER BY run) AS words,
             array_agg(coalesce(error, '') ORDER BY run) AS errors
             FROM runs WHERE ended IS NULL AND stopped IS NOT NULL AND process = $1) AS stopped",
        leaves_work()
    );
    let me = owner.process.as_bytes().as_slice();
    let row = link.one(&ask, bound![me, Text(&owner.home), planned, whole]).await?;
    let ids: Vec<&[u8]> = row.at::<Option<_>>(3)?.unwrap_or_default();
    let words: Vec<&str> = row.at::<Option<_>>(4)?.unwrap_or_default();
    let errors: Vec<String> = row.at::<Option<_>>(5)?.unwrap_or_default();
    let mut stopped = Vec::with_capacity(ids.len());
    for ((id, word), error) in ids.into_iter().zip(words).zip(errors) {
        let id = RunId::from_bytes(id).ok_or_else(|| Failure::damaged("a run has no id"))?;
        let stop = Stop::parse(word).ok_or_else(|| Failure::damaged(format!("a run was stopped by {word:?}")))?;
        stopped.push((id, stop, error));
    }
    Ok(Around {
        is_gone: row.at(0)?,
        pauses: row.at::<Option<String>>(1)?.unwrap_or_default(),
        files_due: row.at(2)?,
        stopped,
    })
}

/// Takes up a run that no process works on: what was on its way is to be settled, and its turn has yet to come.
async fn take_up(link: &Link, run: RunKey, owner: &Owner, now: Timestamp) -> Result<(), Failure> {
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
    link.change(
        "UPDATE runs SET resumed = resumed + 1, owner = $2, process = $3, turn = NULL, begun_at = coalesce(begun_at, $4),
         moved = moved OR coalesce(begun_at <> $4, false) WHERE run = $1",
        bound![run.0, Text(&words()), owner.process.as_bytes().as_slice(), Text(&owner.home)],
    )
    .await?;
    Ok(())
}
