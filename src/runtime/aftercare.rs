//! Looks at files for a while after they were put away: where writers cannot be seen, as on a network share, an
//! upload that paused may go on in a file that is long dealt with. The trouble about a file that grew ends once a user has dealt
//! with it: the retry file or the file itself was handed in, or the file was taken away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::shared::Shared;
use super::troubles::Troubles;
use crate::clock::Timestamp;
use crate::engine::inbox::{self, Folder, Inbox};
use crate::jobs;
use crate::journal::{Claim, JournalError, RunKey, RunView, Seen};
use crate::model::{Digest, TroubleKind};

/// The interval at which they are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// So many at most, the latest.
const MOST_FILES: usize = 4096;
/// The interval at which it is checked if a user has dealt with the files that grew.
const GREW_EVERY: Duration = Duration::from_secs(6);
/// The time before a start within which it looks at files that were put away.
const LATELY: Duration = Duration::from_hours(24);

/// The files that were put away of late.
pub struct Aftercare {
    shared: Arc<Shared>,
    troubles: Arc<Troubles>,
    files: Mutex<Vec<Away>>,
    /// One came.
    came: Notify,
}

/// A file that was put away, with its run.
struct Away {
    run: RunKey,
    /// True when it was another than the one that was read when it was put away already, which the run's end has told.
    told: bool,
    file: Watched,
}

/// The known state of such a file.
#[derive(Debug, Clone)]
struct Watched {
    path: PathBuf,
    /// Its length, as far as that is known and told.
    length: u64,
    /// Another length that was seen, and since when.
    other: Option<(u64, Instant)>,
    settle: Duration,
    until: Instant,
}

impl Aftercare {
    pub(super) fn new(shared: Arc<Shared>, troubles: Arc<Troubles>) -> Self {
        Self { shared, troubles, files: Mutex::default(), came: Notify::new() }
    }

    fn files(&self) -> MutexGuard<'_, Vec<Away>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an eye on a file that was put away, for as long as an upload may pause.
    pub(super) async fn look_after(&self, run: &RunView, path: PathBuf, told: bool) {
        if told
            && let Ok(found) = std::fs::symlink_metadata(&path)
            && let Err(error) = self.shared.journal().claim_told(run.key, found.len()).await
        {
            tracing::warn!(%error, "the journal has no note that a file is another than the one that was read");
        }
        if let Some((file, _)) = self.watched(run, path, Duration::ZERO) {
            self.add(Away { run: run.key, told, file });
        }
    }

    /// Gathers what there is to know of a file that lies there so long, and how long an upload to it may pause.
    fn watched(&self, run: &RunView, path: PathBuf, lies: Duration) -> Option<(Watched, Duration)> {
        let inbox = self.shared.config().jobs.get(&self.shared.name_now(&run.job)).and_then(jobs::inbox)?;
        let length = jobs::kind(run.kind).length_read(&run.input)?;
        let Inbox { settle, writing_timeout, .. } = inbox;
        let patience = writing_timeout.max(settle);
        let until = Instant::now() + patience.saturating_sub(lies);
        Some((Watched { path, length, other: None, settle, until }, patience))
    }

    fn add(&self, away: Away) {
        let mut files = self.files();
        if files.len() == MOST_FILES {
            files.remove(0);
        }
        files.push(away);
        self.came.notify_one();
    }

    /// Looks once more at files that were put away before this process began: they may have grown while none ran. A
    /// file that was written to longer after that than an upload may pause is a user's own doing.
    async fn take_up_files(&self) -> Result<(), JournalError> {
        let now = self.shared.journal().time();
        let since = now.lived_ago(LATELY);
        let lately = self.shared.journal().put_away_lately(since, MOST_FILES).await?;
        for away in lately.into_iter().rev() {
            let run = self.shared.journal().run_by_key(away.run).await?;
            let Some((file, patience)) = self.watched(&run, away.path, now.lived.since(away.since)) else { continue };
            let written = std::fs::symlink_metadata(&file.path).ok().and_then(|found| found.modified().ok());
            let last = run.ended.map(|ended| ended.plus(patience));
            if written.map(Timestamp::from).is_some_and(|written| last.is_some_and(|last| written <= last)) {
                let length = away.told.unwrap_or(file.length);
                self.add(Away { run: run.key, told: away.told.is_some(), file: Watched { length, ..file } });
            }
        }
        Ok(())
    }

    /// Looks at files that were put away, until the program stops.
    pub async fn look_after_files(&self) {
        if let Err(error) = self.take_up_files().await {
            tracing::warn!(%error, "files that were put away before could not be looked at again");
        }
        let files = async {
            loop {
                self.came.notified().await;
                while !self.files().is_empty() {
                    tokio::time::sleep(EVERY).await;
                    self.look_at_files().await;
                }
            }
        };
        let grown = async {
            loop {
                tokio::time::sleep(GREW_EVERY).await;
                if let Err(error) = self.look_at_growth().await {
                    tracing::warn!(%error, "the journal could not tell whether files that grew were dealt with");
                }
            }
        };
        let forever = async { tokio::join!(files, grown) };
        tokio::select! {
            () = self.shared.stop().cancelled() => {}
            _ = forever => {}
        }
    }

