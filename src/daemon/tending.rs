//! Looks after one job: its unfinished runs first, then the files in its drop folder, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::schedules::is_scheduled;
use crate::config;
use crate::engine::inbox::{Hints, Inbox, Looked, Observer, Ready, Strangers, only_polled};
use crate::engine::{Job, Worked};
use crate::jobs;
use crate::journal::JournalError;
use crate::model::{JobName, RunId, Trigger};
use crate::runtime::{Held, RunError, RunHandle, Runtime, of_file};

/// The interval at which old files are looked for.
const CLEAR_OUT: Duration = Duration::from_hours(1);
/// The interval at which a folder is looked at whose files are taken at due times: a hindrance is told before the
/// night.
const LOOK: Duration = Duration::from_mins(1);
/// The time for which an unfinished run that could not be worked on is left alone: a full disk is not emptied in a
/// second.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Looks after one job, as it is configured at the time: its unfinished runs, then its drop folder. Looks anew when
/// `changed` tells that the configuration, or a pause, is another.
pub(super) async fn tend(runtime: &Runtime, name: &JobName, mut changed: watch::Receiver<()>) {
    let mut tending =
        Tending { runtime, unfinished: true, told: false, elsewhere: false, paused: None, watching: None };
    while !runtime.stop().is_cancelled() {
        let config = runtime.config();
        let configured = config.jobs.get(name);
        tending.elsewhere = configured.is_some_and(|job| !job.runs_on(config.state.node()));
        if tending.elsewhere {
            // Other machines run it, and tell what is the matter with its folder there.
            tending.watching = None;
        } else if let Some(job) = runtime.job(name) {
            tending.resume(&job).await;
            tending.watch(&job, configured).await;
            if let Some(mut watching) = tending.watching.take() {
                watching.clear_out(runtime, &job).await;
                tending.unfinished |= watching.look(runtime, &job, &changed).await;
                tending.watching = Some(watching);
            }
        }
        tending.wait(&mut changed).await;
    }
}

/// A job that is being looked after.
struct Tending<'a> {
    runtime: &'a Runtime,
    /// True when there may be runs that are not under way and not over.
    unfinished: bool,
    /// True when it was told that those cannot be worked on.
    told: bool,
    /// True when other machines run it, and this one does not.
    elsewhere: bool,
    /// The job's pause, as it was read since the last change was announced: no other process writes it.
    paused: Option<bool>,
    /// Its drop folder, while that is watched.
    watching: Option<Watching>,
}

/// A drop folder that is watched.
struct Watching {
    inbox: Inbox,
    hints: Option<Arc<Hints>>,
    /// True when it was told that the folder cannot be watched.
    unheard: bool,
    /// True when it was told that others may write to the folder unnoticed.
    polled: bool,
    observer: Observer,
    strangers: Strangers,
    held: Held,
    /// True when files are taken whenever they are ready; else they are at due times, and the folder is only looked at.
    takes: bool,
    /// The files that were reported as left, so that each is reported once: by name, with the inode.
    told: HashMap<String, u64>,
    clear_next: Instant,
}

/// The reason why a file is left where it is.
enum Left {
    /// Something that may pass.
    ForNow(String),
    /// It cannot be moved.
    NotMoved(String),
    /// The run has begun, and could not be worked on.
    Begun(String),
}

impl Tending<'_> {
    async fn resume(&mut self, job: &Arc<Job>) {
        if !self.unfinished {
            return;
        }
        match self.runtime.runs.resume(job, &RunHandle::default()).await {
            Ok(_) => (self.unfinished, self.told) = (false, false),
            Err(error) if std::mem::replace(&mut self.told, true) => {
                tracing::debug!(job = %job.name, %error, "an unfinished run still cannot be resumed");
            }
            Err(error) => {
                tracing::error!(job = %job.name, %error, "an unfinished run could not be resumed; it is tried again");
            }
        }
    }

    /// Watches the folder that the job has now, if it is to be watched. Of one with a schedule the files are taken only
    /// then; one of a paused job keeps its files.
    async fn watch(&mut self, job: &Arc<Job>, configured: Option<&config::Job>) {
        let watched = configured.filter(|job| job.enabled).and_then(jobs::inbox);
        let Some((inbox, configured)) = watched.zip(configured) else {
            self.watching = None;
            self.runtime.folders.inbox_gone(job).await;
            return;
        };
        let takes = !is_scheduled(configured);
        match self.is_paused(configured).await {
            Ok(false) => self.paused = Some(false),
            Ok(true) => {
                (self.paused, self.watching) = (Some(true), None);
                return;
            }
            Err(error) => {
                tracing::warn!(job = %configured.name, %error, "the journal could not tell whether the job is paused; its files wait");
                self.watching = None;
                return;
            }
        }
        if self.watching.as_ref().is_none_or(|watching| watching.inbox != inbox || watching.takes != takes) {
            self.watching = Some(Watching {
                inbox,
                hints: None,
                unheard: false,
                polled: false,
                observer: Observer::default(),
                strangers: Strangers::default(),
                held: Held::default(),
                takes,
                told: HashMap::new(),
                clear_next: Instant::now(),
            });
        }
    }

    async fn is_paused(&self, job: &config::Job) -> Result<bool, JournalError> {
        match self.paused {
            Some(paused) => Ok(paused),
            None => self.runtime.is_paused(&job.name).await,
        }
    }

    /// Waits until it is worth looking again.
    async fn wait(&mut self, changed: &mut watch::Receiver<()>) {
        let watching = self.watching.as_ref();
        let pause = match watching {
            Some(watching) if !watching.takes => Some(LOOK),
            Some(watching) if watching.observer.is_watching() || watching.strangers.is_watching() => {
                Some(watching.inbox.settle.min(watching.inbox.poll))
            }
            Some(watching) => Some(watching.inbox.poll),
            None => None,
        };
        let pause = if self.unfinished && !self.elsewhere {
            Some(pause.map_or(TRY_AGAIN, |pause| pause.max(TRY_AGAIN)))
        } else {
            pause
        };
        let hinted = async {
            match watching.filter(|watching| watching.takes).and_then(|watching| watching.hints.as_ref()) {
                Some(hints) if !self.unfinished => hints.next().await,
                _ => std::future::pending().await,
            }
        };
        let later = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        let told = tokio::select! {
            () = self.runtime.stop().cancelled() => false,
            // Its sender lives as long as the daemon.
            _ = changed.changed() => true,
            () = hinted => false,
            () = later => false,
        };
        if told {
            self.paused = None;
            // A run of another machine may have been taken over.
            self.unfinished |= self.runtime.journal().is_shared();
        }
    }
}

