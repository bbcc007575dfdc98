//! Listens to the system's reports on a drop folder. The poll is the truth about the folder's contents: a report
//! makes it come sooner, and keeps a file that is being written from being taken. Where other machines write to the folder, no report says so.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use super::traffic::{Signs, Traffic, Worth};
use crate::failpoint;

/// Reports about one folder, from now on.
#[derive(Debug)]
pub struct Hints {
    shared: Arc<Shared>,
    /// The folder's device and inode.
    of: Option<(u64, u64)>,
    _watcher: RecommendedWatcher,
}

#[derive(Debug, Default)]
struct Shared {
    traffic: Mutex<Traffic>,
    something: Notify,
}

impl Hints {
    /// Watches the folder. The system may refuse: there are limits to how much is watched.
    pub fn new(folder: &Path) -> Result<Self, String> {
        if failpoint::is_on("inbox.unwatched") {
            return Err("the limit on watches is reached".to_owned());
        }
        // Whatever takes its place afterwards is another folder, and found to be one.
        let of = identity(folder);
        let shared = Arc::new(Shared::default());
        let (inner, path) = (Arc::clone(&shared), folder.to_owned());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if let Ok(event) = event {
                inner.take(&event, &path);
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        Ok(Self { shared, of, _watcher: watcher.map_err(|error| error.to_string())? })
    }

    /// Tells whether the watched folder is still the one that lies there: one that was removed and made again is
    /// not.
    #[must_use]
    pub fn are_of(&self, folder: &Path) -> bool {
        !self.shared.traffic().is_gone() && identity(folder) == self.of
    }

    /// Waits until there is something to look at.
    pub async fn next(&self) {
        self.shared.something.notified().await;
    }

    /// Returns which files are being written, and which were renamed into place since this was last asked.
    #[must_use]
    pub fn signs(&self) -> Signs {
        self.shared.traffic().signs(Instant::now())
    }

    /// Tells whether a program is writing to a file of the folder.
    #[must_use]
    pub fn is_writing(&self, name: &OsStr) -> bool {
        self.shared.traffic().is_writing(name, Instant::now())
    }

    /// Returns which files are being written; a caller that asks for renamings hears of them later.
    #[must_use]
    pub fn writing(&self) -> Signs {
        self.shared.traffic().writing(Instant::now())
    }
}

impl Shared {
    fn take(&self, event: &Event, folder: &Path) {
        let inode = |path: &Path| std::fs::symlink_metadata(path).ok().map(|metadata| metadata.ino());
        if self.traffic().take(event, folder, Instant::now(), inode) == Worth::Look {
            self.something.notify_one();
        }
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The way in which a folder's files are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// By what the system reports.
    Watched,
    /// By looking alone, for this reason.
    Polled(String),
}

/// File systems that other machines write to, or that a program stands in for, by the number that each has in Linux's `magic.h`
/// or in its own sources.
const SHARED: [(u64, &str); 16] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564C, "NCP"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x0BD0_0BD0, "Lustre"),
    (0x786F_4256, "VirtualBox"),
    (0x4750_4653, "GPFS"),
];

/// Returns the kind of share that the folder lies on, where others may write to it unnoticed.
#[must_use]
pub fn only_polled(folder: &Path) -> Option<&'static str> {
    let found = u64::try_from(rustix::fs::statfs(folder).ok()?.f_type).ok()? & 0xFFFF_FFFF;
    share(found)
}

fn share(found: u64) -> Option<&'static str> {
    SHARED.iter().find(|(number, _)| *number == found).map(|(_, name)| *name)
}

impl Reach {
    /// Finds out by trying.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        if let Some(share) = only_polled(folder) {
            return Self::Polled(format!(
                "it lies on a {share} share, and nobody reports what other machines do there"
            ));
        }
        match Hints::new(folder) {
            Ok(_) => Self::Watched,
            Err(why) => Self::Polled(format!("the system does not report what happens there: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Waits for a level of what the system reports.
    async fn until(hints: &Hints, mut reached: impl FnMut(Signs) -> bool) {
        while !reached(hints.signs()) {
            hints.next().await;
        }
    }

    #[tokio::test]
    async fn a_renaming_into_the_folder_is_told_with_its_inode() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
        let hints = Hints::new(folder.path()).unwrap();
        std::fs::write(outside.path().join("x"), "x").unwrap();
        let inode = std::fs::metadata(outside.path().join("x")).unwrap().ino();
        std::fs::rename(outside.path().join("x"), folder.path().join("a.csv")).unwrap();
        until(&hints, |signs| signs.renamed == [("a.csv".into(), inode)].into()).await;
    }

    #[tokio::test]
    async fn a_file_is_being_written_until_it_is_closed_also_when_it_is_renamed_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let hints = Hints::new(folder.path()).unwrap();
        let mut file = std::fs::File::create(folder.path().join(".a.part")).unwrap();
        until(&hints, |signs| signs.writing.contains(OsStr::new(".a.part"))).await;
        file.write_all(b"x").unwrap();
        std::fs::rename(folder.path().join(".a.part"), folder.path().join("a.csv")).unwrap();
        until(&hints, |signs| signs.writing.contains(OsStr::new("a.csv")) && signs.writing.len() == 1).await;
        assert!(hints.is_writing(OsStr::new("a.csv")));
        drop(file);
        until(&hints, |signs| signs.writing.is_empty()).await;
    }

    #[tokio::test]
    async fn a_folder_that_was_made_again_is_not_the_one_that_is_watched() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("inbox");
        std::fs::create_dir(&folder).unwrap();
        let hints = Hints::new(&folder).unwrap();
        assert!(hints.are_of(&folder));
        std::fs::rename(&folder, around.path().join("old")).unwrap();
        assert!(!hints.are_of(&folder));
        std::fs::create_dir(&folder).unwrap();
        assert!(!hints.are_of(&folder));
        assert!(Hints::new(&around.path().join("nowhere")).is_err());
    }

    #[test]
    fn a_folder_of_this_machine_is_watched_and_one_that_is_not_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Reach::of(folder.path()), Reach::Watched);
        assert!(matches!(Reach::of(&folder.path().join("nowhere")), Reach::Polled(_)));
    }

    #[test]
    fn shares_are_known_by_number() {
        assert_eq!((share(0x6969), share(0xFF53_4D42), share(0xEF53)), (Some("NFS"), Some("CIFS"), None));
    }
}
