//! Lets runs follow one another over all machines: those of one job, and those that might write to the same thing.

use uuid::Uuid;

use super::Database;
use super::bind::bound;
use super::failure::Failure;
use super::lease::IS_GONE;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JobKey, JournalError, RunKey};
use crate::model::Territory;

/// Names the lock under which a turn is taken. It goes with its transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7885634512390872)";

impl Database {
    /// A run of a process that is gone holds no turn: it is taken over, and then waits for one. One that is planned comes before one that
    /// is not all the same, for its open items keep their identities.
    pub(super) async fn take_turn(&self, run: RunKey, territory: Territory) -> Result<Option<String>, JournalError> {
        let process = self.owner.process;
        self.writer
            .write(async move |link: &Link| {
                link.rows(LOCK, bound![]).await?;
                let (me, apart) = (process.as_bytes().as_slice(), Territory::APART);
                let other = link
                    .first(
                        &format!(
                            "SELECT jobs.name, leases.node FROM runs JOIN jobs USING (job) JOIN leases ON leases.owner = runs.process
                             WHERE runs.ended IS NULL AND runs.process <> $1
                             AND ((runs.turn IS NOT NULL AND NOT ({IS_GONE})
                                   AND (runs.job = (SELECT job FROM runs WHERE run = $2) OR runs.turn + $3 >= $4))
                               OR (runs.phase = 'running' AND EXISTS (SELECT 1 FROM runs AS mine WHERE mine.run = $2
                                   AND mine.phase = 'planning' AND mine.job = runs.job)))
                             ORDER BY runs.run LIMIT 1"
                        ),
                        bound![me, run.0, territory.weight(), apart],
                    )
                    .await?;
                if let Some(other) = other {
                    let (job, node): (&str, &str) = (other.at(0)?, other.at(1)?);
                    return Ok(Some(format!("{node} works on {job}")));
                }
                link.change("UPDATE runs SET turn = $2 WHERE run = $1", bound![run.0, territory.weight()]).await?;
                Ok(None)
            })
            .await
    }

    pub(super) async fn leave_turn(&self, run: RunKey) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE runs SET turn = NULL WHERE run = $1", bound![run.0]).await?;
                Ok(())
            })
            .await
    }

    /// Says whether the files of a run have yet to be written by the machine that has them.
    pub(super) async fn set_files_due(&self, run: RunKey, due: bool) -> Result<(), JournalError> {
        self.writer
            .write(async move |link: &Link| {
                link.change("UPDATE runs SET files_due = $2 WHERE run = $1", bound![run.0, due]).await?;
                Ok(())
            })
            .await
    }
}

/// Names the machine that works on a run of the job, where that is another than this process's.
pub(super) async fn elsewhere(link: &Link, job: JobKey, process: Uuid) -> Result<Option<String>, Failure> {
    let find = format!(
        "SELECT leases.node FROM runs JOIN leases ON leases.owner = runs.process
         WHERE runs.ended IS NULL AND runs.job = $1 AND runs.process <> $2 AND NOT ({IS_GONE}) LIMIT 1"
    );
    let found = link.first(&find, bound![job.0, process.as_bytes().as_slice()]).await?;
    found.map(|row| row.at(0)).transpose()
}
