//! Finds out which earlier runs' failures a run has made good: only then is it a recovery, and not because another file
//! succeeded.

use super::inbox::split;
use super::job::Job;
use super::render::RunReport;
use super::run::Engine;
use crate::journal::JournalError;
use crate::model::{Outcome, RunId, RunKey, RunView};

/// So many runs that failed are looked at, the latest first.
const MOST_RUNS: u32 = 20;
/// So many rows that failed are compared one by one; of a file with more, its name must be the same as well.
const MOST_ROWS: u32 = 500;

impl Engine {
    /// Returns the earlier runs whose failures this one has made good.
    pub(super) async fn made_good(
        &self,
        job: &Job,
        report: &RunReport,
        retry_of: Option<RunId>,
    ) -> Result<Vec<RunKey>, JournalError> {
        let run = &report.run;
        let is_good = run.outcome.is_some_and(Outcome::is_good);
        if !is_good || !report.finished.worth_a_look(run.error.as_deref()).is_empty() {
            return Ok(Vec::new());
        }
        let (of, key) = (run.job_key, run.key);
        let failed = self.journal.failed_before(of, key, MOST_RUNS).await?;
        let mut made_good = Vec::new();
        for failed in failed {
            let of = failed.key;
            if retry_of == Some(failed.id) || self.is_made_good(job, report, failed).await? {
                made_good.push(of);
            }
        }
        Ok(made_good)
    }

    async fn is_made_good(&self, job: &Job, report: &RunReport, failed: RunView) -> Result<bool, JournalError> {
        let run = &report.run;
        if !job.work.works_on_files() {
            return Ok(true);
        }
        let now = report.finished.source.clone().or_else(|| self.render.file_of(run));
        let (before, now) = match (self.render.file_of(&failed), now) {
            // It never came to a file: the next run that does its work makes that good.
            (None, _) => return Ok(true),
            (Some(_), None) => return Ok(false),
            (Some(before), Some(now)) => (before, now),
        };
        // Its own retry file has the rows that failed, and no others.
        if now.contains(&format!(".{}.retry", failed.id)) {
            return Ok(true);
        }
        let (of, by) = (failed.key, run.key);
        let rows = self.journal.failures_left(of, by, MOST_ROWS).await?;
        Ok(!rows.left && (rows.all_known || base(&before) == base(&now)))
    }
}

/// Returns a file's name without its ending, and without the parts that roomkeeper has put into it.
fn base(name: &str) -> String {
    let stem = split(name).map_or(name, |(stem, _)| stem);
    let plain = stem.strip_suffix(".retry").or_else(|| stem.strip_suffix(".results")).unwrap_or(stem);
    match plain.rsplit_once('.') {
        Some((own, run)) if run.parse::<RunId>().is_ok() => own,
        _ => stem,
    }
    .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_what_was_written_about_it_have_one_base() {
        let run = RunId::generate();
        for name in ["Week.csv", "week.txt", &format!("week.{run}.retry.csv"), &format!("week.{run}.csv")] {
            assert_eq!(base(name), "week", "{name}");
        }
        assert_eq!((base("week.retry.csv"), base("week 2.csv")), ("week.retry".to_owned(), "week 2".to_owned()));
    }
}
