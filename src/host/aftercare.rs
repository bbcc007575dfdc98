//! Looks at files for a while after they were put away: where writers cannot be seen, as on a network share, an
//! upload that paused may go on in a file that is long dealt with.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Host;
use crate::engine::inbox::{self, Inbox};
use crate::jobs;
use crate::journal::{JournalError, RunKey, RunView, Seen};
use crate::model::TroubleKind;

/// The interval at which they are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// So many at most, the latest.
const MOST: usize = 4096;

/// The files that were put away of late.
#[derive(Default)]
pub(super) struct Aftercare {
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
    fn files(&self) -> MutexGuard<'_, Vec<Away>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    /// Keeps an eye on a file that was put away, for as long as an upload may pause.
    pub(super) fn look_after(&self, run: &RunView, path: PathBuf, told: bool) {
        let inbox = self.config().jobs.get(&self.name_now(&run.job)).and_then(jobs::inbox);
        let (Some(inbox), Some(length)) = (inbox, jobs::kind(run.kind).length_read(&run.input)) else { return };
        let Inbox { settle, writing_timeout, .. } = inbox;
        let until = Instant::now() + writing_timeout.max(settle);
        let mut files = self.aftercare.files();
        if files.len() == MOST {
            files.remove(0);
        }
        files.push(Away { run: run.key, told, file: Watched { path, length, other: None, settle, until } });
        self.aftercare.came.notify_one();
    }

    /// Looks at files that were put away, until the program stops.
    pub async fn look_after_files(&self) {
        let forever = async {
            loop {
                self.aftercare.came.notified().await;
                while !self.aftercare.files().is_empty() {
                    tokio::time::sleep(EVERY).await;
                    self.look_at_files().await;
                }
            }
        };
        tokio::select! {
            () = self.stop().cancelled() => {}
            () = forever => {}
        }
    }

    async fn look_at_files(&self) {
        let files = std::mem::take(&mut *self.aftercare.files());
        let looked = tokio::task::spawn_blocking(move || {
            files.into_iter().filter_map(|away| Some(Away { file: away.file.look()?, ..away })).collect::<Vec<_>>()
        });
        // A look that came to grief is the last at these files.
        for mut away in looked.await.unwrap_or_default() {
            let settled = away.file.other.filter(|(_, since)| since.elapsed() >= away.file.settle);
            if let Some((length, _)) = settled {
                match self.tell_of_growth(&mut away).await {
                    Ok(()) => (away.file.length, away.file.other) = (length, None),
                    Err(error) => {
                        let file = away.file.path.display();
                        tracing::warn!(%file, %error, "what was written to a file after it was dealt with could not be told yet");
                    }
                }
            }
            self.aftercare.files().push(away);
        }
    }

    /// Puts what came late into a retry file, moves the file to `failed/`, and tells it once.
    async fn tell_of_growth(&self, away: &mut Away) -> Result<(), JournalError> {
        let (key, told, file) = (away.run, away.told, &mut away.file);
        let journal = &self.engine.journal;
        let (run, claim) = (journal.run_by_key(key).await?, journal.claim(key).await?);
        let (Some(job), Some(claim)) = (self.job(&self.name_now(&run.job)), claim) else { return Ok(()) };
        let detail = match self.engine.reread(job.as_ref(), &run, (&file.path, told), self.stop()).await {
            Ok(None) => return Ok(()),
            Ok(Some(detail)) => detail,
            Err(why) => {
                format!("it is another than the one that was read, and what came late could not be written down: {why}")
            }
        };
        match inbox::fail(&self.engine.journal, key, &claim, &file.path).await {
            Ok(path) => file.path = path,
            Err(error) => {
                tracing::warn!(run = %run.id, %error, "a file that was written to after it was dealt with stays in done");
            }
        }
        let subject = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.trouble_goes_on(Some(&run.job), Seen { kind: TroubleKind::FileGrew, subject: subject.clone(), detail })
            .await?;
        // It is told; there is nothing to wait for.
        self.trouble_ended(Some(&run.job), TroubleKind::FileGrew, &subject).await
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
