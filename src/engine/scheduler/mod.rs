//! Runs each job at its times, for years. tokio-cron-scheduler ticks and calls; when a job is due, and whether it may begin,
//! is said by a [`Plan`] of our own that stands behind the crate's storage traits. The crate's own arithmetic freezes a zone's
//! offset, its jobs overlap, and its clock is not ours.
//!
//! One due time goes through here like this: the plan offers the job to a tick, the body sleeps the rest by our clock, the
//! plan decides, and one transaction of the journal deals with the due time: it becomes a run, or a row in the skip ledger.

mod decision;
mod fire;
mod ledger;
mod missed;
mod plan;
mod runs;
mod shared;
mod store;
mod timing;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_cron_scheduler::{JobScheduler, JobSchedulerError, SimpleNotificationCode, SimpleNotificationStore};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::journal::JournalError;
use crate::model::JobName;

pub use decision::{Decision, Verdict};
pub use ledger::{JournalLedger, Ledger};
pub use missed::{Span, end_pause, enter};
pub use plan::{Arming, Plan, Ticket, Wait};
pub use runs::{Begun, Due, Runs};
pub use shared::Occupied;
pub use timing::Timing;

use shared::Shared;

/// Activations that the crate's channels hold at least and at most; what is lost beyond them is offered again. Their room is
/// taken at the start, and is most of what an idle daemon would use.
const CHANNEL: std::ops::RangeInclusive<usize> = 256..=4096;

/// The reason why the schedules cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine underneath.
    #[error("the scheduler cannot start: {0}")]
    Engine(#[from] JobSchedulerError),
}

/// The schedules of all jobs, at work.
pub struct Scheduler {
    shared: Arc<Shared>,
    engine: Mutex<Option<JobScheduler>>,
}

impl Scheduler {
    /// Makes a scheduler without jobs.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, ledger: Arc<dyn Ledger>, runs: Arc<dyn Runs>) -> Self {
        let shared = Shared {
            plan: Mutex::default(),
            clock,
            ledger,
            runs,
            bodies: TaskTracker::new(),
            troubled: AtomicBool::new(false),
            asked: Mutex::new(Instant::now()),
        };
        Self { shared: Arc::new(shared), engine: Mutex::default() }
    }

    /// Arms these jobs and no others. A job whose schedule is the one it had keeps its armed time, and what runs goes on. A
    /// schedule that was edited begins now: what was due before that is entered as superseded, and never made up for.
    pub async fn arm(&self, jobs: Vec<(JobName, Timing)>) -> Result<(), SchedulerError> {
        let Shared { clock, ledger, .. } = &*self.shared;
        // From now on the scheduler is there: a due time that comes while the ledger is asked is not late.
        let there_since = clock.now();
        let mut armings = Vec::with_capacity(jobs.len());
        for (job, timing) in jobs {
            let (watch, now) = (ledger.recall(&job).await?, clock.now());
            let text = timing.text();
            let known = watch.last_due.map_or(now, |last| last.min(now));
            let same = watch.schedule.as_ref() == Some(&text);
            let dealt = if same { known } else { now };
            if let Some(before) = watch.schedule.as_deref().filter(|_| !same && !self.shared.plan().knows(&job))
                && let Some(schedules) = timing::read(before)
                && let Some(first) = schedules.next_after(known).filter(|first| *first <= now)
            {
                enter(ledger.as_ref(), &job, &schedules, &Span::superseded(first, now)).await?;
            }
            if !same || watch.last_due.is_none() {
                ledger.watch(&job, text, dealt).await?;
            }
            let highest = watch.last_due.unwrap_or(dealt);
            armings.push(Arming { job, timing, dealt, highest, paused: watch.paused.is_some() });
        }
        self.shared.plan().apply(armings, there_since);
        Ok(())
    }

    /// Renames a job from now on: its armed time and its runs under way stay its own.
    pub fn rename(&self, was: &JobName, job: &JobName) {
        self.shared.plan().rename(was, job);
    }

    /// Begins to tick. The jobs that are armed run from here on.
    pub async fn start(&self) -> Result<(), SchedulerError> {
        let jobs = self.shared.plan().len();
        let channel = (4 * jobs).next_power_of_two().clamp(*CHANNEL.start(), *CHANNEL.end());
        let mut engine = JobScheduler::new_with_storage_and_code(
            Box::new(store::PlanStore(Arc::clone(&self.shared))),
            Box::new(SimpleNotificationStore::default()),
            Box::new(store::Bodies::new(Arc::clone(&self.shared))),
            Box::new(SimpleNotificationCode::default()),
            channel,
        )
        .await?;
        engine.init().await?;
        engine.start().await?;
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine);
        // The ticker's first look comes half a second later: what is due until then does not wait for it.
        let due = self.shared.plan().offer(self.shared.clock.now());
        for id in due {
            let shared = Arc::clone(&self.shared);
            self.shared.bodies.spawn(async move { fire::fire(&shared, id).await });
        }
        Ok(())
    }

    /// Returns for how long the ticker has not asked for due jobs; about half a second at most while it lives.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Says that a run of the job is going that no due time began; until what is returned is dropped, due times overlap it.
    #[must_use]
    pub fn occupy(&self, job: &JobName) -> Occupied {
        self.shared.plan().went_on(job);
        Occupied { shared: Arc::clone(&self.shared), job: job.clone() }
    }

    /// Returns the time at which the job is due next; `None` where it is not armed.
    #[must_use]
    pub fn next(&self, job: &JobName) -> Option<crate::clock::Timestamp> {
        self.shared.plan().next(job)
    }

    /// Returns the job that is due first, and when.
    #[must_use]
    pub fn first(&self) -> Option<(JobName, crate::clock::Timestamp)> {
        self.shared.plan().first()
    }

    /// Begins nothing more, and waits for the runs that are going.
    pub async fn drain(&self) {
        self.shared.plan().drain();
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut engine) = engine
            && let Err(error) = engine.shutdown().await
        {
            tracing::debug!(%error, "the scheduler's ticker did not end in order");
        }
        self.shared.bodies.close();
        self.shared.bodies.wait().await;
    }
}
