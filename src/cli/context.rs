//! Holds what every command begins with: its configuration, its environment, the time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use nix::unistd::geteuid;

use super::privileges::Acting;
use super::{ExitCode, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Environment, StateSaid};
use crate::control::{Client, Hello};
use crate::journal::{Beside, JournalError};

/// The context that every command begins with.
pub(super) struct Context {
    pub(super) path: PathBuf,
    pub(super) environment: Environment,
    pub(super) clock: Arc<dyn Clock>,
    /// Loaded once, as the caller: a command may go on as another user, who cannot read it.
    pub(super) loaded: OnceLock<Arc<Config>>,
}

impl Context {
    pub(super) fn new(asked: Option<&Path>) -> Self {
        let environment = Environment::of_process();
        let environment = if geteuid().is_root() { environment.with_credentials() } else { environment };
        let path = config::locate(asked, &environment);
        Self { path, environment, clock: Arc::new(SystemClock), loaded: OnceLock::new() }
    }

    /// Asks who is at work with this configuration, and takes over the state directory that is in force there: a shell is not
    /// told what systemd told the service, and the file may have changed since. Whatever is wrong with the file, the command
    /// itself says.
    pub(super) async fn join_who_is_at_work(&self) {
        let Ok(loaded) = config::load(&self.path, &self.environment) else { return };
        let mut config = loaded.config;
        let found = Client::at_work(&self.environment, &self.path, &config.state.directory).await;
        if let Some(Hello { state, purpose, process, .. }) = found {
            config.state.directory = state;
            config.state.said_by = StateSaid::Process(purpose, process);
        }
        self.loaded.get_or_init(|| Arc::new(config));
    }

    /// Returns the configuration, or everything that stands against it.
    pub(super) fn config(&self) -> Result<Arc<Config>, Failure> {
        if let Some(config) = self.loaded.get() {
            return Ok(Arc::clone(config));
        }
        match config::load(&self.path, &self.environment) {
            Ok(loaded) => Ok(Arc::clone(self.loaded.get_or_init(|| Arc::new(loaded.config)))),
            Err(invalid) => {
                Err(Failure::new(ExitCode::Configuration, format!("the configuration is not valid\n{invalid}")))
            }
        }
    }

    /// Returns the journal's read side, for commands that only tell.
    pub(super) fn journal(&self) -> Result<Beside, Failure> {
        let directory = &self.config()?.state.directory;
        // Even reading makes files beside a database in this mode.
        let _acting = Acting::as_owner_of(directory)?;
        Ok(Beside::open(directory)?)
    }

    /// Returns the same where there is a journal already; none where nothing has run yet.
    pub(super) fn journal_if_any(&self) -> Result<Option<Beside>, Failure> {
        let directory = &self.config()?.state.directory;
        let _acting = Acting::as_owner_of(directory)?;
        match Beside::open(directory) {
            Ok(journal) => Ok(Some(journal)),
            Err(JournalError::Absent(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
