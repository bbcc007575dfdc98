//! Tells the runs, newest first.

use super::Sources;
use crate::clock::Timestamp;
use crate::control::refusal::Refusal;
use crate::control::told::RunTold;
use crate::journal::HistoryFilter;
use crate::model::JobName;

impl Sources {
    /// Reads the runs, newest first.
    pub(super) async fn history(
        &self,
        job: Option<JobName>,
        problems: bool,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<RunTold>, Refusal> {
        let journaled = match (self.journal(), &job) {
            (Some(journal), Some(job)) => self.journaled(journal, job).await?.map(|(_, name)| name),
            _ => None,
        };
        if let (Some(job), None) = (&job, &journaled)
            && !self.config.jobs.contains_key(job)
        {
            return Err(Refusal::usage(format!("there is no job {job}, and there was none")));
        }
        let filter = HistoryFilter { job: journaled.or(job), problems, since, limit, uncounted: false };
        Ok(match self.journal() {
            Some(journal) => journal.history(filter).await?.iter().map(RunTold::of).collect(),
            None => Vec::new(),
        })
    }
}
