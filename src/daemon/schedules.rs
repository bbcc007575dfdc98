//! Runs the schedules: at a due time the job does the work that it has then. The first run of it answers the due time. Commands
//! of the control socket that concern the schedules reach them, and the tasks that look after drop folders.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::config;
use crate::control::Rota;
use crate::engine::scheduler::{Begun, Due, JournalLedger, Occupied, Runs, Scheduler, SchedulerError, Timing};
use crate::journal::{JournalError, RunKey};
use crate::model::JobName;
use crate::runtime::{Opened, RunHandle, RunRequest, Runtime};
use crate::web::Heart;

/// The interval at which the daemon asks if the runs that a start found unfinished are over.
const STILL_RESUMING: Duration = Duration::from_secs(1);

/// Tells whether the job's folder is looked at only at due times.
pub(super) fn is_scheduled(job: &config::Job) -> bool {
    !job.schedules.is_empty()
}

/// The schedules, ticking.
pub(super) struct Schedules {
    runtime: Arc<Runtime>,
    ledger: Arc<JournalLedger>,
    scheduler: Scheduler,
    /// The runs that this start found unfinished. Due times overlap them.
    resumed: Mutex<Vec<(RunKey, Occupied)>>,
}

/// Arms all jobs that have a schedule, and begins to tick. What is due at this very moment finds the runs that an earlier
/// process left unfinished going on already.
pub(super) async fn start(runtime: &Arc<Runtime>) -> Result<Schedules, SchedulerError> {
    let ledger = Arc::new(JournalLedger::new(runtime.journal(), Arc::clone(runtime.clock()), []));
    let runs = DueRuns { runtime: Arc::downgrade(runtime) };
    let scheduler = Scheduler::new(Arc::clone(runtime.clock()), Arc::clone(&ledger) as Arc<_>, Arc::new(runs));
    let ticking = Schedules { runtime: Arc::clone(runtime), ledger, scheduler, resumed: Mutex::default() };
    ticking.arm().await?;
    let unfinished = runtime.journal().unfinished().await?;
    let resumed = unfinished.into_iter().map(|run| (run.key, ticking.occupy(&run.name))).collect();
    *ticking.resumed.lock().unwrap_or_else(PoisonError::into_inner) = resumed;
    ticking.scheduler.start().await?;
    Ok(ticking)
}

impl Schedules {
    /// Arms the jobs as they are configured, and paused, now. An unchanged job keeps its armed time; what runs goes on.
    pub(super) async fn arm(&self) -> Result<(), SchedulerError> {
        let config = self.runtime.config();
        let timed: Vec<_> =
            config.jobs.values().filter(|job| is_scheduled(job) && job.runs_on(config.state.node())).collect();
        self.ledger.introduce(timed.iter().map(|job| (job.name.clone(), job.kind(), job.was.clone())));
        for (was, job) in config.jobs.values().filter_map(|job| Some((job.was.as_ref()?, &job.name))) {
            if !config.jobs.contains_key(was) {
                self.scheduler.rename(was, job);
            }
        }
        self.scheduler.arm(timed.iter().map(|job| (job.name.clone(), Timing::of(job))).collect()).await
    }

    /// Records that a run goes on that no due time began; due times overlap it until the returned guard is dropped.
    pub(super) fn occupy(&self, job: &JobName) -> Occupied {
        self.scheduler.occupy(job)
    }

    /// Returns the job that is due first, and when.
    pub(super) fn first(&self) -> Option<(JobName, Timestamp)> {
        self.scheduler.first()
    }

    /// Returns for how long the ticker has not asked for due jobs.
    pub(super) fn silent_for(&self) -> Duration {
        self.scheduler.silent_for()
    }

    /// Goes on until the program stops; then begins nothing more, and waits for what is going.
    pub(super) async fn tend(&self) {
        tokio::select! {
            () = self.runtime.stop().cancelled() => {}
            () = self.let_resumed_go() => self.runtime.stop().cancelled().await,
        }
        self.scheduler.drain().await;
    }

    /// Lets go of the runs that this start found unfinished, one after the other, as they end.
    async fn let_resumed_go(&self) {
        let mut held = std::mem::take(&mut *self.resumed.lock().unwrap_or_else(PoisonError::into_inner));
        while !held.is_empty() {
            tokio::time::sleep(STILL_RESUMING).await;
            let open = self.runtime.journal().unfinished().await;
            if let Ok(open) = open {
                held.retain(|(key, _): &(RunKey, _)| open.iter().any(|run| run.key == *key));
            }
        }
    }
}

impl Heart for Schedules {
    fn silent_for(&self) -> Duration {
        self.scheduler.silent_for()
    }

    fn first_due(&self) -> Option<Timestamp> {
        self.scheduler.first().map(|(_, due)| due)
    }
}

/// Begins the runs of due times. What ticks may outlive the runtime by a moment, and does not keep it.
struct DueRuns {
    runtime: Weak<Runtime>,
}

impl Runs for DueRuns {
    fn begin(&self, due: Due) -> BoxFuture<'_, Result<Begun, JournalError>> {
        async move {
            match self.runtime.upgrade() {
                Some(runtime) if !runtime.stop().is_cancelled() => begin(runtime, due).await,
                _ => Ok(Begun::Stopping),
            }
        }
        .boxed()
    }
}

async fn begin(runtime: Arc<Runtime>, due: Due) -> Result<Begun, JournalError> {
    let request = RunRequest { trigger: due.trigger, due: Some(due.due), input: String::new() };
    let mut work = match request.open(&runtime, &due.job).await {
        Ok(Opened::Work(work)) => work,
        Ok(Opened::Refused(why)) => return Ok(Begun::Refused(why)),
        Ok(Opened::Stopping) => return Ok(Begun::Stopping),
        Err(JournalError::Recorded) => return Ok(Begun::Recorded),
        Err(error) => return Err(error),
    };
    let carried_out = async move {
        while let Some(run) = work.next(&runtime).await {
            // The journal has its end.
            let (job, handle) = (work.job(), RunHandle::default());
            runtime.runs.carry_out_or_wait(job, run, &handle).await;
        }
    };
    Ok(Begun::Run(carried_out.boxed()))
}

/// The daemon's schedules, and the channel to the tasks that look after its drop folders.
pub(super) struct Ticking {
    pub(super) schedules: Arc<Schedules>,
    pub(super) changed: watch::Sender<()>,
}

impl Rota for Ticking {
    fn pauses_changed(&self) -> BoxFuture<'_, Result<(), SchedulerError>> {
        async {
            let armed = self.schedules.arm().await;
            self.changed.send_replace(());
            armed
        }
        .boxed()
    }

    fn occupy(&self, job: &JobName) -> Occupied {
        self.schedules.occupy(job)
    }
}