    async fn look_at_files(&self) {
        let files = std::mem::take(&mut *self.files());
        let looked = tokio::task::spawn_blocking(move || {
            files.into_iter().filter_map(|away| Some(Away { file: away.file.look()?, ..away })).collect::<Vec<_>>()
        });
        // A look that came to grief is the last at these files.
        for mut away in looked.await.unwrap_or_default() {
            let settled = away.file.other.filter(|(_, since)| since.elapsed() >= away.file.settle);
            if let Some((length, _)) = settled {
                let told = match self.tell_of_growth(&mut away).await {
                    Ok(()) => self.shared.journal().claim_told(away.run, length).await,
                    Err(error) => Err(error),
                };
                match told {
                    Ok(()) => (away.file.length, away.file.other) = (length, None),
                    Err(error) => {
                        let file = away.file.path.display();
                        tracing::warn!(%file, %error, "the lines that were written to a file after it was dealt with could not be told yet");
                    }
                }
            }
            self.files().push(away);
        }
    }

    /// Puts what came late into a retry file, moves the file to `failed/`, and tells it once.
    async fn tell_of_growth(&self, away: &mut Away) -> Result<(), JournalError> {
        let (key, told, file) = (away.run, away.told, &mut away.file);
        let journal = self.shared.journal();
        let (run, claim) = (journal.run_by_key(key).await?, journal.claim(key).await?);
        let (Some(job), Some(claim)) = (self.shared.job(&self.shared.name_now(&run.job)), claim) else { return Ok(()) };
        let detail = match self.shared.engine.reread(job.as_ref(), &run, (&file.path, told), self.shared.stop()).await {
            Ok(None) => return Ok(()),
            Ok(Some(detail)) => detail,
            Err(why) => {
                format!("it is another than the one that was read, and what came late could not be written down: {why}")
            }
        };
        match inbox::fail(self.shared.journal(), key, &claim, &file.path).await {
            Ok(path) => file.path = path,
            Err(error) => {
                tracing::warn!(run = %run.id, %error, "a file that was written to after it was dealt with stays in done");
            }
        }
        let subject = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.troubles.goes_on(Some(&run.job), Seen { kind: TroubleKind::FileGrew, subject, detail }).await
    }

    /// Looks at what stands, and ends what was dealt with.
    async fn look_at_growth(&self) -> Result<(), JournalError> {
        for (subject, detail) in self.troubles.of_kind(TroubleKind::FileGrew).await {
            let Some(id) = inbox::run_of(&subject) else { continue };
            let Some(run) = self.shared.journal().run(id).await? else { continue };
            let Some(claim) = self.shared.journal().claim(run.key).await? else { continue };
            if self.is_dealt_with(&run, &claim, &detail).await? {
                self.troubles.ended(Some(&run.job), TroubleKind::FileGrew, &subject).await?;
            }
        }
        Ok(())
    }

    async fn is_dealt_with(&self, run: &RunView, claim: &Claim, detail: &str) -> Result<bool, JournalError> {
        let Some(file) = claim.settled.clone() else { return Ok(false) };
        if inbox::is_gone(&file) {
            return Ok(true);
        }
        // A file that was written over, or whose rows could not be written down, has no such retry file.
        let retry = jobs::kind(run.kind).late_retry_name(&run.input, run.id).filter(|name| detail.contains(name));
        if let (Some(name), Some(inbox)) = (retry, claim.dropped.parent()) {
            let retry = inbox.join(Folder::Failed.as_str()).join(name);
            if inbox::is_gone(&retry) || self.was_handed_in(retry).await? {
                return Ok(true);
            }
        }
        self.was_handed_in(file).await
    }

    /// Tells whether a file of this content was handed in, and its run has ended.
    async fn was_handed_in(&self, path: PathBuf) -> Result<bool, JournalError> {
        match tokio::task::spawn_blocking(move || fingerprint(&path)).await {
            Ok(Ok(hash)) => self.shared.journal().was_dealt_with(hash).await,
            _ => Ok(false),
        }
    }
}

impl Watched {
    /// Looks at the file; `None` where it need not be looked at any more.
    fn look(mut self) -> Option<Self> {
        let length = std::fs::symlink_metadata(&self.path).ok().filter(std::fs::Metadata::is_file)?.len();
        self.other = match self.other {
            _ if length == self.length => None,
            Some((seen, since)) if seen == length => Some((seen, since)),
            _ => Some((length, Instant::now())),
        };
        (self.other.is_some() || Instant::now() < self.until).then_some(self)
    }
}

/// Computes the fingerprint of a file, as a run takes it of the file that it reads.
fn fingerprint(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(Digest::of(hasher.finalize().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_is_looked_at_until_its_time_is_over_and_longer_while_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "abc").unwrap();
        let second = Duration::from_secs(1);
        let away =
            Watched { path: path.clone(), length: 3, other: None, settle: second, until: Instant::now() + second };
        assert!(away.clone().look().is_some_and(|away| away.other.is_none()));
        std::fs::write(&path, "abcd").unwrap();
        let grown = away.clone().look().unwrap();
        tokio::time::advance(2 * second).await;
        let (length, since) = grown.look().unwrap().other.unwrap();
        assert_eq!((length, since.elapsed()), (4, 2 * second));
        std::fs::write(&path, "abc").unwrap();
        assert!(away.clone().look().is_none());
        std::fs::remove_file(&path).unwrap();
        assert!(Watched { until: Instant::now() + second, ..away }.look().is_none());
    }
}
