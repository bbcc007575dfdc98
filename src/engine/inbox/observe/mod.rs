//! Decides when a file in a drop folder is ready: by our own observation, since neither a date nor a size says that a copy is
//! done.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::file::{self, Shape};
use super::traffic::Signs;
use super::{Inbox, Name};
use crate::clock::Timestamp;
use crate::journal::Seen;
use crate::model::TroubleKind;

/// A file whose last line has no end is left alone for so many times `settle`: programs that write such files are few, and
/// broken uploads leave them.
const WITHOUT_END: u32 = 10;

/// Watches the files of one folder from look to look.
#[derive(Debug, Default)]
pub struct Observer {
    seen: HashMap<String, File>,
}

/// A file that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub name: String,
    /// The kind that the name tells.
    pub kind: Name,
    /// The file's shape when it was found ready.
    pub shape: Shape,
}

impl Ready {
    /// Returns its inode.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.shape.inode
    }
}

/// The findings of a look.
#[derive(Debug, Default)]
pub struct Looked {
    /// Files that may be taken, in the order of arrival.
    pub ready: Vec<Ready>,
    /// Files that ought to be whole by now, and are not taken.
    pub held: Vec<Seen>,
    /// Files of which it is not known yet what becomes of them.
    pub waiting: HashSet<String>,
    /// The time until those files are ready that lack nothing but their last line's end.
    pub soon: Option<Duration>,
}

#[derive(Debug)]
struct File {
    shape: Shape,
    since: Instant,
    first: Instant,
    /// True when this very file was renamed into place.
    renamed: bool,
    /// The end of its last line: `Some(true)` when there is one; `None` until that was looked at.
    ended: Option<bool>,
}

/// The verdict of a look on a file.
enum Verdict {
    Ready,
    /// For so long, where that is known.
    Waits(Option<Duration>),
    Held(TroubleKind, String),
}

impl Observer {
    /// Looks at the folder, at what the system's clock says is `now`; `signs` tell what was reported of it since the last look.
    ///
    /// A file is ready when no program is writing to it, and it was alike for `settle` or has been renamed into
    /// place as it is.
    pub fn look(&mut self, inbox: &Inbox, signs: &Signs, now: Timestamp) -> std::io::Result<Looked> {
        let at = Instant::now();
        let mut present = HashMap::new();
        let mut found = Looked::default();
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(&inbox.path)? {
            let entry = entry?;
            // A name that is not UTF-8 could neither be journaled nor told; its file is let be, like other strangers.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = Name::of(&name);
            let Ok(metadata) = std::fs::symlink_metadata(entry.path()) else { continue };
            if !kind.is_taken() || metadata.is_dir() {
                continue;
            }
            let shape = Shape::of(&metadata);
            let mut seen = match self.seen.remove(&name) {
                Some(seen) if seen.shape == shape => seen,
                Some(seen) => File::new(shape, at, seen.first),
                None => File::new(shape, at, at),
            };
            seen.renamed |= signs.renamed.get(OsStr::new(&name)) == Some(&shape.inode);
            let around = Around {
                inbox,
                is_written: signs.writing.contains(OsStr::new(&name)),
                // A program that keeps a date while copying cannot keep this one. It may only make a long wait a
                // short one.
                lain: now.since(Timestamp::from_seconds(metadata.ctime())),
                at,
            };
            match seen.verdict(&around, kind, &entry.path(), metadata.is_file()) {
                Verdict::Ready => {
                    ready.push(((seen.first, shape.modified), Ready { name: name.clone(), kind, shape }));
                }
                Verdict::Waits(wait) => {
                    found.waiting.insert(name.clone());
                    found.soon = found.soon.max(wait);
                }
                Verdict::Held(kind, detail) => found.held.push(Seen { kind, subject: name.clone(), detail }),
            }
            present.insert(name, seen);
        }
        self.seen = present;
        // A date that was kept while copying says nothing of when a file arrived; among those seen together it is all there is.
        ready.sort_by(|(a_time, a), (b_time, b)| (a_time, &a.name).cmp(&(b_time, &b.name)));
        found.ready = ready.into_iter().map(|(_, ready)| ready).collect();
        Ok(found)
    }

    /// Tells whether a file is being watched that is not ready yet.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// The circumstances by which a file is judged besides itself.
struct Around<'a> {
    inbox: &'a Inbox,
    is_written: bool,
    lain: Duration,
    at: Instant,
}

impl File {
    fn new(shape: Shape, since: Instant, first: Instant) -> Self {
        Self { shape, since, first, renamed: false, ended: None }
    }

    fn verdict(&mut self, around: &Around<'_>, kind: Name, path: &Path, is_file: bool) -> Verdict {
        let Inbox { settle, writing_timeout, .. } = *around.inbox;
        let alike = around.at.duration_since(self.since);
        // The time before the first look counts as well, but for the short time that this process wants to see
        // itself.
        let alike_for = |wait: Duration| alike >= wait || (alike >= settle && around.lain >= wait);
        let patience = writing_timeout.max(settle);
        if around.is_written {
            return if alike < patience {
                Verdict::Waits(None)
            } else {
                let detail = format!(
                    "somebody has begun to write it, and has neither written nor closed it for {}",
                    spoken(patience)
                );
                Verdict::Held(TroubleKind::BeingWritten, detail)
            };
        }
        if !is_file {
            return if alike >= settle || self.renamed { Verdict::Ready } else { Verdict::Waits(None) };
        }
        // A server may show nothing of an upload until it is whole.
        if self.shape.size == 0 {
            return if alike_for(patience) { Verdict::Ready } else { Verdict::Waits(None) };
        }
        // `rsync --partial` leaves such a file behind when an upload breaks.
        if self.shape.modified == (0, 0) {
            return if alike_for(patience) {
                let detail =
                    "its date is 1970-01-01, which `rsync --partial` gives to half a file when it is interrupted";
                Verdict::Held(TroubleKind::UploadBroken, detail.to_owned())
            } else {
                Verdict::Waits(None)
            };
        }
        if alike < settle && !self.renamed {
            return Verdict::Waits(None);
        }
        // A file that cannot be read is reported by the step that tries to take it.
        let ended = !kind.is_taken() || *self.ended.get_or_insert_with(|| file::of_file_has_end(path).unwrap_or(true));
        let wait = settle * WITHOUT_END;
        if ended || alike_for(wait) { Verdict::Ready } else { Verdict::Waits(Some(wait.saturating_sub(alike))) }
    }
}

/// Returns a time to wait, in words.
fn spoken(wait: Duration) -> String {
    match wait.as_secs() {
        seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
        60 => "a minute".to_owned(),
        1 => "a second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests;
