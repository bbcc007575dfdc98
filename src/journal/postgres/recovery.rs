//! Remembers which runs' failures were made good, and by which run.

use super::Database;
use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::read::history::run_by_key;
use super::row::Columns;
use crate::journal::state_code::to_code;
use crate::journal::{FailuresLeft, JobKey, JournalError, RunKey, RunView};
use crate::model::{Outcome, State, Status};

impl Database {
    pub(super) async fn make_good(&self, failed: Vec<RunKey>, by: RunKey) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                let failed: Vec<_> = failed.iter().map(|run| run.0).collect();
                link.change("UPDATE runs SET made_good = $2 WHERE run = ANY ($1)", bound![failed, by.0]).await?;
                Ok(())
            })
            .await
    }
}

/// The job's runs before this one that failed, and that no other has made good; the latest first.
pub(super) async fn failed_before(link: &Link, job: JobKey, run: RunKey, most: u32) -> Result<Vec<RunView>, Failure> {
    let failed = Outcome::ALL.into_iter().filter(|outcome| !outcome.is_good() && *outcome != Outcome::Interrupted);
    let words: Vec<_> = failed.map(|outcome| Text(outcome.as_str())).collect();
    let rows = link
        .rows(
            "SELECT run FROM runs WHERE job = $1 AND run < $2 AND NOT pruning AND outcome = ANY ($4)
             AND (made_good IS NULL OR made_good = $2) ORDER BY run DESC LIMIT $3",
            bound![job.0, run.0, i64::from(most), words],
        )
        .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        runs.push(run_by_key(link, row.run(0)?).await?);
    }
    Ok(runs)
}

/// Compares the items that a run failed at, `most` of them, with those that another has brought to a good end.
pub(super) async fn failures_left(link: &Link, failed: RunKey, by: RunKey, most: u32) -> Result<FailuresLeft, Failure> {
    let problems = Status::ALL.into_iter().filter(|status| status.is_problem());
    let problems: Vec<_> = problems.map(|status| to_code(State::Done(status))).collect();
    let rows = link
        .rows(
            "SELECT identity FROM items WHERE run = $1 AND state = ANY ($2) ORDER BY item LIMIT $3",
            bound![failed.0, problems, i64::from(most) + 1],
        )
        .await?;
    let identities: Vec<Option<String>> = rows.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
    let known: Vec<_> = identities.iter().flatten().take(most as usize).map(|identity| Text(identity)).collect();
    let all_known = !identities.is_empty() && known.len() == identities.len();
    if known.is_empty() {
        return Ok(FailuresLeft { left: false, all_known });
    }
    let left = link
        .exists(
            "SELECT 1 FROM unnest($2::text[]) AS wanted (identity) WHERE NOT EXISTS
             (SELECT 1 FROM items WHERE run = $1 AND state <> ALL ($3) AND items.identity = wanted.identity COLLATE \"C\")
             LIMIT 1",
            bound![by.0, known, problems],
        )
        .await?;
    Ok(FailuresLeft { left, all_known })
}
