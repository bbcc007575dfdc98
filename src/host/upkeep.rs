//! What keeps the journal small and sound over the years.

use super::Host;
use crate::jobs;
use crate::journal::{Findings, JournalError, Pruned, Reader};

impl Host {
    /// Forgets what is older than it is to be kept, `[state] keep`.
    pub async fn prune(&self) -> Result<Pruned, JournalError> {
        let before = self.clock().now().minus(self.config().state.keep);
        self.journal().prune(before, jobs::over).await
    }

    /// Looks whether the journal is sound.
    pub async fn check_journal(&self) -> Result<Findings, JournalError> {
        self.journal().read(Reader::check).await
    }

    /// Writes the files of runs that ended when these could not be written, and wipes the PINs that waited for that. A run whose
    /// job is not configured now keeps its PINs, sealed.
    pub async fn write_late_files(&self) -> Result<(), JournalError> {
        for run in self.journal().read(Reader::half_wiped_runs).await? {
            self.journal().wipe_pins(run).await?;
        }
        for run in self.journal().read(Reader::sealed_runs).await? {
            let run = self.journal().read(move |reader| reader.run_by_key(run)).await?;
            let Some(job) = self.job(&run.job) else {
                tracing::debug!(run = %run.id, job = %run.job, "the files of a run wait for its job");
                continue;
            };
            if let Err(why) = self.engine.finish_late(job.as_ref(), &run, self.stop()).await? {
                tracing::warn!(run = %run.id, %why, "the files of a run that has ended can still not be written");
            }
        }
        Ok(())
    }
}
