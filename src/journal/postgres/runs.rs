//! The write side of runs: how one begins, goes from planning to running, and ends together with its mail.

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{Database, figures, held, outbox, owner, read, skips, turns};
use crate::clock::Timestamp;
use crate::failpoint;
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{Ending, JobKey, JournalError, NewRun, RunKey, Stop};
use crate::model::{Counts, JobKind, JobName, RunId, State, Status};

/// Items left undone, or taken back, in one transaction, so that no caller waits long behind it.
const STEP: u32 = 2000;

/// The words for an item that was sent and is left undone: the outcome of its last sending, and why it is not sent again.
const SENT_AND_UNDONE: &str =
    "CASE steps WHEN 0 THEN 'sent, and not seen to be carried out' ELSE 'begun, and not finished' END || coalesce(
    (SELECT ' (' || attempts.error || ')' FROM attempts WHERE attempts.run = items.run AND attempts.item = items.item
     ORDER BY attempts.attempt DESC LIMIT 1), '') || '; not sent again: ' || $3";

impl Database {
    pub(super) async fn job(
        &self,
        name: &JobName,
        kind: JobKind,
        was: Option<&JobName>,
    ) -> Result<JobKey, JournalError> {
        let (name, was) = (name.clone(), was.cloned());
        self.writer
            .write(async move |link: &Link| {
                let name = Text(name.as_str());
                if let Some(was) = &was {
                    link.change(
                        "UPDATE jobs SET name = $1 WHERE name = $2 AND NOT EXISTS (SELECT 1 FROM jobs WHERE name = $1)",
                        bound![name, Text(was.as_str())],
                    )
                    .await?;
                }
                let found = "SELECT job FROM jobs WHERE name = $1";
                if let Some(row) = link.first(found, bound![name]).await? {
                    return Ok(JobKey(row.at(0)?));
                }
                // Another machine may be making it.
                let made = "INSERT INTO jobs (name, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                link.change(made, bound![name, Text(kind.as_str())]).await?;
                Ok(JobKey(link.one(found, bound![name]).await?.at(0)?))
            })
            .await
    }

    pub(super) async fn begin(&self, new: NewRun) -> Result<RunKey, JournalError> {
        let owner = self.owner.clone();
        self.writer
            .write(async move |link: &Link| {
                if let Some(run) = begun_before(link, &new).await? {
                    return Ok(run);
                }
                if let Some(due) = new.due {
                    skips::alone(link, new.job).await?;
                    if let Some(node) = turns::elsewhere(link, new.job, owner.process).await? {
                        return Err(JournalError::Elsewhere(node).into());
                    }
                    skips::take_due(link, new.job, due, new.started).await?;
                }
                let retry_of = new.retry_of.map(|id| *id.as_bytes());
                let begun = link
                    .one(
                        "INSERT INTO runs (id, job, owner, cause, due, started, phase, retry_of, input, process, begun_at)
                         VALUES ($1, $2, $3, $4, $5, $6, 'planning', $7, $8, $9, $10) RETURNING run",
                        bound![
                            new.id.as_bytes().as_slice(),
                            new.job.0,
                            Text(&owner::words()),
                            Text(new.trigger.as_str()),
                            new.due.map(Timestamp::millis),
                            new.started.millis(),
                            retry_of.as_ref().map(<[u8; 16]>::as_slice),
                            Text(&new.input),
                            owner.process.as_bytes().as_slice(),
                            Text(&owner.home),
                        ],
                    )
                    .await?;
                let run = begun.run(0)?;
                if let Some(claim) = &new.claim {
                    claim.put_in(link, run).await?;
                }
                Ok(run)
            })
            .await
    }

