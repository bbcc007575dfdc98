//! Gathers the figures of this moment.

use std::collections::BTreeMap;
use std::time::Duration;

use super::first::list;
use super::process::Process;
use super::site::Site;
use crate::clock::Timestamp;
use crate::control::Refusal;
use crate::journal::{Figures, LetterState, OutboxState};
use crate::model::{ApiTally, JobName};

/// Mails that are looked through for the oldest that waits.
const MAILS: u32 = 200;

/// The figures of this moment.
#[derive(Debug)]
pub(super) struct Now {
    pub(super) jobs: Vec<JobFigures>,
    pub(super) api: ApiTally,
    pub(super) outbox: OutboxState,
    /// The time when the mail that waits longest was written.
    pub(super) oldest: Option<Timestamp>,
    pub(super) is_writable: bool,
    pub(super) is_clock_trusted: bool,
    pub(super) process: Process,
    pub(super) started: Timestamp,
}

/// The figures of a job.
#[derive(Debug)]
pub(super) struct JobFigures {
    pub(super) name: JobName,
    pub(super) kept: Figures,
    pub(super) next: Option<Timestamp>,
    pub(super) interval: Duration,
    pub(super) is_paused: bool,
    pub(super) is_enabled: bool,
}

impl Now {
    /// Gathers them.
    pub(super) async fn gather(site: &Site) -> Result<Self, Refusal> {
        let journal = site.runtime.journal();
        let list = list(site.sources()).await?;
        let mut kept: BTreeMap<JobName, Figures> =
            journal.figures().await?.into_iter().map(|figures| (figures.job.clone(), figures)).collect();
        let config = site.runtime.config();
        let now = site.runtime.clock().now();
        let intervals = site.intervals.of(&config, now).await;
        let jobs = list.jobs.into_iter().map(|job| {
            let was = config.jobs.get(&job.job).and_then(|job| job.was.as_ref());
            let own = kept.remove(&job.job).or_else(|| kept.remove(was?));
            JobFigures {
                kept: own.unwrap_or_else(|| Figures::none(job.job.clone())),
                next: job.next,
                interval: intervals.get(&job.job).copied().unwrap_or_default(),
                is_paused: job.paused,
                is_enabled: job.enabled,
                name: job.job,
            }
        });
        let jobs = jobs.collect();
        let waiting = journal.open_letters(MAILS).await?;
        Ok(Self {
            jobs,
            api: site.runtime.api_tally(),
            outbox: list.outbox,
            oldest: waiting.iter().find(|mail| mail.state != LetterState::Dead).map(|mail| mail.created),
            is_writable: site.trials.journal(journal).await.is_ok(),
            is_clock_trusted: journal.time().doubt.is_none(),
            process: Process::look(),
            started: site.started,
        })
    }
}