impl Watching {
    async fn clear_out(&mut self, runtime: &Runtime, job: &Arc<Job>) {
        if !self.takes || Instant::now() < self.clear_next {
            return;
        }
        self.clear_next = Instant::now() + CLEAR_OUT;
        runtime.upkeep.clear_out(&job.name, &self.inbox).await;
    }

    /// Sees to it that the folder that lies there now is watched, where that can be had; a refusal is told once, and each look
    /// tries again.
    fn listen(&mut self, runtime: &Runtime, job: &Arc<Job>) {
        let folder = self.inbox.path.display();
        self.hints = match runtime.folders.watch(&self.inbox.path) {
            Ok(hints) => hints,
            Err(why) if std::mem::replace(&mut self.unheard, true) => {
                tracing::debug!(job = %job.name, %folder, %why, "the folder still cannot be watched");
                None
            }
            Err(why) => {
                tracing::warn!(job = %job.name, %folder, %why, "the folder cannot be watched; it is polled, and watching it is tried again");
                None
            }
        };
        if self.hints.is_none() {
            return;
        }
        if std::mem::take(&mut self.unheard) {
            tracing::info!(job = %job.name, %folder, "the folder is watched");
        }
        if !self.polled
            && let Some(share) = only_polled(&self.inbox.path)
        {
            tracing::info!(job = %job.name, %folder, share, "the system does not report the work of other machines in this folder; it is polled");
            self.polled = true;
        }
    }

    /// Looks at the folder, and works on what is ready, as long as nothing has `changed`: the job may be paused by now, or
    /// another. Tells whether a run has begun that could not be worked on.
    async fn look(&mut self, runtime: &Runtime, job: &Arc<Job>, changed: &watch::Receiver<()>) -> bool {
        // A folder that is made later, or was away, is watched from then on.
        self.listen(runtime, job);
        let signs = self.hints.as_ref().map(|hints| if self.takes { hints.signs() } else { hints.writing() });
        let seen = self
            .observer
            .look(&self.inbox, &signs.unwrap_or_default(), runtime.clock().now())
            .and_then(|looked| Ok((looked, self.strangers.look(&self.inbox)?)));
        let (Looked { ready, held, waiting, .. }, mut not_taken) = match seen {
            Ok(seen) => seen,
            Err(error) => {
                self.hints = None;
                runtime.folders.inbox_unreadable(job, &self.inbox, &error).await;
                return false;
            }
        };
        not_taken.add(held, waiting);
        let ready = runtime.folders.examine(job, &self.inbox, ready, not_taken, &mut self.held).await;
        if !self.takes {
            return false;
        }
        self.told.retain(|name, inode| ready.iter().any(|ready| ready.name == *name && ready.inode() == *inode));
        for ready in ready {
            // Its sender lives as long as the daemon.
            if runtime.stop().is_cancelled() || changed.has_changed().unwrap_or(true) {
                return false;
            }
            match take(runtime, job, &self.inbox, &ready).await {
                Ok(()) => {}
                Err(Left::NotMoved(why)) => {
                    runtime.folders.tell_not_moved(job, &ready.name, &why).await;
                    self.held.hold(&self.inbox, &ready.name, why);
                }
                Err(Left::ForNow(why)) => {
                    if self.told.insert(ready.name.clone(), ready.inode()).is_none() {
                        tracing::error!(job = %job.name, file = %ready.name, %why, "a dropped file is left where it is");
                    }
                }
                Err(Left::Begun(why)) => {
                    tracing::error!(job = %job.name, file = %ready.name, %why, "a run could not be worked on; it is tried again");
                    return true;
                }
            }
        }
        false
    }
}

/// Claims a file and works on it; the error says why it is left where it is.
async fn take(runtime: &Runtime, job: &Arc<Job>, inbox: &Inbox, ready: &Ready) -> Result<(), Left> {
    let id = RunId::generate();
    let begin = of_file(job.kind, inbox, ready, id, Trigger::File, None);
    match runtime.runs.run(job, id, begin, &RunHandle::default()).await {
        // Claimed: a user said `run` meanwhile, and that run has it.
        Ok(Worked::Ended(_) | Worked::Suspended) | Err(RunError::Claimed(_)) => Ok(()),
        Err(RunError::NotMoved { why, .. }) => Err(Left::NotMoved(why)),
        Err(error) if runtime.runs.may_have_begun(id).await => Err(Left::Begun(error.to_string())),
        Err(error) => Err(Left::ForNow(error.to_string())),
    }
}
