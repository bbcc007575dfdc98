//! A clock that follows tokio's, a ledger that outlives a restart, and runs that say when they began.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use roomkeeper::clock::{Clock, Timestamp, Zone};
use roomkeeper::config::{CatchUp, Overlap, Schedule, Schedules};
use roomkeeper::engine::scheduler::{Begun, Due, Ledger, Runs, Scheduler, Timing};
use roomkeeper::journal::{JournalError, Skip, Watch};
use roomkeeper::model::{JobName, SkipReason, Trigger};
use tokio::time::Instant;

/// Follows tokio's clock, and can be stepped.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    base: Timestamp,
    since: Instant,
    stepped: AtomicI64,
}

impl VirtualClock {
    /// Steps the clock, forwards or backwards, by so many seconds.
    pub(crate) fn step(&self, seconds: i64) {
        self.stepped.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let millis = self.base.plus(self.since.elapsed()).millis();
        Timestamp::from_millis(millis + self.stepped.load(Ordering::SeqCst))
    }
}

/// A run that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Began {
    pub(crate) job: String,
    pub(crate) due: Timestamp,
    pub(crate) trigger: Trigger,
    pub(crate) at: Timestamp,
}

/// A journal's memory of due times.
#[derive(Debug, Default)]
struct Memory {
    watches: BTreeMap<JobName, Watch>,
    skips: BTreeMap<(JobName, Timestamp), (Skip, Timestamp)>,
    began: Vec<Began>,
    ran: BTreeSet<(JobName, Timestamp)>,
    refusals: u32,
    arming: Duration,
}

/// The ledger, which outlives a restart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Memory>>);

impl Book {
    pub(crate) fn began(&self, job: &str) -> Vec<Began> {
        self.0.lock().unwrap().began.iter().filter(|began| began.job == job).cloned().collect()
    }

    pub(crate) fn dues(&self, job: &str) -> Vec<Timestamp> {
        self.began(job).into_iter().map(|began| began.due).collect()
    }

    pub(crate) fn skipped(&self, job: &str) -> Vec<(Timestamp, SkipReason)> {
        let memory = self.0.lock().unwrap();
        let of_job = memory.skips.iter().filter(|((name, _), _)| name.as_str() == job);
        of_job.map(|((_, due), (skip, _))| (*due, skip.reason)).collect()
    }

    pub(crate) fn pause(&self, job: &str, since: Option<Timestamp>) {
        self.0.lock().unwrap().watches.entry(job.parse().unwrap()).or_default().paused = since;
    }

    /// Arming a job takes so long: the disk is slow.
    pub(crate) fn arm_slowly(&self, arming: Duration) {
        self.0.lock().unwrap().arming = arming;
    }

    /// The next transactions fail as on a full disk.
    pub(crate) fn refuse(&self, times: u32) {
        self.0.lock().unwrap().refusals = times;
    }
}

impl Memory {
    fn is_recorded(&self, job: &JobName, due: Timestamp, now: Timestamp) -> bool {
        self.ran.contains(&(job.clone(), due)) || self.skips.get(&(job.clone(), due)).is_some_and(|(_, at)| *at <= now)
    }

    fn transaction(&mut self) -> Result<(), JournalError> {
        match self.refusals {
            0 => Ok(()),
            _ => {
                self.refusals -= 1;
                Err(JournalError::Full)
            }
        }
    }
}

/// The book with the clock of this start.
struct Opened {
    book: Book,
    clock: Arc<VirtualClock>,
    lasting: Duration,
}

impl Ledger for Opened {
    fn recall<'a>(&'a self, job: &'a JobName) -> BoxFuture<'a, Result<Watch, JournalError>> {
        async move { Ok(self.book.0.lock().unwrap().watches.get(job).cloned().unwrap_or_default()) }.boxed()
    }

    fn watch<'a>(
        &'a self,
        job: &'a JobName,
        schedule: String,
        from: Timestamp,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        async move {
            let arming = self.book.0.lock().unwrap().arming;
            tokio::time::sleep(arming).await;
            let mut memory = self.book.0.lock().unwrap();
            let watch = memory.watches.entry(job.clone()).or_default();
            watch.schedule = Some(schedule);
            watch.last_due = Some(from);
            Ok(())
        }
        .boxed()
    }

    fn skip<'a>(&'a self, job: &'a JobName, skips: Vec<Skip>) -> BoxFuture<'a, Result<(), JournalError>> {
        async move {
            let (now, mut memory) = (self.clock.now(), self.book.0.lock().unwrap());
            memory.transaction()?;
            for skip in skips {
                memory.watches.entry(job.clone()).or_default().last_due = Some(skip.due);
                if !memory.is_recorded(job, skip.due, now) {
                    memory.skips.insert((job.clone(), skip.due), (skip, now));
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn is_recorded<'a>(&'a self, job: &'a JobName, due: Timestamp) -> BoxFuture<'a, Result<bool, JournalError>> {
        async move { Ok(self.book.0.lock().unwrap().is_recorded(job, due, self.clock.now())) }.boxed()
    }
}

impl Runs for Opened {
    fn begin(&self, due: Due) -> BoxFuture<'_, Result<Begun, JournalError>> {
        async move {
            let (now, mut memory) = (self.clock.now(), self.book.0.lock().unwrap());
            memory.transaction()?;
            if memory.is_recorded(&due.job, due.due, now) {
                return Ok(Begun::Recorded);
            }
            memory.skips.remove(&(due.job.clone(), due.due));
            memory.watches.entry(due.job.clone()).or_default().last_due = Some(due.due);
            memory.ran.insert((due.job.clone(), due.due));
            memory.began.push(Began { job: due.job.to_string(), due: due.due, trigger: due.trigger, at: now });
            let lasting = self.lasting;
            Ok(Begun::Run(async move { tokio::time::sleep(lasting).await }.boxed()))
        }
        .boxed()
    }
}

/// One start of the program.
pub(crate) struct Start {
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) scheduler: Scheduler,
}

/// Starts at a time, with jobs whose runs last so long.
pub(crate) async fn start(book: &Book, now: &str, jobs: &[(&str, Timing)], lasting: Duration) -> Start {
    let clock = Arc::new(VirtualClock { base: at(now), since: Instant::now(), stepped: AtomicI64::new(0) });
    let opened = Arc::new(Opened { book: book.clone(), clock: Arc::clone(&clock), lasting });
    let scheduler = Scheduler::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::clone(&opened) as _, opened);
    scheduler.arm(named(jobs)).await.unwrap();
    scheduler.start().await.unwrap();
    Start { clock, scheduler }
}

pub(crate) fn named(jobs: &[(&str, Timing)]) -> Vec<(JobName, Timing)> {
    jobs.iter().map(|(job, timing)| (job.parse().unwrap(), timing.clone())).collect()
}

pub(crate) fn timing(text: &str, zone: &str) -> Timing {
    let zone = Zone::named(zone).unwrap();
    Timing {
        schedules: Schedules::new(vec![Schedule::parse(text, &zone).unwrap()]),
        catch_up: CatchUp::Latest,
        overlap: Overlap::Skip,
        jitter: Duration::ZERO,
        enabled: true,
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

/// No due time twice, none early, and none later than this.
pub(crate) fn all_punctual(began: &[Began], latest: Duration) {
    let mut dues: Vec<_> = began.iter().map(|began| began.due).collect();
    dues.sort();
    dues.dedup();
    assert_eq!(dues.len(), began.len(), "a due time ran twice");
    for began in began {
        assert!(began.due <= began.at && began.at.since(began.due) <= latest, "{began:?}");
    }
}
