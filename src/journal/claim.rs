//! Describes files that were taken from a drop folder, which a crash must not lose.

use std::path::PathBuf;

use super::RunKey;
use crate::clock::Timestamp;

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

/// A file that lies in its last place since not long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAway {
    /// Its run.
    pub run: RunKey,
    /// Where it lies.
    pub path: PathBuf,
    /// Since when, by lived time.
    pub since: Timestamp,
    /// How long it was when somebody was told that it is another than the one that was read.
    pub told: Option<u64>,
}
