//! Looks after one job: its unfinished runs first, then the files in its drop folder, one after the other.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::schedules::is_scheduled;
use crate::clock::Timestamp;
use crate::config;
use crate::engine::inbox::{self, Folder, Hints, Inbox, Name, Observer, Ready};
use crate::engine::{Job, Worked};
use crate::host::{Host, Oversight, of_file, readable};
use crate::jobs;
use crate::journal::{JournalError, Seen};
use crate::model::{JobName, RunId, Trigger, TroubleKind};

/// How often old files are looked for.
const CLEAR_OUT: Duration = Duration::from_hours(1);
/// How long an unfinished run that could not be worked on is left alone: a full disk is not emptied in a second.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// One job, as it is configured at the time: its unfinished runs, then its drop folder. Looks anew when `changed` tells that
/// the configuration, or a pause, is another.
pub(super) async fn tend(host: &Host, name: &JobName, mut changed: watch::Receiver<()>) {
    let mut tending = Tending { host, unfinished: true, told: false, paused: None, watching: None };
    while !host.stop().is_cancelled() {
        if let Some(job) = host.job(name) {
            tending.resume(&job).await;
            tending.watch(host.config().jobs.get(name)).await;
            if let Some(mut watching) = tending.watching.take() {
                watching.clear_out(&job, host.clock().now());
                tending.unfinished |= watching.look(host, &job, &changed).await;
                tending.watching = Some(watching);
            }
        }
        tending.wait(&mut changed).await;
    }
}

/// A job that is being looked after.
struct Tending<'a> {
    host: &'a Host,
    /// Whether there may be runs that are not under way and not over.
    unfinished: bool,
    /// Whether it was told that those cannot be worked on.
    told: bool,
    /// Whether it is paused, as far as that was read since it was told of a change: nobody else writes it.
    paused: Option<bool>,
    /// Its drop folder, while that is watched.
    watching: Option<Watching>,
}

/// A drop folder that is watched.
struct Watching {
    inbox: Inbox,
    hints: Option<Hints>,
    observer: Observer,
    /// What was reported of the folder and its files, so that it is reported once: by name, with the file's inode.
    told: HashMap<String, Told>,
    clear_next: Instant,
}

/// What was told of a file that was left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    inode: u64,
    /// Whether trying again makes no sense while the file is the same.
    for_good: bool,
}

/// Why a file is left where it is.
enum Left {
    /// Something that may pass.
    ForNow(String),
    /// A run about it has ended, and it could not be moved.
    ForGood(String),
    /// The run has begun, and could not be worked on.
    Begun(String),
}

impl Tending<'_> {
    async fn resume(&mut self, job: &Arc<dyn Job>) {
        if !self.unfinished {
            return;
        }
        match self.host.resume(job, &Oversight::default()).await {
            Ok(_) => (self.unfinished, self.told) = (false, false),
            Err(error) if std::mem::replace(&mut self.told, true) => {
                tracing::debug!(job = %job.name(), %error, "an unfinished run still cannot be resumed");
            }
            Err(error) => {
                tracing::error!(job = %job.name(), %error, "an unfinished run could not be resumed; it is tried again");
            }
        }
    }

    /// Watches the folder that the job has now, if it is to be watched. One with a schedule is looked at only then; one of a
    /// paused job keeps its files.
    async fn watch(&mut self, configured: Option<&config::Job>) {
        let watched = configured.filter(|job| job.enabled && !is_scheduled(job)).and_then(jobs::inbox);
        let Some((inbox, configured)) = watched.zip(configured) else {
            self.watching = None;
            return;
        };
        match self.is_paused(configured).await {
            Ok(false) => self.paused = Some(false),
            Ok(true) => {
                (self.paused, self.watching) = (Some(true), None);
                return;
            }
            Err(error) => {
                tracing::warn!(job = %configured.name, %error, "whether the job is paused could not be read; its files wait");
                self.watching = None;
                return;
            }
        }
        if self.watching.as_ref().is_none_or(|watching| watching.inbox != inbox) {
            self.watching = Some(Watching {
                inbox,
                hints: None,
                observer: Observer::default(),
                told: HashMap::new(),
                clear_next: Instant::now(),
            });
        }
    }

    async fn is_paused(&self, job: &config::Job) -> Result<bool, JournalError> {
        match self.paused {
            Some(paused) => Ok(paused),
            None => self.host.is_paused(&job.name).await,
        }
    }

    /// Waits until it is worth looking again.
    async fn wait(&mut self, changed: &mut watch::Receiver<()>) {
        let watching = self.watching.as_ref();
        let pause = match watching {
            Some(watching) if watching.observer.is_watching() => Some(watching.inbox.settle.min(watching.inbox.poll)),
            Some(watching) => Some(watching.inbox.poll),
            None => None,
        };
        let pause = if self.unfinished { Some(pause.map_or(TRY_AGAIN, |pause| pause.max(TRY_AGAIN))) } else { pause };
        let hinted = async {
            match watching.and_then(|watching| watching.hints.as_ref()) {
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
            () = self.host.stop().cancelled() => false,
            // Its sender lives as long as the daemon.
            _ = changed.changed() => true,
            () = hinted => false,
            () = later => false,
        };
        if told {
            self.paused = None;
        }
    }
}

impl Watching {
    fn of_folder(&self, detail: String) -> Seen {
        Seen { kind: TroubleKind::Inbox, subject: self.inbox.path.display().to_string(), detail }
    }

