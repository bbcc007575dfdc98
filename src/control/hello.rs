//! Introduces the process that serves a socket, so that a command does not hand its file to the daemon of another
//! configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::message::VERSION;
use super::waiting::waiting;
use crate::model::RunId;
use crate::runtime::Runtime;

/// The introduction of the process that serves a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of what it speaks.
    pub v: u32,
    /// The state directory whose lock it holds.
    pub state: PathBuf,
    /// The configuration that it was started with; nothing from a process that does not say.
    #[serde(default)]
    pub configuration: PathBuf,
    /// The path at which that was found then: if it is a link, the file behind it may be another now.
    #[serde(default)]
    pub configuration_link: PathBuf,
    /// The command that it runs: `roomkeeper daemon`.
    pub purpose: String,
    /// Its process.
    pub process: u32,
    /// Its runs that wait for the server, or for the disk, each with what for.
    #[serde(default)]
    pub waiting: BTreeMap<RunId, String>,
}

impl Hello {
    /// Makes the introduction of this process.
    pub(super) fn of_process(state: &Path, configuration: &Path, purpose: &str) -> Self {
        Self {
            v: VERSION,
            state: real(state),
            configuration: real(configuration),
            configuration_link: absolute(configuration),
            purpose: purpose.to_owned(),
            process: std::process::id(),
            waiting: BTreeMap::new(),
        }
    }

    /// Returns the same, with what it does now.
    pub(super) fn now(&self, runtime: &Runtime) -> Self {
        Self { waiting: waiting(runtime), ..self.clone() }
    }

    /// Tells whether it was started with that configuration.
    pub(super) fn is_of(&self, configuration: &Path) -> bool {
        self.configuration == real(configuration) || self.configuration_link == absolute(configuration)
    }

    /// Tells whether it was started with another configuration than that one, as far as it says.
    #[must_use]
    pub fn is_of_another(&self, configuration: &Path) -> bool {
        !self.configuration.as_os_str().is_empty() && !self.is_of(configuration)
    }

    /// Tells whether it holds the lock of that state directory.
    pub(super) fn holds(&self, state: &Path) -> bool {
        self.state == real(state)
    }
}

/// Returns the one path of a folder that may have several.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| absolute(path))
}

/// Returns the path from the root, with its links.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
