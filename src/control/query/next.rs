//! Tells the coming due times: by the configuration, and by what the journal has dealt with already.

use serde::{Deserialize, Serialize};

use super::Sources;
use crate::clock::Timestamp;
use crate::config;
use crate::control::refusal::Refusal;
use crate::journal::{JobKey, JournalError, Readings, Watch};
use crate::model::JobName;

/// The coming due times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// The earliest first.
    pub due: Vec<DueTime>,
    /// The reason why a job that was asked for by its name does not run by itself.
    pub idle: Option<(JobName, Idle)>,
}

/// A due time as programs are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueTime {
    /// The job.
    pub job: JobName,
    /// The instant.
    pub utc: Timestamp,
    /// The same in the job's zone, with its offset.
    pub local: String,
    /// The effect of a clock change on it.
    pub note: Option<String>,
}

/// The reason why a job does not run by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// It is paused.
    Paused,
    /// It is not enabled.
    Disabled,
    /// These machines run it, and this one does not.
    Elsewhere(Vec<String>),
}

impl Sources {
    pub(super) async fn next(&self, job: Option<&JobName>, most: usize) -> Result<Coming, Refusal> {
        let jobs: Vec<_> = match job {
            Some(name) => vec![self.configured(name)?],
            None => self.config.jobs.values().collect(),
        };
        let now = self.clock.now();
        let (mut due, mut idle) = (Vec::new(), None);
        for configured in jobs {
            let pace = Pace::of(configured, self.config.state.node(), self.journal()).await?;
            let coming = pace.coming(configured, self.journal(), now, most).await?;
            due.extend(coming.into_iter().map(|due| due_time(configured, due)));
            if job.is_some() && !pace.runs(configured) {
                let why = match (configured.enabled, pace.paused) {
                    (false, _) => Idle::Disabled,
                    (true, Some(_)) => Idle::Paused,
                    (true, None) => Idle::Elsewhere(configured.nodes.clone()),
                };
                idle = Some((configured.name.clone(), why));
            }
        }
        due.sort_by_key(|line| line.utc);
        due.truncate(most);
        Ok(Coming { due, idle })
    }
}

fn due_time(job: &config::Job, due: Timestamp) -> DueTime {
    let note = job.schedules.note(due).map(|change| change.to_string());
    DueTime { job: job.name.clone(), utc: due, local: job.timezone.rfc3339(due), note }
}

/// The state of a job's schedules.
pub(super) struct Pace {
    key: Option<JobKey>,
    /// Since when it is paused.
    pub(super) paused: Option<Timestamp>,
    /// True when other machines run it, and this one does not.
    pub(super) elsewhere: bool,
}

impl Pace {
    /// Reads it for the machine of that name, as the journal has it, under the job's name or the one it had before; `journal` is
    /// none where nothing ever ran.
    pub(super) async fn of(
        job: &config::Job,
        node: Option<&str>,
        journal: Option<&dyn Readings>,
    ) -> Result<Self, JournalError> {
        let elsewhere = !job.runs_on(node);
        let Some(journal) = journal else { return Ok(Self { key: None, paused: None, elsewhere }) };
        let key = match (journal.job_key(job.name.clone()).await?, &job.was) {
            (None, Some(was)) => journal.job_key(was.clone()).await?,
            (key, _) => key,
        };
        let watch = match key {
            Some(key) => journal.watch_of(key).await?,
            None => Watch::default(),
        };
        Ok(Self { key, paused: watch.paused, elsewhere })
    }

    /// Tells whether the job runs by itself now, on this machine.
    fn runs(&self, job: &config::Job) -> bool {
        job.enabled && self.paused.is_none() && !self.elsewhere
    }

    /// Returns the next due times after `now` that are not dealt with, so many at most; none where the job does not run by
    /// itself.
    pub(super) async fn coming(
        &self,
        job: &config::Job,
        journal: Option<&dyn Readings>,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Timestamp>, JournalError> {
        if !self.runs(job) {
            return Ok(Vec::new());
        }
        let end = Timestamp::from_millis(i64::MAX);
        let mut coming = Vec::new();
        for due in job.schedules.due_between(now, end) {
            if coming.len() == most {
                break;
            }
            let dealt_with = match (journal, self.key) {
                (Some(journal), Some(key)) => journal.is_recorded(key, due, now).await?,
                _ => false,
            };
            if !dealt_with {
                coming.push(due);
            }
        }
        Ok(coming)
    }
}
