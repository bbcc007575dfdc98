//! Looks after one job: its unfinished runs first, then the files in its drop folder, one after the other.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::inbox::{self, Folder, Hints, Inbox, Name, Observer, Ready};
use crate::engine::{Begin, Job, Progress, StopWish, Worked};
use crate::host::Host;
use crate::jobs::schedule_meetings::{Input, Place, file_name};
use crate::journal::NewClaim;
use crate::model::{RunId, Trigger};

/// How often old files are looked for.
const CLEAR_OUT: Duration = Duration::from_hours(1);
/// How long an unfinished run that could not be worked on is left alone: a full disk is not emptied in a second.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// One job: its unfinished runs, then its drop folder.
pub(super) async fn tend(host: &Host, job: &Arc<dyn Job>, inbox: Option<Inbox>) {
    // Nobody wishes a run of the daemon's to end early yet.
    let (_wish, wished) = watch::channel(None);
    let mut tending = Tending {
        host,
        job,
        wished,
        unfinished: true,
        hints: None,
        observer: Observer::default(),
        told: HashMap::new(),
    };
    let mut clear_next = Instant::now();
    while !host.stop().is_cancelled() {
        tending.resume().await;
        if let Some(inbox) = &inbox {
            if Instant::now() >= clear_next {
                clear_next = Instant::now() + CLEAR_OUT;
                let deleted = inbox::clear_out(inbox, host.clock().now());
                if deleted > 0 {
                    tracing::info!(job = %job.name(), deleted, "files older than keep_files were deleted");
                }
            }
            tending.look(inbox).await;
        } else if !tending.unfinished {
            return;
        }
        tending.wait(inbox.as_ref()).await;
    }
}

/// A job that is being looked after.
struct Tending<'a> {
    host: &'a Host,
    job: &'a Arc<dyn Job>,
    wished: StopWish,
    /// Whether there may be runs that are not under way and not over.
    unfinished: bool,
    hints: Option<Hints>,
    observer: Observer,
    /// What was reported of the folder and its files, so that it is reported once: by name, with the file's inode.
    told: HashMap<String, Told>,
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
    async fn resume(&mut self) {
        if !self.unfinished {
            return;
        }
        let nobody = watch::channel(Progress::default()).0;
        match self.host.resume(self.job, nobody, self.wished.clone()).await {
            Ok(_) => {
                self.unfinished = false;
                self.told.remove(UNFINISHED);
            }
            Err(error) => {
                if self.told.insert(UNFINISHED.to_owned(), Told { inode: 0, for_good: false }).is_none() {
                    tracing::error!(job = %self.job.name(), %error, "an unfinished run could not be resumed; it is tried again");
                }
            }
        }
    }

    /// Looks at the folder, and works on what is ready.
    async fn look(&mut self, inbox: &Inbox) {
        // A folder that is made later, or was away, is watched from then on.
        if self.hints.is_none() && inbox.path.is_dir() {
            self.hints = Some(Hints::new(&inbox.path));
        }
        let renamed = self.hints.as_ref().map(Hints::renamed).unwrap_or_default();
        let ready = match self.observer.look(&inbox.path, inbox.settle, &renamed) {
            Ok(ready) => ready,
            Err(error) => {
                self.hints = None;
                if self.told.insert(FOLDER.to_owned(), Told { inode: 0, for_good: false }).is_none() {
                    tracing::error!(job = %self.job.name(), folder = %inbox.path.display(), %error, "the drop folder cannot be read");
                }
                return;
            }
        };
        self.told.retain(|name, told| {
            name == UNFINISHED || ready.iter().any(|ready| ready.name == *name && ready.inode == told.inode)
        });
        for ready in ready {
            if self.host.stop().is_cancelled() {
                return;
            }
            let before = self.told.get(&ready.name).copied();
            if before.is_some_and(|told| told.for_good) {
                continue;
            }
            let Err(left) = take(self.host, self.job, inbox, &ready, self.wished.clone()).await else {
                continue;
            };
            let (why, for_good) = match left {
                Left::ForNow(why) => (why, false),
                Left::ForGood(why) => (why, true),
                Left::Begun(why) => {
                    self.unfinished = true;
                    tracing::error!(job = %self.job.name(), file = %ready.name, %why, "a run could not be worked on; it is tried again");
                    return;
                }
            };
            self.told.insert(ready.name.clone(), Told { inode: ready.inode, for_good });
            if before.is_none() {
                tracing::error!(job = %self.job.name(), file = %ready.name, %why, "a dropped file is left where it is");
            }
        }
    }

    /// Waits until it is worth looking again.
    async fn wait(&self, inbox: Option<&Inbox>) {
        let pause = match inbox {
            Some(inbox) if self.observer.is_watching() => inbox.settle.min(inbox.poll),
            Some(inbox) => inbox.poll,
            None => TRY_AGAIN,
        };
        let pause = if self.unfinished { pause.max(TRY_AGAIN) } else { pause };
        let hinted = async {
            match &self.hints {
                Some(hints) if !self.unfinished => hints.next().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.host.stop().cancelled() => {}
            () = hinted => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Stands for the folder itself among the names that were reported.
const FOLDER: &str = "";

/// Stands for the unfinished runs among them; no file has such a name.
const UNFINISHED: &str = "/";

/// Claims a file and works on it; the error says why it is left where it is.
async fn take(host: &Host, job: &Arc<dyn Job>, inbox: &Inbox, ready: &Ready, wished: StopWish) -> Result<(), Left> {
    inbox::make_folders(&inbox.path)
        .map_err(|error| Left::ForNow(format!("the sub-folders cannot be made: {error}")))?;
    for folder in [inbox.path.clone(), inbox.folder(Folder::Processing)] {
        writable(&folder)
            .map_err(|error| Left::ForNow(format!("files cannot be moved in {}: {error}", folder.display())))?;
    }
    let dropped = inbox.path.join(&ready.name);
    if ready.kind == Name::Table {
        readable(&dropped).map_err(|error| Left::ForNow(format!("it cannot be read: {error}")))?;
    }
    let id = RunId::generate();
    let claimed = inbox.folder(Folder::Processing).join(file_name(&ready.name, id, ""));
    let input = Input::new(&ready.name, claimed.clone(), false, Place::Inbox(inbox.path.clone()));
    let claim = NewClaim { name: ready.name.clone(), dropped: dropped.clone(), claimed, inode: ready.inode };
    let begin = Begin { trigger: Trigger::File, due: None, input: input.write(), claim: Some(claim), retry_of: None };
    match host.run(job, id, begin, watch::channel(Progress::default()).0, wished).await {
        Ok(Worked::Ended(_)) if inode(&dropped) == Some(ready.inode) => {
            Err(Left::ForGood(format!("it could not be moved; run {id} tells what became of it")))
        }
        Ok(Worked::Ended(_) | Worked::Suspended) => Ok(()),
        Err(error) if host.may_have_begun(id).await => Err(Left::Begun(error.to_string())),
        Err(error) => Err(Left::ForNow(error.to_string())),
    }
}

/// Whether a plain file can be opened; anything else is claimed, and refused with its reason.
pub(super) fn readable(path: &Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_file() {
        std::fs::File::open(path)?;
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