    pub(super) async fn planned(&self, run: RunKey, input: String) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let input = Text(&input);
                let change = "UPDATE runs SET phase = 'running', input = $2 WHERE run = $1 AND phase = 'planning'";
                let said = "SELECT 1 FROM runs WHERE run = $1 AND input = $2 AND phase = 'running'";
                if link.change(change, bound![run.0, input]).await? == 1
                    || link.exists(said, bound![run.0, input]).await?
                {
                    Ok(())
                } else {
                    Err(Failure::unknown("run that is being planned"))
                }
            })
            .await
    }

    pub(super) async fn unplan(&self, run: RunKey) -> Result<(), JournalError> {
        loop {
            let left = self
                .writer
                .write(async move |link: &Link| {
                    expect_planning(link, run).await?;
                    let mut left = 0;
                    for table in ["results", "bodies", "items"] {
                        let take = format!(
                            "DELETE FROM {table} WHERE run = $1
                             AND item IN (SELECT item FROM {table} WHERE run = $1 ORDER BY item LIMIT {STEP})"
                        );
                        left += link.change(&take, bound![run.0]).await?;
                    }
                    // Packed cells go with the last row that has them.
                    let take = "DELETE FROM cells WHERE run = $1
                        AND item < coalesce((SELECT min(item) FROM bodies WHERE run = $1), 1::bigint << 32)";
                    link.change(take, bound![run.0]).await?;
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
            .write(async move |link: &Link| {
                link.change(
                    "UPDATE runs SET stopped = $2, error = $3 WHERE run = $1 AND stopped IS NULL AND ended IS NULL",
                    bound![run.0, Text(stop.as_str()), Text(&why)],
                )
                .await?;
                Ok(())
            })
            .await
    }

    pub(super) async fn leave_undone(&self, run: RunKey, why: &str) -> Result<Counts, JournalError> {
        let mut left = Counts::default();
        let (never, before) = (("attempts = 0", "$3"), ("attempts > 0", SENT_AND_UNDONE));
        for (status, (which, error)) in [(Status::NotRun, never), (Status::Unknown, before)] {
            loop {
                let why = why.to_owned();
                let changed = self
                    .writer
                    .write(async move |link: &Link| {
                        let statement = format!(
                            "UPDATE items SET state = $2, error = {error}, code = NULL, not_before = NULL
                             WHERE run = $1 AND state = $4 AND item IN
                             (SELECT item FROM items WHERE run = $1 AND state < {DONE} AND state = $4 AND {which}
                              LIMIT {STEP})"
                        );
                        let (done, pending) = (to_code(State::Done(status)), to_code(State::Pending));
                        link.change(&statement, bound![run.0, done, Text(&why), pending]).await
                    })
                    .await?;
                if changed == 0 {
                    break;
                }
                left.add(status, changed);
            }
        }
        Ok(left)
    }

    pub(super) async fn end(&self, run: RunKey, mut ending: Ending) -> Result<(), JournalError> {
        let (at, late) =
            (ending.at, if failpoint::is_on("outbox.late") { ending.letters.split_off(0) } else { Vec::new() });
        let ahead = self.guard.ahead();
        self.writer.write(async move |link: &Link| end(link, run, &ending, ahead).await).await?;
        if late.is_empty() {
            return Ok(());
        }
        failpoint::reach("outbox.late.before");
        self.writer
            .write(async move |link: &Link| {
                for letter in &late {
                    outbox::insert(link, Some(run), letter, at).await?;
                }
                Ok(())
            })
            .await
    }
}

async fn end(link: &Link, run: RunKey, ending: &Ending, ahead: i64) -> Result<(), Failure> {
    if has_ended_so(link, run, ending).await? {
        return Ok(());
    }
    let open = format!("SELECT count(*) FROM items WHERE run = $1 AND state < {DONE}");
    let open: i64 = link.one(&open, bound![run.0]).await?.at(0)?;
    if open > 0 {
        let why = format!("a run was to end while {open} of its items are open");
        return Err(JournalError::Conflict(why).into());
    }
    let counts = read::counts(link, run).await?;
    if ending.counts != counts {
        let why = format!("a run was to end with {}, and its items are {counts}", ending.counts);
        return Err(JournalError::Conflict(why).into());
    }
    let counts = serde_json::to_string(&counts).map_err(|error| Failure::damaged(error.to_string()))?;
    let remarks = (!ending.remarks.is_empty()).then(|| serde_json::to_string(&ending.remarks)).transpose();
    let remarks = remarks.map_err(|error| Failure::damaged(error.to_string()))?;
    let changed = link
        .change(
            "UPDATE runs SET phase = 'ended', ended = $2, outcome = $3, error = coalesce($4, error), counts = $5,
             ahead = $6, remarks = $7 WHERE run = $1 AND ended IS NULL",
            bound![
                run.0,
                ending.at.millis(),
                Text(ending.outcome.as_str()),
                ending.error.as_deref().map(Text),
                Text(&counts),
                ahead,
                remarks.as_deref().map(Text),
            ],
        )
        .await?;
    if changed != 1 {
        return Err(Failure::unknown("run that is under way"));
    }
    figures::count_run(link, run, ending).await?;
    for letter in &ending.letters {
        outbox::insert(link, Some(run), letter, ending.at).await?;
        held::hold(link, run, letter).await?;
    }
    Ok(())
}

/// Refuses what may be done only while a run is being planned.
pub(super) async fn expect_planning(link: &Link, run: RunKey) -> Result<(), Failure> {
    let is_planned = link.exists("SELECT 1 FROM runs WHERE run = $1 AND phase = 'planning'", bound![run.0]).await?;
    if is_planned { Ok(()) } else { Err(Failure::unknown("run that is being planned")) }
}

/// Finds the run that is to begin, where it has begun before; another of its id there cannot be.
async fn begun_before(link: &Link, new: &NewRun) -> Result<Option<RunKey>, Failure> {
    let found = link
        .first(
            "SELECT run, job = $2 AND due IS NOT DISTINCT FROM $3 AND NOT pruning FROM runs WHERE id = $1",
            bound![new.id.as_bytes().as_slice(), new.job.0, new.due.map(Timestamp::millis)],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    if row.at(1)? {
        row.run(0).map(Some)
    } else {
        Err(JournalError::Conflict(format!("{} is another run's id", new.id)).into())
    }
}

/// Tells whether the run has ended in this very way.
async fn has_ended_so(link: &Link, run: RunKey, ending: &Ending) -> Result<bool, Failure> {
    let found = link
        .first(
            "SELECT counts FROM runs WHERE run = $1 AND ended = $2 AND outcome = $3
             AND ($4::text IS NULL OR error IS NOT DISTINCT FROM $4)",
            bound![run.0, ending.at.millis(), Text(ending.outcome.as_str()), ending.error.as_deref().map(Text)],
        )
        .await?;
    let counts: Option<String> = found.map(|row| row.at(0)).transpose()?.flatten();
    Ok(counts
        .and_then(|counts| serde_json::from_str::<Counts>(&counts).ok())
        .is_some_and(|found| found == ending.counts))
}

/// The number of a run by its id. One that is being forgotten has none any more.
pub(super) async fn key_of(link: &Link, id: RunId) -> Result<Option<RunKey>, Failure> {
    let find = "SELECT run FROM runs WHERE id = $1 AND NOT pruning";
    link.first(find, bound![id.as_bytes().as_slice()]).await?.map(|row| row.run(0)).transpose()
}
