//! Counts the figures of each job in the transaction that ends a run or skips a due time, so that none is counted twice or left out,
//! and forgetting a run takes nothing away.

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::{Columns, job_name};
use crate::journal::{Ending, Figures, JobKey, RUN_SECONDS, RunKey};
use crate::model::{Outcome, SkipReason, Status};

/// Figures that are the latest, and no sum.
const LATEST: &str = "('last_run', 'last_millis', 'last_success')";

/// Numbers to be taken in: figure, label, and how much.
#[derive(Default)]
struct Counting {
    figures: Vec<&'static str>,
    labels: Vec<String>,
    numbers: Vec<i64>,
}

impl Counting {
    fn add(&mut self, figure: &'static str, label: &str, number: i64) {
        self.figures.push(figure);
        self.labels.push(label.to_owned());
        self.numbers.push(number);
    }

    async fn keep(&self, link: &Link, job: i64) -> Result<(), Failure> {
        let figures: Vec<_> = self.figures.iter().map(|figure| Text(figure)).collect();
        let labels: Vec<_> = self.labels.iter().map(|label| Text(label)).collect();
        link.change(
            &format!(
                "INSERT INTO figures (job, figure, label, n) SELECT $1, figure, label, n
                 FROM unnest($2::text[], $3::text[], $4::bigint[]) AS new (figure, label, n)
                 ON CONFLICT (job, figure, label) DO UPDATE
                 SET n = CASE WHEN figures.figure IN {LATEST} THEN excluded.n ELSE figures.n + excluded.n END"
            ),
            bound![job, figures, labels, self.numbers],
        )
        .await?;
        Ok(())
    }
}

/// Counts a run that ends so.
pub(super) async fn count_run(link: &Link, run: RunKey, ending: &Ending) -> Result<(), Failure> {
    let row = link.one("SELECT job, started FROM runs WHERE run = $1", bound![run.0]).await?;
    let ended = ending.at.millis();
    let took = (ended - row.at::<i64>(1)?).max(0);
    let part = RUN_SECONDS.iter().position(|seconds| took <= i64::from(*seconds) * 1000).unwrap_or(RUN_SECONDS.len());
    let mut counting = Counting::default();
    counting.add("runs", ending.outcome.as_str(), 1);
    for status in Status::ALL {
        let items = ending.counts.get(status);
        if items > 0 {
            counting.add("items", status.as_str(), i64::try_from(items).unwrap_or(i64::MAX));
        }
    }
    counting.add("took", &part.to_string(), 1);
    counting.add("took_millis", "", took);
    counting.add("last_run", "", ended);
    counting.add("last_millis", "", took);
    if ending.outcome == Outcome::Succeeded {
        counting.add("last_success", "", ended);
    }
    counting.keep(link, row.at(0)?).await
}

/// Counts a due time that was skipped.
pub(super) async fn count_skip(link: &Link, job: JobKey, reason: SkipReason) -> Result<(), Failure> {
    let mut counting = Counting::default();
    counting.add("skips", reason.as_str(), 1);
    counting.keep(link, job.0).await
}

/// The figures of every job that is known.
pub(super) async fn figures(link: &Link) -> Result<Vec<Figures>, Failure> {
    let rows = link
        .rows(
            "SELECT jobs.name, figures.figure, figures.label, figures.n FROM jobs LEFT JOIN figures USING (job)
             ORDER BY jobs.job, figures.figure, figures.label",
            bound![],
        )
        .await?;
    let mut all: Vec<Figures> = Vec::new();
    for row in &rows {
        let job = job_name(row.at(0)?)?;
        if all.last().is_none_or(|last| last.job != job) {
            all.push(Figures::none(job));
        }
        if let (Some(figures), Some(figure)) = (all.last_mut(), row.at::<Option<&str>>(1)?) {
            figures.take(figure, row.at(2)?, row.at(3)?);
        }
    }
    Ok(all)
}
