//! Serves the plan through the crate's storage traits: the crate asks it every tick for the due jobs, and calls
//! those that it offers. The crate keeps no time of its own then: to it, every job that is offered was due long
//! ago, once.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::RwLock;
use tokio::time::Instant;
use tokio_cron_scheduler::job::job_data::{JobAndNextTick, JobStoredData, JobType, NonCronJob, job_stored_data};
use tokio_cron_scheduler::store::{DataStore, InitStore, MetaDataStorage};
use tokio_cron_scheduler::{Context, JobCode, JobSchedulerError, JobToRunAsync, PinnedGetFuture, ToCode};
use uuid::Uuid;

use super::fire::fire;
use super::shared::Shared;
use crate::failpoint;

type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, JobSchedulerError>> + Send>>;

/// In the crate's words: due since the first second of 1970.
const LONG_AGO: u64 = 1;

fn answer<T: Send + 'static>(value: T) -> StoreFuture<T> {
    Box::pin(ready(Ok(value)))
}

/// The plan as the crate's store.
pub(super) struct PlanStore(pub(super) Arc<Shared>);

impl InitStore for PlanStore {
    fn init(&mut self) -> StoreFuture<()> {
        answer(())
    }

    fn inited(&mut self) -> StoreFuture<bool> {
        answer(true)
    }
}

impl DataStore<JobStoredData> for PlanStore {
    fn get(&mut self, id: Uuid) -> StoreFuture<Option<JobStoredData>> {
        answer(Some(JobStoredData {
            id: Some(id.into()),
            last_updated: None,
            last_tick: None,
            next_tick: LONG_AGO,
            job_type: JobType::OneShot.into(),
            count: 0,
            extra: Vec::new(),
            ran: false,
            stopped: false,
            job: Some(job_stored_data::Job::NonCronJob(NonCronJob { repeating: false, repeated_every: 0 })),
            time_offset_seconds: 0,
        }))
    }

    fn add_or_update(&mut self, _: JobStoredData) -> StoreFuture<()> {
        // Jobs come from the configuration alone.
        Box::pin(ready(Err(JobSchedulerError::CantAdd)))
    }

    fn delete(&mut self, _: Uuid) -> StoreFuture<()> {
        answer(())
    }
}

impl MetaDataStorage for PlanStore {
    fn list_next_ticks(&mut self) -> StoreFuture<Vec<JobAndNextTick>> {
        if failpoint::is_on("scheduler.tick") {
            return Box::pin(std::future::pending());
        }
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let due = self.0.plan().offer(self.0.clock.now());
        let tick = |id: Uuid| JobAndNextTick {
            id: Some(id.into()),
            job_type: JobType::OneShot.into(),
            next_tick: LONG_AGO,
            last_tick: None,
        };
        answer(due.into_iter().map(tick).collect())
    }

    fn set_next_and_last_tick(
        &mut self,
        _: Uuid,
        _: Option<DateTime<Utc>>,
        _: Option<DateTime<Utc>>,
    ) -> StoreFuture<()> {
        answer(())
    }

    fn time_till_next_job(&mut self) -> StoreFuture<Option<Duration>> {
        answer(None)
    }
}

/// The one body that all jobs have.
pub(super) struct Bodies(Arc<RwLock<Box<JobToRunAsync>>>);

impl Bodies {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let body: Box<JobToRunAsync> = Box::new(move |id, _| {
            let (shared, alive) = (Arc::clone(&shared), shared.bodies.token());
            Box::pin(async move {
                fire(&shared, id).await;
                drop(alive);
            })
        });
        Self(Arc::new(RwLock::new(body)))
    }
}

impl ToCode<Box<JobToRunAsync>> for Bodies {
    fn init(&mut self, _: &Context) -> StoreFuture<()> {
        answer(())
    }

    fn get(&mut self, _: Uuid) -> PinnedGetFuture<Box<JobToRunAsync>> {
        let body = Arc::clone(&self.0);
        Box::pin(ready(Ok(Some(body))))
    }
}

impl JobCode for Bodies {}
