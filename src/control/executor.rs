//! Carries out commands, in the process that holds the lock. Clients ask it over the socket, and so does the very
//! command that holds the lock itself; either way the answer is a row of events, and a run that has begun goes on
//! without a listener.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::events::Events;
use super::message::{Command, Event};
use super::query::{self, ConfigurationCheck, Preview, Query, QueryReply, Sources};
use super::refusal::Refusal;
use crate::config;
use crate::engine::scheduler::{Occupied, SchedulerError};
use crate::jobs;
use crate::model::JobName;
use crate::runtime::Runtime;

/// Carries out commands.
pub struct CommandExecutor {
    pub(super) runtime: Arc<Runtime>,
    check: Arc<dyn ConfigurationCheck>,
    pub(super) rota: Option<Arc<dyn Rota>>,
    work: TaskTracker,
    begun: AtomicU64,
}

/// The daemon's schedules, as far as commands touch them.
pub trait Rota: Send + Sync {
    /// Hears that a job's pause has begun or ended, and is journaled.
    fn pauses_changed(&self) -> BoxFuture<'_, Result<(), SchedulerError>>;

    /// Records that a run of the job goes on that no due time began, until the returned guard is dropped.
    fn occupy(&self, job: &JobName) -> Occupied;
}

/// The place where the files of an import go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Results {
    /// Into this folder, which belongs to the client.
    Folder(PathBuf),
    /// To the client, as events; until they were received they lie in the state directory.
    Told,
    /// To the job's own place, or to that of an earlier run's files.
    Kept,
}

impl CommandExecutor {
    /// Makes an executor in a command that works by itself. A run that it cannot work on is left for the next start.
    #[must_use]
    pub fn new(runtime: Arc<Runtime>, check: Arc<dyn ConfigurationCheck>) -> Arc<Self> {
        Arc::new(Self { runtime, check, rota: None, work: TaskTracker::new(), begun: AtomicU64::new(0) })
    }

    /// Makes an executor in the daemon, whose schedules take part.
    #[must_use]
    pub fn of_daemon(runtime: Arc<Runtime>, check: Arc<dyn ConfigurationCheck>, rota: Arc<dyn Rota>) -> Arc<Self> {
        Arc::new(Self { runtime, check, rota: Some(rota), work: TaskTracker::new(), begun: AtomicU64::new(0) })
    }

    /// Returns the runtime that does the work.
    #[must_use]
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Begins what is asked; `file` is the file of a command that takes one.
    #[must_use]
    pub fn ask(self: &Arc<Self>, command: Command, file: Option<Arc<File>>, results: Results) -> mpsc::Receiver<Event> {
        let (events, told) = Events::new(CancellationToken::new(), self.runtime.stop().clone());
        let executor = Arc::clone(self);
        self.look_after(async move { executor.perform(command, file, &results, &events).await });
        told
    }

    /// Finishes the runs of a job that an earlier process left.
    #[must_use]
    pub fn finish_interrupted(self: &Arc<Self>, job: JobName) -> mpsc::Receiver<Event> {
        let (events, told) = Events::new(CancellationToken::new(), self.runtime.stop().clone());
        let executor = Arc::clone(self);
        self.look_after(async move {
            let done = executor.resume_left(&job, &events).await;
            executor.close(done, &events).await;
        });
        told
    }

    /// Waits until all that was begun is over, or left for the next start.
    pub async fn rest(&self) {
        self.work.close();
        self.work.wait().await;
    }

    /// Returns how much was begun by now: it has grown where others asked for something meanwhile.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Spawns work that goes on without a caller that waits for it.
    pub(super) fn look_after(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.work.spawn(work);
    }

    /// Returns the folder in which the file of a command is received, and the number of bytes that it may have.
    pub(super) fn takes_files(&self, command: &Command) -> Result<(PathBuf, u64), Refusal> {
        let config = self.runtime.config();
        let (Command::Import { job, .. } | Command::Ask(Query::PreviewImport { job, .. })) = command else {
            return Err(Refusal::usage("this command takes no file"));
        };
        let job = query::chosen(&config, job.as_ref())?;
        Ok((self.incoming(), jobs::kind(job.kind()).max_file_size(&job)))
    }

