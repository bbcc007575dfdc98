//! Runs the schedules: at a due time the job does the work that it has then. The first run of it answers the due time. Commands
//! of the control socket that concern the schedules reach them, and the tasks that look after drop folders.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};

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
    /// The runs that this start found unfinished, and those that were taken over since. Due times overlap them.
    resumed: Mutex<Vec<(RunKey, Occupied)>>,
    /// There are more of them.
    resuming: Notify,
}

/// Arms all jobs that have a schedule, and begins to tick. What is due at this very moment finds the runs that an earlier
/// process left unfinished going on already.
pub(super) async fn start(runtime: &Arc<Runtime>) -> Result<Schedules, SchedulerError> {
    let ledger = Arc::new(JournalLedger::new(runtime.journal(), Arc::clone(runtime.clock()), []));
    let runs = DueRuns { runtime: Arc::downgrade(runtime) };
    let scheduler = Scheduler::new(Arc::clone(runtime.clock()), Arc::clone(&ledger) as Arc<_>, Arc::new(runs));
    let ticking = Schedules {
        runtime: Arc::clone(runtime),
        ledger,
        scheduler,
        resumed: Mutex::default(),
        resuming: Notify::new(),
    };
    ticking.arm().await?;
    ticking.resume().await?;
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
            () = self.let_resumed_go() => {}
        }
        self.scheduler.drain().await;
    }

    /// Holds the runs that are unfinished and this process's, and that it did not begin itself.
    pub(super) async fn resume(&self) -> Result<(), JournalError> {
        let begun: Vec<_> = self.runtime.runs.under_way().into_iter().map(|run| run.run).collect();
        let unfinished = self.runtime.journal().unfinished().await?;
        let mut held = self.resumed();
        for run in unfinished.into_iter().filter(|run| run.works_elsewhere.is_none() && !begun.contains(&run.id)) {
            if held.iter().all(|(key, _)| *key != run.key) {
                held.push((run.key, self.occupy(&run.name)));
            }
        }
        self.resuming.notify_one();
        Ok(())
    }

    fn resumed(&self) -> MutexGuard<'_, Vec<(RunKey, Occupied)>> {
        self.resumed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the runs that are resumed, one after the other, as they end.
    async fn let_resumed_go(&self) {
        loop {
            self.resuming.notified().await;
            while !self.resumed().is_empty() {
                tokio::time::sleep(STILL_RESUMING).await;
                let open = self.runtime.journal().unfinished().await;
                if let Ok(open) = open {
                    let is_open = |key: RunKey| open.iter().any(|run| run.key == key && run.works_elsewhere.is_none());
                    self.resumed().retain(|(key, _)| is_open(*key));
                }
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

impl Ticking {
    /// Lets the runs that were taken over from another machine go on.
    pub(super) async fn resume(&self) -> Result<(), JournalError> {
        self.schedules.resume().await?;
        self.changed.send_replace(());
        Ok(())
    }
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
