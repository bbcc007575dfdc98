//! Watches drop folders: finds the files that are ready to be taken, and takes them so that a kill at any moment
//! loses none.

mod claim;
mod condition;
mod file;
mod keep;
mod name;
mod observe;
mod strangers;
mod traffic;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

pub use claim::{ClaimError, Folder, Taking, fail, put_away, take};
pub(crate) use claim::{create_aside, give_to_group, is_gone, is_there, last_folder, last_place, make_folders};
pub use condition::{Condition, readable, stuck, why_not_movable};
pub use file::Shape;
pub(crate) use file::has_end;
pub(crate) use keep::run_of;
pub use keep::{Cleared, clear_out};
pub use name::Name;
pub(crate) use name::split;
pub use observe::{Looked, Observer, Ready};
pub use strangers::{NotTaken, Strangers};
pub use traffic::Signs;
pub use watch::{Hints, Reach, only_polled};

/// A drop folder as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The folder into which files are dropped.
    pub path: PathBuf,
    /// The time for which a file must have been left alone.
    pub settle: Duration,
    /// The interval at which the folder is looked at, whatever the hints say.
    pub poll: Duration,
    /// The time for which a file that a program has begun to write, or that is empty, may stay as it is before it
    /// counts as a trouble.
    pub writing_timeout: Duration,
    /// The time for which files that were dealt with are kept; for ever when absent.
    pub keep_files: Option<Duration>,
    /// True when all machines that share the journal have this folder.
    pub shared: bool,
}

impl Inbox {
    /// Returns the path of one of its sub-folders.
    #[must_use]
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.path.join(folder.as_str())
    }
}
