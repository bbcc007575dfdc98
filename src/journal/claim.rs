//! Describes files that were taken from a drop folder, which a crash must not lose.

use std::path::PathBuf;

/// A file about to be claimed.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// Its name in the drop folder.
    pub name: String,
    /// Where it was dropped.
    pub dropped: PathBuf,
    /// Where it will be renamed to.
    pub claimed: PathBuf,
    /// Its inode, by which it is known again.
    pub inode: u64,
}

/// A file that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its name in the drop folder.
    pub name: String,
    /// Where it was dropped.
    pub dropped: PathBuf,
    /// Where it was renamed to.
    pub claimed: PathBuf,
    /// Its inode.
    pub inode: u64,
    /// Where it lies for good.
    pub settled: Option<PathBuf>,
}
