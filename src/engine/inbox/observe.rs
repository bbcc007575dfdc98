//! When a file in a drop folder is ready: by our own observation, since neither a date nor a size says that a copy is done.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::Name;

/// Watches the files of one folder from look to look.
#[derive(Debug, Default)]
pub struct Observer {
    seen: HashMap<String, Seen>,
}

/// A file that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub name: String,
    /// What the name says.
    pub kind: Name,
    /// Its inode.
    pub inode: u64,
}

#[derive(Debug)]
struct Seen {
    shape: Shape,
    since: Instant,
    first: Instant,
}

/// What must stay alike: size, time of change to the nanosecond, inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    size: u64,
    modified: (i64, i64),
    inode: u64,
}

impl Observer {
    /// Looks at the folder. A file is ready when it was alike for `settle`, or when its name is among those `renamed` into
    /// place since the last look; in the order of arrival.
    pub fn look(&mut self, folder: &Path, settle: Duration, renamed: &[String]) -> std::io::Result<Vec<Ready>> {
        let now = Instant::now();
        let mut present = HashMap::new();
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // A name that is not UTF-8 could neither be journaled nor told; its file is let be, like other strangers.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = Name::of(&name);
            let Ok(metadata) = std::fs::symlink_metadata(entry.path()) else { continue };
            if !kind.is_taken() || metadata.is_dir() {
                continue;
            }
            let shape = Shape {
                size: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                inode: metadata.ino(),
            };
            let (since, first) = match self.seen.get(&name) {
                Some(seen) if seen.shape == shape => (seen.since, seen.first),
                Some(seen) => (now, seen.first),
                None => (now, now),
            };
            if now.duration_since(since) >= settle || renamed.contains(&name) {
                ready.push(((first, shape.modified), Ready { name: name.clone(), kind, inode: shape.inode }));
            }
            present.insert(name, Seen { shape, since, first });
        }
        self.seen = present;
        // A date that was kept while copying says nothing of when a file arrived; among those seen together it is all there is.
        ready.sort_by(|(a_time, a), (b_time, b)| (a_time, &a.name).cmp(&(b_time, &b.name)));
        Ok(ready.into_iter().map(|(_, ready)| ready).collect())
    }

    /// Whether a file is being watched that is not ready yet.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        !self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(5);

    fn names(ready: &[Ready]) -> Vec<&str> {
        ready.iter().map(|ready| ready.name.as_str()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_still_grows_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let mut observer = Observer::default();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "room").unwrap();
        assert!(observer.look(folder.path(), SETTLE, &[]).unwrap().is_empty());
        tokio::time::advance(Duration::from_secs(4)).await;
        std::fs::write(&path, "room_name").unwrap();
        assert!(observer.look(folder.path(), SETTLE, &[]).unwrap().is_empty());
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(observer.look(folder.path(), SETTLE, &[]).unwrap().is_empty());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names(&observer.look(folder.path(), SETTLE, &[]).unwrap()), ["a.csv"]);
    }

    #[tokio::test(start_paused = true)]
    async fn files_are_taken_in_the_order_in_which_they_were_first_seen() {
        let folder = tempfile::tempdir().unwrap();
        let mut observer = Observer::default();
        std::fs::write(folder.path().join("new.csv"), "x").unwrap();
        observer.look(folder.path(), SETTLE, &[]).unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        let old = std::fs::File::create(folder.path().join("old.csv")).unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        observer.look(folder.path(), SETTLE, &[]).unwrap();
        tokio::time::advance(SETTLE).await;
        assert_eq!(names(&observer.look(folder.path(), SETTLE, &[]).unwrap()), ["new.csv", "old.csv"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_was_renamed_into_place_is_ready_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "x").unwrap();
        std::fs::create_dir(folder.path().join("folder.csv")).unwrap();
        std::fs::write(folder.path().join("a.csv.part"), "x").unwrap();
        let mut observer = Observer::default();
        let ready = observer.look(folder.path(), SETTLE, &["a.csv".to_owned()]).unwrap();
        assert_eq!(names(&ready), ["a.csv"]);
    }
}
