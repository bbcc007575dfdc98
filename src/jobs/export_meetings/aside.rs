//! A file beside the export, in the same folder, in which the next state of the export is made ready. It is renamed into the
//! export's place or goes away; what a crash left of it is cleared away by the next run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::engine::inbox::create_aside;
use crate::failpoint;
use crate::model::{JobName, RunId};

/// What such a file's name ends with.
const ENDING: &str = ".tmp";

/// A file that goes away unless it is put in its place.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) file: File,
    path: Option<PathBuf>,
}

impl Aside {
    /// An empty one in this folder, for its owner alone.
    pub(super) fn create(folder: &Path, job: &JobName, run: RunId) -> io::Result<Self> {
        let path = folder.join(format!("{}{run}{ENDING}", beginning(job)));
        let file = create_aside(&path, 0o600)?;
        Ok(Self { file, path: Some(path) })
    }

    /// Another look at what was written.
    pub(super) fn reopen(&self) -> io::Result<File> {
        match &self.path {
            Some(path) => File::open(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Syncs it and renames it to `path`; with `over` in place of what is there, else only where nothing is.
    pub(super) fn place(mut self, path: &Path, over: bool) -> io::Result<()> {
        failpoint::reach("file.sync.before");
        self.file.sync_all()?;
        failpoint::reach("file.rename.before");
        if let Some(aside) = &self.path {
            if over {
                std::fs::rename(aside, path)?;
            } else {
                rename_to_nothing(aside, path)?;
            }
        }
        self.path = None;
        failpoint::reach("file.rename.after");
        sync_folder(path)?;
        failpoint::reach("file.sync.after");
        Ok(())
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(path) = self.path.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::debug!(%error, "an unfinished file could not be removed");
        }
    }
}

/// Clears away what earlier runs of the job left in the folder.
pub(super) fn sweep(folder: &Path, job: &JobName) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| {
            let run = name.strip_prefix(&beginning(job)).and_then(|rest| rest.strip_suffix(ENDING));
            run.is_some_and(|run| run.parse::<RunId>().is_ok())
        });
        if is_ours && let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(file = %entry.path().display(), %error, "an unfinished file could not be removed");
        }
    }
}

/// Makes it durable that this file or folder is in its folder, or is not there any more.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Whether `one` begins with all that is in `other`.
pub(super) fn begins_with(one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let mut one = io::BufReader::with_capacity(BLOCK, one);
    let (mut theirs, mut ours) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let n = other.read(&mut theirs)?;
        if n == 0 {
            return Ok(true);
        }
        let (theirs, ours) = (&theirs[..n], &mut ours[..n]);
        match one.read_exact(ours) {
            Ok(()) if theirs == ours => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

const BLOCK: usize = 64 * 1024;

/// Names of two jobs never begin alike: a dot is in no job's name.
fn beginning(job: &JobName) -> String {
    format!(".export.{job}.")
}

/// Renames where nothing is in the way. On filesystems that cannot promise it, a look just before has to do.
fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if std::fs::symlink_metadata(to).is_err() => {
            std::fs::rename(from, to)
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_job_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let (job, run): (JobName, _) = ("history".parse().unwrap(), RunId::generate());
        let others = [".export.other.tmp".to_owned(), format!(".export.hist.{run}.tmp"), "m.csv".to_owned()];
        for name in &others {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::write(folder.path().join(format!(".export.history.{run}.tmp")), "").unwrap();
        sweep(folder.path(), &job);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), others.len());
    }

    #[test]
    fn one_begins_with_another_only_where_all_of_it_is_there() {
        let begins = |one: &str, other: &str| begins_with(one.as_bytes(), other.as_bytes()).unwrap();
        assert!(begins("abc", "abc") && begins("abcd", "abc") && begins("abc", ""));
        assert!(!begins("ab", "abc") && !begins("abd", "abc"));
    }

    #[test]
    fn what_is_not_put_in_its_place_goes_away_and_what_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (job, path): (JobName, _) = ("history".parse().unwrap(), folder.path().join("m.csv"));
        let aside = || Aside::create(folder.path(), &job, RunId::generate()).unwrap();
        drop(aside());
        aside().place(&path, false).unwrap();
        assert!(aside().place(&path, false).is_err());
        aside().place(&path, true).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