    /// Does what is asked, and says so.
    pub(super) async fn perform(&self, command: Command, file: Option<Arc<File>>, results: &Results, events: &Events) {
        let done = if self.runtime.stop().is_cancelled() {
            Err(Refusal::stopping())
        } else {
            self.carry_out(command, file, results, events).await
        };
        self.close(done, events).await;
    }

    async fn carry_out(
        &self,
        command: Command,
        file: Option<Arc<File>>,
        results: &Results,
        events: &Events,
    ) -> Result<(), Refusal> {
        let file = || file.ok_or_else(|| Refusal::usage("the file is missing"));
        match command {
            Command::Run { job, again } => self.run(&job, again, events).await?,
            Command::Import { job, name } => self.import(job.as_ref(), &name, file()?, results, events).await?,
            Command::Retry { run } => self.retry(&run, results, events).await?,
            Command::Cancel { run } => self.cancel(&run, events).await?,
            Command::Pause { job } => self.pause(&job, events).await?,
            Command::Resume { job } => self.resume(&job, events).await?,
            Command::Prune { clock_is_right } => self.prune(clock_is_right, events).await?,
            Command::RetryMail => self.retry_mail(events).await?,
            Command::DropMail { mail } => self.drop_mail(&mail, events).await?,
            Command::Received { run } => self.received(run).await?,
            Command::LateResults { run } => self.late_results(&run, events).await?,
            Command::Ask(query) => self.answer(query, file().ok(), events).await?,
        }
        Ok(())
    }

    async fn answer(&self, query: Query, file: Option<Arc<File>>, events: &Events) -> Result<(), Refusal> {
        let answering = async {
            match query {
                Query::Check => {
                    let (check, config) = (Arc::clone(&self.check), self.runtime.config());
                    let checking = tokio::task::spawn_blocking(move || check.check(config));
                    let checked = checking.await.map_err(|error| Refusal::failed(error.to_string()))??;
                    events.tell(Event::Reply(QueryReply::Checked(checked))).await;
                    Ok(())
                }
                Query::Preview { job, again } => {
                    let config = self.runtime.config();
                    self.preview(query::configured(&config, &job)?, again, None, events).await
                }
                Query::PreviewImport { job, name } => {
                    let file = file.ok_or_else(|| Refusal::usage("the file is missing"))?;
                    let configured = query::chosen(&self.runtime.config(), job.as_ref())?;
                    self.preview(&configured, false, Some((name, file)), events).await
                }
                query => query::answer(&Sources::of(&self.runtime), query, &events.replies()).await,
            }
        };
        tokio::select! {
            answered = answering => answered,
            // A look at a server that does not answer must not hold up the end.
            () = self.runtime.stop().cancelled() => Err(Refusal::stopping()),
        }
    }

    /// Tells what a run would do, on a thread that may wait for the disk.
    async fn preview(
        &self,
        configured: &config::Job,
        again: bool,
        file: Option<(String, Arc<File>)>,
        events: &Events,
    ) -> Result<(), Refusal> {
        let preview = Preview {
            job: self.runtime.job_of(configured),
            configured: configured.clone(),
            workspace: self.runtime.journal().workspace().clone(),
            clock: Arc::clone(self.runtime.clock()),
        };
        let replies = events.replies();
        let telling = tokio::task::spawn_blocking(move || {
            Handle::current().block_on(async {
                match file {
                    Some((name, file)) => preview.of_file(&name, file, &replies).await,
                    None => preview.of_job(again, &replies).await,
                }
            })
        });
        telling.await.map_err(|error| Refusal::failed(error.to_string()))?
    }

    async fn close(&self, done: Result<(), Refusal>, events: &Events) {
        events.tell(done.map_or_else(Event::Failed, |()| Event::Over)).await;
    }

    /// Returns the folder for copies of files, until their rows are in the journal.
    pub(super) fn incoming(&self) -> PathBuf {
        self.runtime.journal().workspace().incoming()
    }

    /// Returns the folder for files that belong into no user's folder, or could not be written there.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        self.runtime.journal().workspace().results()
    }
}
