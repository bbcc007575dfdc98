//! Records how due times were dealt with, as far as the scheduler sees it: in the journal, or in a memory under a
//! test's virtual time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::clock::{Clock, Timestamp};
use crate::journal::{Journal, JournalError, Skip, Watch};
use crate::model::{JobKey, JobKind, JobName};

/// Remembers what became of due times.
pub trait Ledger: Send + Sync {
    /// Reads the remembered state of a job's schedule.
    fn recall<'a>(&'a self, job: &'a JobName) -> BoxFuture<'a, Result<Watch, JournalError>>;
    /// Remembers the schedule that a job is armed by, and that its due times up to `from` are dealt with.
    fn watch<'a>(
        &'a self,
        job: &'a JobName,
        schedule: String,
        from: Timestamp,
    ) -> BoxFuture<'a, Result<(), JournalError>>;
    /// Enters due times that do not become runs; those that are dealt with stay as they are.
    fn skip<'a>(&'a self, job: &'a JobName, skips: Vec<Skip>) -> BoxFuture<'a, Result<(), JournalError>>;
    /// Tells whether a due time is dealt with.
    fn is_recorded<'a>(&'a self, job: &'a JobName, due: Timestamp) -> BoxFuture<'a, Result<bool, JournalError>>;
}

/// The journal as a ledger. What ticks may outlive the journal by a moment, and does not keep it open.
pub struct JournalLedger {
    journal: Weak<Journal>,
    clock: Arc<dyn Clock>,
    jobs: Mutex<HashMap<JobName, (JobKind, Option<JobName>)>>,
    keys: Mutex<HashMap<JobName, JobKey>>,
}

impl JournalLedger {
    /// Returns the ledger of these jobs: name, kind, and the name each had before.
    #[must_use]
    pub fn new(
        journal: &Arc<Journal>,
        clock: Arc<dyn Clock>,
        jobs: impl IntoIterator<Item = (JobName, JobKind, Option<JobName>)>,
    ) -> Self {
        let ledger = Self { journal: Arc::downgrade(journal), clock, jobs: Mutex::default(), keys: Mutex::default() };
        ledger.introduce(jobs);
        ledger
    }

    /// Makes jobs known that were not, or are called otherwise now. What goes on under an earlier configuration is still known.
    pub fn introduce(&self, jobs: impl IntoIterator<Item = (JobName, JobKind, Option<JobName>)>) {
        let mut known = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, kind, was) in jobs {
            // A claim on a due time may still go by the old name, which must not become a job of its own again.
            if let Some(was) = &was {
                known.remove(was);
            }
            known.insert(name, (kind, was));
        }
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn journal(&self) -> Result<Arc<Journal>, JournalError> {
        self.journal.upgrade().ok_or(JournalError::Closed)
    }

    async fn key(&self, job: &JobName) -> Result<JobKey, JournalError> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(job).copied();
        if let Some(key) = known {
            return Ok(key);
        }
        let introduced = {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let called_so_before = || jobs.iter().find(|(_, (_, was))| was.as_ref() == Some(job));
            jobs.get_key_value(job).or_else(called_so_before).map(|(name, known)| (name.clone(), known.clone()))
        };
        let (name, (kind, was)) = introduced.ok_or(JournalError::Unknown("such job"))?;
        let key = self.journal()?.job(&name, kind, was.as_ref()).await?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(job.clone(), key);
        Ok(key)
    }
}

impl Ledger for JournalLedger {
    fn recall<'a>(&'a self, job: &'a JobName) -> BoxFuture<'a, Result<Watch, JournalError>> {
        async move {
            let key = self.key(job).await?;
            self.journal()?.watch_of(key).await
        }
        .boxed()
    }

    fn watch<'a>(
        &'a self,
        job: &'a JobName,
        schedule: String,
        from: Timestamp,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        async move { self.journal()?.watch(self.key(job).await?, schedule, from).await }.boxed()
    }

    fn skip<'a>(&'a self, job: &'a JobName, skips: Vec<Skip>) -> BoxFuture<'a, Result<(), JournalError>> {
        async move { self.journal()?.skip(self.key(job).await?, skips, self.clock.now()).await }.boxed()
    }

    fn is_recorded<'a>(&'a self, job: &'a JobName, due: Timestamp) -> BoxFuture<'a, Result<bool, JournalError>> {
        async move {
            let (key, now) = (self.key(job).await?, self.clock.now());
            self.journal()?.is_recorded(key, due, now).await
        }
        .boxed()
    }
}
