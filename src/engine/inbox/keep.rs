//! Clears out `done/` and `failed/` where the configuration says how long files are kept there. A file is known as ours by the
//! run's id in its name, and is as old as that run; nothing else is ever deleted.

use std::path::Path;
use std::time::Duration;

use super::{Folder, Inbox};
use crate::clock::Timestamp;
use crate::model::RunId;

/// Deletes files of runs that began longer ago than the inbox keeps them; tells how many. A folder or file that refuses is
/// logged, and tried again the next time.
#[must_use]
pub fn clear_out(inbox: &Inbox, now: Timestamp) -> u32 {
    let Some(keep) = inbox.keep_files else { return 0 };
    [Folder::Done, Folder::Failed].into_iter().map(|folder| clear(&inbox.folder(folder), keep, now)).sum()
}

fn clear(folder: &Path, keep: Duration, now: Timestamp) -> u32 {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was ever put there.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return 0,
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "old files could not be looked for");
            return 0;
        }
    };
    let mut deleted = 0;
    for entry in entries.flatten() {
        let old = entry.file_name().to_str().and_then(run_of).and_then(RunId::began).is_some_and(|began| {
            // A clock that was set back makes nothing old.
            now > began && now.since(began) > keep
        });
        if !old || entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        match std::fs::remove_file(entry.path()) {
            Ok(()) => deleted += 1,
            Err(error) => tracing::warn!(file = %entry.path().display(), %error, "an old file could not be deleted"),
        }
    }
    deleted
}

/// The run in a name of ours: `NAME.RUN.csv` (or another ending that is taken), `NAME.RUN.results.csv`, `NAME.RUN.retry.csv`.
fn run_of(name: &str) -> Option<RunId> {
    let (name, _) = super::split(name)?;
    let name = name.strip_suffix(".results").or_else(|| name.strip_suffix(".retry")).unwrap_or(name);
    let (_, run) = name.rsplit_once('.')?;
    // Written as we write it, and in no other of the ways in which such an id can be.
    run.parse::<RunId>().ok().filter(|parsed| parsed.to_string() == run)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn only_files_of_ours_go_and_only_when_their_run_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox {
            path: folder.path().to_owned(),
            settle: Duration::ZERO,
            poll: DAY,
            writing_timeout: DAY,
            keep_files: Some(DAY * 90),
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
        let began = run.began().unwrap();
        assert_eq!(clear_out(&inbox, began.plus(DAY * 90)), 0);
        assert_eq!(clear_out(&inbox, began.minus(DAY)), 0);
        assert_eq!(clear_out(&Inbox { keep_files: None, ..inbox.clone() }, began.plus(DAY * 900)), 0);
        assert_eq!(clear_out(&inbox, began.plus(DAY * 91)), 3);
        for name in &strangers {
            assert!(inbox.folder(Folder::Done).join(name).exists(), "{name}");
        }
        assert!(inbox.folder(Folder::Processing).join(&ours[1]).exists());
        assert!(inbox.folder(Folder::Failed).join(&ours[0]).is_dir());
    }
}
