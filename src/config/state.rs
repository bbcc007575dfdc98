//! `[state]`, checked.

use std::path::PathBuf;
use std::time::Duration;

/// Where roomkeeper keeps its own files, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateConfig {
    /// The folder of the journal, the lock, the socket and `mail/`; absolute.
    pub directory: PathBuf,
    /// How long finished runs are kept.
    pub keep: Duration,
}
