//! Remembers which runs' failures were made good, and by which run.

use rusqlite::{OptionalExtension, params};

use super::state::to_code;
use super::{Database, Reader};
use crate::journal::{FailuresLeft, JobKey, JournalError, RunKey, RunView};
use crate::model::{Outcome, State, Status};

impl Database {
    pub(super) async fn make_good(&self, failed: Vec<RunKey>, by: RunKey) -> Result<(), JournalError> {
        self.writer
            .write_deferred(move |connection| {
                let mut make = connection.prepare_cached("UPDATE runs SET made_good = ?2 WHERE run = ?1")?;
                failed.iter().try_for_each(|run| make.execute(params![run.0, by.0]).map(drop))?;
                Ok(())
            })
            .await
    }
}

impl Reader {
    /// The job's runs before this one that failed, and that no other has made good; the latest first.
    pub(in crate::journal::sqlite) fn failed_before(
        &self,
        job: JobKey,
        run: RunKey,
        most: u32,
    ) -> Result<Vec<RunView>, JournalError> {
        let failed = Outcome::ALL.into_iter().filter(|outcome| !outcome.is_good() && *outcome != Outcome::Interrupted);
        let words: Vec<_> = failed.map(|outcome| format!("'{outcome}'")).collect();
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT run FROM runs WHERE job = ?1 AND run < ?2 AND pruning = 0 AND outcome IN ({})
             AND (made_good IS NULL OR made_good = ?2) ORDER BY run DESC LIMIT ?3",
            words.join(", ")
        ))?;
        let rows = query.query_map(params![job.0, run.0, most], |row| row.get(0).map(RunKey))?;
        rows.map(|run| self.run_by_key(run?)).collect()
    }

    /// Compares the items that a run failed at, `most` of them, with those that another has brought to a good end.
    pub(in crate::journal::sqlite) fn failures_left(
        &self,
        failed: RunKey,
        by: RunKey,
        most: u32,
    ) -> Result<FailuresLeft, JournalError> {
        let states = |which: fn(Status) -> bool| {
            let codes = Status::ALL.into_iter().filter(|status| which(*status));
            codes.map(|status| to_code(State::Done(status)).to_string()).collect::<Vec<_>>().join(", ")
        };
        let problems = states(Status::is_problem);
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT identity FROM items WHERE run = ?1 AND state IN ({problems}) ORDER BY item LIMIT ?2"
        ))?;
        let rows = query.query_map(params![failed.0, most.saturating_add(1)], |row| row.get::<_, Option<String>>(0))?;
        let identities = rows.collect::<Result<Vec<_>, _>>()?;
        let known: Vec<_> = identities.iter().flatten().take(most as usize).collect();
        let all_known = !identities.is_empty() && known.len() == identities.len();
        if known.is_empty() {
            return Ok(FailuresLeft { left: false, all_known });
        }
        let wanted = serde_json::to_string(&known).map_err(|error| JournalError::damaged(error.to_string()))?;
        let left = self
            .connection
            .prepare_cached(&format!(
                "SELECT 1 FROM json_each(?2) WHERE value NOT IN
                 (SELECT identity FROM items WHERE run = ?1 AND state NOT IN ({problems}) AND identity IN
                  (SELECT value FROM json_each(?2))) LIMIT 1"
            ))?
            .query_row(params![by.0, wanted], |_| Ok(()))
            .optional()?
            .is_some();
        Ok(FailuresLeft { left, all_known })
    }
}
