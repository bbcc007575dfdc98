//! Tells everything that stands against the configuration's file, and against the things that it names.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Problem};
use crate::control::refusal::Refusal;
use crate::model::JobName;

/// The findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The configuration's file.
    pub file: PathBuf,
    /// False where the file as it is cannot be used.
    pub usable: bool,
    /// The faults.
    pub problems: Vec<Problem>,
    /// Things that deserve a look.
    pub warnings: Vec<Problem>,
    /// The state directory, and what decided it.
    pub state: Option<(PathBuf, String)>,
    /// The database that holds the journal, as it was found.
    #[serde(default)]
    pub journal: Option<String>,
    /// The jobs that other machines run, and this one does not, with their names.
    #[serde(default)]
    pub elsewhere: BTreeMap<JobName, Vec<String>>,
}

/// Checks the file of this process. The command line gives it to the executor, since it knows the file, and what the service's
/// unit allows.
pub trait ConfigurationCheck: Send + Sync {
    /// Checks the file as it is now, and tries what it names. Is called on a thread that may wait.
    fn check(&self, in_force: Arc<Config>) -> Result<Checked, Refusal>;
}