    fn clear_out(&mut self, job: &Arc<dyn Job>, now: Timestamp) {
        if Instant::now() < self.clear_next {
            return;
        }
        self.clear_next = Instant::now() + CLEAR_OUT;
        let deleted = inbox::clear_out(&self.inbox, now);
        if deleted > 0 {
            tracing::info!(job = %job.name(), deleted, "files older than keep_files were deleted");
        }
    }

    /// Looks at the folder, and works on what is ready, as long as nothing has `changed`: the job may be paused by now, or
    /// another. Tells whether a run has begun that could not be worked on.
    async fn look(&mut self, host: &Host, job: &Arc<dyn Job>, changed: &watch::Receiver<()>) -> bool {
        // A folder that is made later, or was away, is watched from then on.
        if self.hints.is_none() && self.inbox.path.is_dir() {
            self.hints = Some(Hints::new(&self.inbox.path));
        }
        let renamed = self.hints.as_ref().map(Hints::renamed).unwrap_or_default();
        let ready = match self.observer.look(&self.inbox.path, self.inbox.settle, &renamed) {
            Ok(ready) => ready,
            Err(error) => {
                self.hints = None;
                record(host, job, &[TroubleKind::Inbox], vec![self.of_folder(format!("it cannot be read: {error}"))])
                    .await;
                return false;
            }
        };
        let mut found = Found::default();
        if let Err(why) = usable(&self.inbox) {
            found.troubles.push(self.of_folder(why));
        }
        for file in &ready {
            if file.kind == Name::Table
                && let Err(error) = readable(&self.inbox.path.join(&file.name))
            {
                found.unreadable(file, &error);
            }
        }
        let unusable = found.troubles.iter().any(|seen| seen.kind == TroubleKind::Inbox);
        let Found { troubles, left } = found;
        record(host, job, &[TroubleKind::Inbox, TroubleKind::FileNotReadable], troubles).await;
        if unusable {
            return false;
        }
        let ready: Vec<_> = ready.into_iter().filter(|file| !left.contains(&file.name)).collect();
        self.told.retain(|name, told| ready.iter().any(|ready| ready.name == *name && ready.inode == told.inode));
        for ready in ready {
            // Its sender lives as long as the daemon.
            if host.stop().is_cancelled() || changed.has_changed().unwrap_or(true) {
                return false;
            }
            let before = self.told.get(&ready.name).copied();
            if before.is_some_and(|told| told.for_good) {
                continue;
            }
            let Err(left) = take(host, job, &self.inbox, &ready).await else { continue };
            let (why, for_good) = match left {
                Left::ForNow(why) => (why, false),
                Left::ForGood(why) => (why, true),
                Left::Begun(why) => {
                    tracing::error!(job = %job.name(), file = %ready.name, %why, "a run could not be worked on; it is tried again");
                    return true;
                }
            };
            self.told.insert(ready.name.clone(), Told { inode: ready.inode, for_good });
            if before.is_none() {
                tracing::error!(job = %job.name(), file = %ready.name, %why, "a dropped file is left where it is");
            }
        }
        false
    }
}

/// Claims a file and works on it; the error says why it is left where it is.
async fn take(host: &Host, job: &Arc<dyn Job>, inbox: &Inbox, ready: &Ready) -> Result<(), Left> {
    let dropped = inbox.path.join(&ready.name);
    let id = RunId::generate();
    let begin = of_file(inbox, ready, id, Trigger::File, None);
    match host.run(job, id, begin, &Oversight::default()).await {
        Ok(Worked::Ended(_)) if inode(&dropped) == Some(ready.inode) => {
            Err(Left::ForGood(format!("it could not be moved; run {id} tells what became of it")))
        }
        // Claimed: somebody said `run` meanwhile, and that run has it.
        Ok(Worked::Ended(_) | Worked::Suspended) | Err(JournalError::Claimed(_)) => Ok(()),
        Err(error) if host.may_have_begun(id).await => Err(Left::Begun(error.to_string())),
        Err(error) => Err(Left::ForNow(error.to_string())),
    }
}

/// What a look has found that hinders.
#[derive(Default)]
struct Found {
    troubles: Vec<Seen>,
    /// The files that are left where they are.
    left: Vec<String>,
}

impl Found {
    fn unreadable(&mut self, file: &Ready, error: &std::io::Error) {
        let (subject, detail) = (file.name.clone(), format!("it cannot be read: {error}"));
        self.troubles.push(Seen { kind: TroubleKind::FileNotReadable, subject, detail });
        self.left.push(file.name.clone());
    }
}

/// Journals what a look has found; where that cannot be done now, the next look does it.
async fn record(host: &Host, job: &Arc<dyn Job>, kinds: &[TroubleKind], found: Vec<Seen>) {
    if let Err(error) = host.troubles_seen(Some(job.name()), kinds, found).await {
        tracing::warn!(job = %job.name(), %error, "what hinders the drop folder's work could not be journaled");
    }
}

/// Whether the folder can be worked in, its sub-folders made where they are missing.
fn usable(inbox: &Inbox) -> Result<(), String> {
    inbox::make_folders(&inbox.path).map_err(|error| format!("its sub-folders cannot be made: {error}"))?;
    for folder in [inbox.path.clone(), inbox.folder(Folder::Processing)] {
        writable(&folder).map_err(|error| format!("files cannot be moved in {}: {error}", folder.display()))?;
    }
    Ok(())
}

/// Whether files can be moved into and out of a folder.
fn writable(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

fn inode(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path).ok().map(|metadata| metadata.ino())
}
