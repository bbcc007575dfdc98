//! Describes files that were taken from a drop folder, which a crash must not lose.

use std::path::PathBuf;

use super::RunKey;
use crate::clock::Timestamp;

/// A file about to be claimed.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// Its name in the drop folder.
    pub name: String,
    /// The path at which it was dropped.
    pub dropped: PathBuf,
    /// The path to which it will be renamed.
    pub claimed: PathBuf,
    /// Its inode, by which it is known again.
    pub inode: u64,
    /// True when it lies in a folder that all machines have.
    pub shared: bool,
}

/// A file that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its name in the drop folder.
    pub name: String,
    /// The path at which it was dropped.
    pub dropped: PathBuf,
    /// The path to which it was renamed.
    pub claimed: PathBuf,
    /// Its inode.
    pub inode: u64,
    /// The path at which it lies for good.
    pub settled: Option<PathBuf>,
}

/// A file that lies in its last place since not long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAway {
    /// Its run.
    pub run: RunKey,
    /// The path at which it lies.
    pub path: PathBuf,
    /// Since when, by lived time.
    pub since: Timestamp,
    /// Its length when a person was told that it is another than the one that was read.
    pub told: Option<u64>,
}
