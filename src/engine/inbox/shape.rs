//! Describes a file by the attributes that change when a program writes to it: so an observer who looked at the
//! file before can tell that it is still the same.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Size, times of change of what it says and of the file itself, to the nanosecond, and inode. A file that was renamed away and
/// back has another change time, though it says the same: a report of that may still be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub(super) size: u64,
    pub(super) modified: (i64, i64),
    pub(super) changed: (i64, i64),
    pub(super) inode: u64,
}

impl Shape {
    /// Takes it from what the system says of a file.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }

    /// Tells whether the file that lies there has this shape; the target of a link has not.
    #[must_use]
    pub fn is_of(&self, path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok_and(|metadata| Self::of(&metadata) == *self)
    }
}
