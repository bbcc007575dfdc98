//! Tells the jobs, when each is due next, how its last run ended, and the troubles that stand.

use serde::{Deserialize, Serialize};

use super::Sources;
use super::next::Pace;
use crate::clock::{Timestamp, Zone};
use crate::config;
use crate::journal::{HistoryFilter, JobKey, JournalError, OutboxState, Trouble};
use crate::model::{JobKind, JobName, Outcome, RunId, TroubleKind};

/// The jobs, and what else a person must know of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<JobLine>,
    /// The troubles that are no single job's.
    pub troubles: Vec<TroubleTold>,
    /// The state of the outbox.
    pub outbox: OutboxState,
    /// The configuration's zone.
    pub timezone: Zone,
}

/// A job as programs are told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobLine {
    /// Its name.
    pub job: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// Its schedules, as written.
    pub schedules: Vec<String>,
    /// Its zone.
    pub timezone: Zone,
    /// False when it never runs by itself.
    pub enabled: bool,
    /// True when it does not run by itself until it is resumed.
    pub paused: bool,
    /// The machines that run it; none: every machine.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// True when this machine is none of them.
    #[serde(default)]
    pub elsewhere: bool,
    /// The next due time on this machine.
    pub next: Option<Timestamp>,
    /// Its last run.
    pub last: Option<LastRun>,
    /// The troubles that concern it.
    pub troubles: Vec<TroubleTold>,
}

/// The last run of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// The run.
    pub run: RunId,
    /// Its outcome.
    pub outcome: Option<Outcome>,
    /// The time at which it ended.
    pub ended: Option<Timestamp>,
    /// The thing that a run that is under way waits for.
    pub waits: Option<String>,
}

/// A trouble that stands; without a job where it is every job's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleTold {
    /// The job.
    pub job: Option<JobName>,
    /// Its kind.
    pub kind: TroubleKind,
    /// Its subject, such as a file's name.
    pub subject: String,
    /// The fault, in words.
    pub detail: String,
    /// Since when it stands.
    pub since: Timestamp,
}

impl TroubleTold {
    fn of(job: Option<&JobName>, trouble: &Trouble) -> Self {
        let seen = &trouble.seen;
        Self {
            job: job.cloned(),
            kind: seen.kind,
            subject: seen.subject.clone(),
            detail: seen.detail.clone(),
            since: trouble.since,
        }
    }

    /// Tells those that concern a job: its own, and those of no single job.
    pub(super) fn all(job: &JobName, key: Option<JobKey>, standing: &[Trouble]) -> Vec<Self> {
        standing
            .iter()
            .filter(|trouble| trouble.job.is_none() || trouble.job == key)
            .map(|trouble| Self::of(trouble.job.and(Some(job)), trouble))
            .collect()
    }
}

impl Sources {
    pub(super) async fn list(&self) -> Result<JobList, JournalError> {
        let now = self.clock.now();
        let standing = self.troubles().await?;
        let mut jobs = Vec::new();
        for job in self.config.jobs.values() {
            jobs.push(self.line(job, &standing, now).await?);
        }
        let of_none = standing.iter().filter(|trouble| trouble.job.is_none());
        Ok(JobList {
            jobs,
            troubles: of_none.map(|trouble| TroubleTold::of(None, trouble)).collect(),
            outbox: match self.journal() {
                Some(journal) => journal.outbox().await?,
                None => OutboxState::default(),
            },
            timezone: self.config.timezone.clone(),
        })
    }

    /// Reads the troubles that stand.
    pub(super) async fn troubles(&self) -> Result<Vec<Trouble>, JournalError> {
        match self.journal() {
            Some(journal) => journal.troubles().await,
            None => Ok(Vec::new()),
        }
    }

    async fn line(&self, job: &config::Job, troubles: &[Trouble], now: Timestamp) -> Result<JobLine, JournalError> {
        let pace = Pace::of(job, self.config.state.node(), self.journal()).await?;
        let (key, last) = match self.journal() {
            Some(journal) => {
                let (key, name) = self.journaled(journal, &job.name).await?.unzip();
                let name = name.unwrap_or_else(|| job.name.clone());
                let filter = HistoryFilter { job: Some(name), limit: 1, uncounted: true, ..HistoryFilter::default() };
                (key, journal.history(filter).await?.pop())
            }
            None => (None, None),
        };
        Ok(JobLine {
            job: job.name.clone(),
            kind: job.kind(),
            schedules: job.schedules.iter().map(|schedule| schedule.text().to_owned()).collect(),
            timezone: job.timezone.clone(),
            enabled: job.enabled,
            paused: pace.paused.is_some(),
            nodes: job.nodes.clone(),
            elsewhere: pace.elsewhere,
            next: pace.coming(job, self.journal(), now, 1).await?.pop(),
            last: last.map(|run| {
                let waits = self.waiting.get(&run.id).filter(|_| run.ended.is_none()).cloned();
                LastRun { run: run.id, outcome: run.outcome, ended: run.ended, waits }
            }),
            troubles: TroubleTold::all(&job.name, key, troubles),
        })
    }
}
