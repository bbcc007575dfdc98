//! Clears out `done/` and `failed/` where the configuration says how long files are kept there. A file is known as ours by the
//! run's id in its name, and is as old as the journal knows it to lie there; nothing else is ever deleted, and nothing at all
//! while the clock is doubted.

use std::path::{Path, PathBuf};

use super::{Folder, Inbox};
use crate::clock::Doubt;
use crate::journal::{Journal, JournalError};
use crate::model::RunId;

/// Files that the journal is asked about at once.
const FILES_AT_ONCE: usize = 500;

/// The result of a look for old files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleared {
    /// So many were deleted.
    Deleted(u32),
    /// The clock is doubted, so that none was.
    Doubted(Doubt),
}

/// Deletes files that were put away longer ago than the inbox keeps them. A folder or file that refuses is logged, and tried
/// again the next time.
pub async fn clear_out(journal: &Journal, inbox: &Inbox) -> Result<Cleared, JournalError> {
    let Some(keep) = inbox.keep_files else { return Ok(Cleared::Deleted(0)) };
    let time = journal.time();
    let mut deleted = 0;
    for folder in [Folder::Done, Folder::Failed] {
        let mut files = files_of(&inbox.folder(folder));
        loop {
            let page: Vec<_> = files.by_ref().take(FILES_AT_ONCE).collect();
            if page.is_empty() {
                break;
            }
            // Also while the clock is doubted: whatever lies there has been seen.
            let since = journal.put_away_since(page.iter().map(|(run, _)| *run).collect()).await?;
            let old = page.into_iter().zip(since).filter(|(_, since)| time.lived.since(*since) > keep);
            if time.doubt.is_none() {
                deleted += old.map(|((_, path), _)| delete(&path)).sum::<u32>();
            }
        }
    }
    Ok(time.doubt.map_or(Cleared::Deleted(deleted), Cleared::Doubted))
}

/// Returns the files of ours in a folder, with their runs.
fn files_of(folder: &Path) -> Box<dyn Iterator<Item = (RunId, PathBuf)> + Send> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was ever put there.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Box::new(std::iter::empty()),
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "old files could not be looked for");
            return Box::new(std::iter::empty());
        }
    };
    Box::new(entries.flatten().filter_map(|entry| {
        let run = entry.file_name().to_str().and_then(run_of)?;
        (!entry.file_type().is_ok_and(|kind| kind.is_dir())).then(|| (run, entry.path()))
    }))
}

fn delete(path: &Path) -> u32 {
    match std::fs::remove_file(path) {
        Ok(()) => 1,
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "an old file could not be deleted");
            0
        }
    }
}

/// Returns the run in a name of ours: `NAME.RUN.csv` (or another ending that is taken), `NAME.RUN.results.csv`,
/// `NAME.RUN.retry.csv`.
pub(crate) fn run_of(name: &str) -> Option<RunId> {
    let (name, _) = super::split(name)?;
    let name = name.strip_suffix(".results").or_else(|| name.strip_suffix(".retry")).unwrap_or(name);
    let (_, run) = name.rsplit_once('.')?;
    // Written as we write it, and in no other of the ways in which such an id can be.
    run.parse::<RunId>().ok().filter(|parsed| parsed.to_string() == run)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, Timestamp, Uptime};
    use crate::journal::Workspace;

    const DAY: Duration = Duration::from_hours(24);

    /// A wall clock and a boot clock, in days.
    #[derive(Debug)]
    struct Clocks(Mutex<(i64, u32)>);

    impl Clock for Clocks {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0.lock().unwrap().0 * 24 * 3600)
        }

        fn uptime(&self) -> Uptime {
            Uptime { boot: [7; 16], since: DAY * self.0.lock().unwrap().1 }
        }
    }

    #[tokio::test]
    async fn only_files_of_ours_go_and_only_when_they_have_lain_there_for_long() {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let clocks = Arc::new(Clocks(Mutex::new((20_000, 1))));
        let lock = Workspace::at(state.path()).lock("a test").unwrap();
        let journal = Journal::open_by(lock, Arc::clone(&clocks) as Arc<dyn Clock>).unwrap();
        let inbox = Inbox {
            path: folder.path().to_owned(),
            settle: Duration::ZERO,
            poll: DAY,
            writing_timeout: DAY,
            keep_files: Some(DAY * 90),
            shared: false,
        };
        super::super::make_folders(&inbox.path).unwrap();
        let run = RunId::generate();
        let ours = [format!("a.b.{run}.txt"), format!("a.{run}.results.csv"), format!("a.{run}.retry.csv")];
        let strangers =
            ["a.csv".to_owned(), format!("{run}.csv"), format!("a.{run}.pdf"), "notes.results.csv".to_owned()];
        for name in ours.iter().chain(&strangers) {
            std::fs::write(inbox.folder(Folder::Done).join(name), "").unwrap();
            std::fs::write(inbox.folder(Folder::Processing).join(name), "").unwrap();
        }
        std::fs::create_dir(inbox.folder(Folder::Failed).join(&ours[0])).unwrap();
        let at = |wall, up| *clocks.0.lock().unwrap() = (wall, up);
        let clear = async |inbox: &Inbox| clear_out(&journal, inbox).await.unwrap();
        // However old the run's id says that it is: now they are seen.
        assert_eq!(clear(&inbox).await, Cleared::Deleted(0));
        at(20_090, 91);
        assert_eq!(clear(&inbox).await, Cleared::Deleted(0));
        // A clock that leaps makes nothing old, nor does one that was behind when they came.
        at(22_590, 91);
        assert!(matches!(clear(&inbox).await, Cleared::Doubted(doubt) if doubt.shown == clocks.now()));
        journal.believe_clock().await.unwrap();
        assert_eq!(clear(&inbox).await, Cleared::Deleted(0));
        at(10_000, 91);
        assert_eq!(clear(&inbox).await, Cleared::Deleted(0));
        at(22_591, 92);
        assert_eq!(clear(&Inbox { keep_files: None, ..inbox.clone() }).await, Cleared::Deleted(0));
        assert_eq!(clear(&inbox).await, Cleared::Deleted(3));
        for name in &strangers {
            assert!(inbox.folder(Folder::Done).join(name).exists(), "{name}");
        }
        assert!(inbox.folder(Folder::Processing).join(&ours[1]).exists());
        assert!(inbox.folder(Folder::Failed).join(&ours[0]).is_dir());
    }
}
