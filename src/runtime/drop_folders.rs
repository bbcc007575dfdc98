//! Watches drop folders, and looks at the files in them before they are taken: what hinders is told once, what does not is worked
//! on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::RunError;
use super::shared::Shared;
use super::troubles::Troubles;
use crate::engine::Job;
use crate::engine::inbox::{self, ClaimError, Condition, Hints, Inbox, Name, NotTaken, Observer, Ready, Strangers};
use crate::journal::{Claim, JournalError, Seen, UnfinishedRun};
use crate::model::{Backoff, TroubleKind};

/// The times for which a file that could not be moved is left alone while nothing about it has changed: the first,
/// and the longest, to which it grows. A disk that is full may have room in a moment, a right that is missing may
/// be missing for days.
const TRY_AGAIN: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));

/// The troubles that a look at a drop folder finds.
const KINDS: [TroubleKind; 6] = [
    TroubleKind::Inbox,
    TroubleKind::FileNotReadable,
    TroubleKind::FileNotMovable,
    TroubleKind::UnknownEnding,
    TroubleKind::BeingWritten,
    TroubleKind::UploadBroken,
];

/// Files that could not be moved when that was tried, by name.
#[derive(Debug, Default)]
pub struct Held(HashMap<String, Stuck>);

#[derive(Debug)]
struct Stuck {
    /// The file's inode and when anything about it has changed last.
    state: (u64, i64, i64),
    why: String,
    failures: u32,
    again: Instant,
}

impl Held {
    /// Remembers that a file could not be moved.
    pub fn hold(&mut self, inbox: &Inbox, name: &str, why: String) {
        let state = state(&inbox.path.join(name)).unwrap_or_default();
        let before = self.0.get(name).filter(|stuck| stuck.state == state);
        let failures = before.map_or(1, |stuck| stuck.failures.saturating_add(1));
        let again = Instant::now() + TRY_AGAIN.wait(failures);
        self.0.insert(name.to_owned(), Stuck { state, why, failures, again });
    }

    fn why(&self, path: &Path, name: &str) -> Option<String> {
        let stuck = self.0.get(name)?;
        (Instant::now() < stuck.again && state(path) == Some(stuck.state)).then(|| stuck.why.clone())
    }
}

fn state(path: &Path) -> Option<(u64, i64, i64)> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.ino(), found.ctime(), found.ctime_nsec()))
}

/// The drop folders of all jobs.
pub struct DropFolders {
    shared: Arc<Shared>,
    troubles: Arc<Troubles>,
    /// The watches on them, so that the code that takes a file knows what was reported of it since this process began to listen.
    watches: Mutex<BTreeMap<PathBuf, Arc<Hints>>>,
}

impl DropFolders {
    pub(super) fn new(shared: Arc<Shared>, troubles: Arc<Troubles>) -> Self {
        Self { shared, troubles, watches: Mutex::default() }
    }

