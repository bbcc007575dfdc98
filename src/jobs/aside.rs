//! Writes a file beside the place where it belongs: it is synced and renamed into that place, or gone. So no reader
//! ever sees half a file, and no crash leaves one under a name that counts.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::engine::inbox::create_aside;
use crate::failpoint;

/// A file that goes away unless it is put in its place.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) file: File,
    path: Option<PathBuf>,
}

impl Aside {
    /// Makes an empty file under this name, in the folder where it belongs, for its owner alone. What a crash left under it goes.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        failpoint::write("file.create")?;
        let file = create_aside(&path, 0o600)?;
        Ok(Self { file, path: Some(path) })
    }

    /// Opens the written file once more.
    pub(super) fn reopen(&self) -> io::Result<File> {
        match &self.path {
            Some(path) => File::open(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Syncs it and renames it to `path`; with `over` in place of what is there, else only where nothing is.
    pub(super) fn place(mut self, path: &Path, over: bool) -> io::Result<()> {
        failpoint::write("file.sync")?;
        failpoint::reach("file.sync.before");
        self.file.sync_all()?;
        failpoint::write("file.rename")?;
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

/// Makes it durable that this file or folder is in its folder, or is not there any more.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
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
    fn what_is_not_put_in_its_place_goes_away_and_what_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let aside = || Aside::create(folder.path().join(".m.csv.tmp")).unwrap();
        drop(aside());
        aside().place(&path, false).unwrap();
        assert!(aside().place(&path, false).is_err());
        aside().place(&path, true).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