    /// Returns the watch on a folder, begun where there is none on the one that lies there now; `None` where there is no folder.
    pub fn watch(&self, folder: &Path) -> Result<Option<Arc<Hints>>, String> {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hints) = watches.get(folder).filter(|hints| hints.are_of(folder)) {
            return Ok(Some(Arc::clone(hints)));
        }
        watches.remove(folder);
        if !folder.is_dir() {
            return Ok(None);
        }
        let hints = Arc::new(Hints::new(folder)?);
        watches.insert(folder.to_owned(), Arc::clone(&hints));
        Ok(Some(hints))
    }

    /// Tells whether a program was seen to begin to write a dropped file, and not to end.
    pub(super) fn is_being_written(&self, dropped: &Path) -> bool {
        let (Some(folder), Some(name)) = (dropped.parent(), dropped.file_name()) else { return false };
        let watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        watches.get(folder).is_some_and(|hints| hints.is_writing(name))
    }

    /// Watches the folder for as long as `settle` says, longer for a file whose last line has no end, and answers with the
    /// files that are ready, in the order of arrival, and with what is not taken. `None` where the program stops meanwhile.
    pub(super) async fn ready(&self, inbox: &Inbox) -> std::io::Result<Option<(Vec<Ready>, NotTaken)>> {
        inbox::make_folders(&inbox.path)?;
        // Without reports, that a file was begun and not closed is not known: how long it was alike is all there is.
        let hints = self.watch(&inbox.path).ok().flatten();
        let signs = || hints.as_ref().map(|hints| hints.writing()).unwrap_or_default();
        let (mut observer, mut strangers) = (Observer::default(), Strangers::default());
        observer.look(inbox, &signs(), self.shared.clock().now())?;
        strangers.look(inbox)?;
        let watched = observer.is_watching() || strangers.is_watching();
        let mut wait = if watched { inbox.settle } else { Duration::ZERO };
        loop {
            tokio::select! {
                () = self.shared.stop().cancelled() => return Ok(None),
                () = tokio::time::sleep(wait) => {}
            }
            let looked = observer.look(inbox, &signs(), self.shared.clock().now())?;
            let mut not_taken = strangers.look(inbox)?;
            not_taken.add(looked.held, looked.waiting);
            match looked.soon.filter(|soon| !soon.is_zero()) {
                Some(soon) => wait = soon,
                None => return Ok(Some((looked.ready, not_taken))),
            }
        }
    }

    /// Looks at a drop folder and the files in it that are ready: what hinders is journaled and told, and so is what is not
    /// taken. Answers with the files that may be taken now.
    pub async fn examine(
        &self,
        job: &Arc<Job>,
        inbox: &Inbox,
        mut ready: Vec<Ready>,
        not_taken: NotTaken,
        held: &mut Held,
    ) -> Vec<Ready> {
        let condition = Condition::of(&inbox.path);
        let NotTaken { seen: mut found, undecided } = not_taken;
        if let Some(why) = condition.words() {
            found.push(of_folder(inbox, why.to_owned()));
        }
        held.0.retain(|name, _| ready.iter().any(|file| file.name == *name));
        ready.retain(|file| {
            let path = inbox.path.join(&file.name);
            let (kind, detail) = if file.kind == Name::Table
                && let Err(error) = inbox::readable(&path)
            {
                (TroubleKind::FileNotReadable, format!("it cannot be read: {error}"))
            } else if let Some(why) = inbox::why_not_movable(&path).or_else(|| held.why(&path, &file.name)) {
                (TroubleKind::FileNotMovable, why)
            } else {
                return true;
            };
            found.push(Seen { kind, subject: file.name.clone(), detail });
            false
        });
        self.record_look(job, found, &undecided).await;
        if condition.hindrance.is_some() { Vec::new() } else { ready }
    }

    /// Journals that a drop folder could not be looked at.
    pub async fn inbox_unreadable(&self, job: &Arc<Job>, inbox: &Inbox, error: &std::io::Error) {
        let seen = of_folder(inbox, format!("it cannot be read: {error}"));
        // Nothing is known of the files now: what stood about them stands.
        if let Err(error) = self.troubles.seen(Some(&job.name), &[TroubleKind::Inbox], vec![seen]).await {
            untold(job, &error);
        }
    }

    /// Ends what stood about a job's drop folder: it has none any more.
    pub async fn inbox_gone(&self, job: &Arc<Job>) {
        self.record_look(job, Vec::new(), &HashSet::new()).await;
    }

    /// Journals that a file could not be moved.
    pub async fn tell_not_moved(&self, job: &Arc<Job>, name: &str, why: &str) {
        let seen = Seen { kind: TroubleKind::FileNotMovable, subject: name.to_owned(), detail: why.to_owned() };
        if let Err(error) = self.troubles.goes_on(Some(&job.name), seen).await {
            untold(job, &error);
        }
    }

    async fn record_look(&self, job: &Arc<Job>, found: Vec<Seen>, undecided: &HashSet<String>) {
        let covered = |(kind, subject): &(TroubleKind, String)| KINDS.contains(kind) && !undecided.contains(subject);
        if let Err(error) = self.troubles.change(Some(&job.name), covered, found).await {
            untold(job, &error);
        }
    }

    /// Moves a run's file to where it is worked on. Where that cannot be, the run is taken back: [`RunError::NotMoved`].
    pub(super) async fn take(&self, run: &UnfinishedRun, claim: &Claim) -> Result<(), RunError> {
        let why = match inbox::take(claim) {
            Ok(()) => return Ok(()),
            // The run tells that there is nothing to read.
            Err(error @ ClaimError::Vanished(_)) => {
                tracing::warn!(run = %run.id, %error, "a dropped file is gone");
                return Ok(());
            }
            Err(ClaimError::Move { why, .. }) => why,
            Err(ClaimError::Journal(error)) => return Err(error.into()),
        };
        self.shared.engine.journal.unplan(run.key).await?;
        self.shared.engine.journal.withdraw(run.id).await?;
        Err(RunError::NotMoved { file: claim.dropped.clone(), why })
    }
}

fn of_folder(inbox: &Inbox, detail: String) -> Seen {
    Seen { kind: TroubleKind::Inbox, subject: inbox.path.display().to_string(), detail }
}

/// Logs a hindrance that could not be journaled now; the next look journals it.
fn untold(job: &Arc<Job>, error: &JournalError) {
    tracing::warn!(job = %job.name, %error, "the hindrance to a drop folder's work could not be journaled");
}
