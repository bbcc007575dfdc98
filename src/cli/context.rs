//! Holds what every command begins with: its configuration, its environment, the time. A command that root starts works as the
//! owner of the state directory, so that root leaves no file behind that the daemon cannot open. What the caller named, and may
//! be root's alone, is read before and written after.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use nix::unistd::{Gid, Uid, User, geteuid, getgroups, initgroups, setegid, seteuid, setgroups};

use super::args::LogFormat;
use super::{ExitCode, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Environment, StateSaid};
use crate::control::{Client, Hello};
use crate::journal::{Beside, JournalError, Workspace};
use crate::runtime::{self, RuntimeError};

/// The context that every command begins with.
pub(super) struct Context {
    pub(super) path: PathBuf,
    pub(super) environment: Environment,
    pub(super) clock: Arc<dyn Clock>,
    /// The log is for programs: no progress is written among its lines.
    pub(super) log_is_json: bool,
    /// Loaded once, as the caller: a command may go on as another user, who cannot read it.
    pub(super) loaded: OnceLock<Arc<Config>>,
}

impl Context {
    pub(super) fn new(asked: Option<&Path>, format: Option<LogFormat>) -> Self {
        let environment = Environment::of_process();
        let environment = if geteuid().is_root() { environment.with_credentials() } else { environment };
        let path = config::locate(asked, &environment);
        Self {
            path,
            environment,
            clock: Arc::new(SystemClock),
            log_is_json: format == Some(LogFormat::Json),
            loaded: OnceLock::new(),
        }
    }

    /// Tells whether no progress is shown by a command whose answer is JSON or not.
    pub(super) fn is_quiet(&self, json: bool) -> bool {
        json || self.log_is_json
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

    /// Names the state directory and the journal. Where this user may not have the password, another process may answer.
    pub(super) fn workspace(&self, config: &Config) -> Result<Workspace, Failure> {
        runtime::workspace(config, &self.environment).map_err(|error| {
            let not_permitted = matches!(error, RuntimeError::Secret(_));
            Failure { not_permitted, ..error.into() }
        })
    }

    /// Returns the journal's read side, for commands that only tell.
    pub(super) fn journal(&self) -> Result<Beside, Failure> {
        let config = self.config()?;
        // Even reading makes files beside a database in this mode.
        let _acting = Acting::as_owner_of(&config.state.directory)?;
        Ok(self.workspace(&config)?.beside()?)
    }

    /// Returns the same where there is a journal already; none where nothing has run yet.
    pub(super) fn journal_if_any(&self) -> Result<Option<Beside>, Failure> {
        let config = self.config()?;
        let _acting = Acting::as_owner_of(&config.state.directory)?;
        match self.workspace(&config)?.beside() {
            Ok(journal) => Ok(Some(journal)),
            Err(JournalError::Absent(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// While this lives, the process acts as another user, if it had to.
pub(super) struct Acting {
    caller: Option<Vec<Gid>>,
}

impl Acting {
    /// Becomes the owner of the directory, when root asks and the directory is another user's.
    pub(super) fn as_owner_of(directory: &Path) -> Result<Self, Failure> {
        let nobody_else = Self { caller: None };
        if !geteuid().is_root() {
            return Ok(nobody_else);
        }
        let owner = match std::fs::metadata(directory) {
            Ok(metadata) if metadata.uid() != 0 => metadata,
            // Root's own, or not there yet: then it will be root's own.
            Ok(_) | Err(_) => return Ok(nobody_else),
        };
        let (uid, gid) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
        let become_owner = || -> nix::Result<Vec<Gid>> {
            let groups = getgroups()?;
            match User::from_uid(uid)?.and_then(|user| std::ffi::CString::new(user.name).ok()) {
                Some(name) => initgroups(&name, gid)?,
                None => setgroups(&[gid])?,
            }
            setegid(gid)?;
            seteuid(uid)?;
            Ok(groups)
        };
        match become_owner() {
            Ok(groups) => Ok(Self { caller: Some(groups) }),
            Err(error) => Err(Failure::failed(format!(
                "the state directory {} belongs to user {uid}, and root cannot act as that user here: {error}",
                directory.display()
            ))),
        }
    }

    /// Tells whether the process acts as another user than the one who started it.
    pub(super) fn is_somebody_else(&self) -> bool {
        self.caller.is_some()
    }

    /// Becomes the caller again. Nothing of the state directory may be open any more.
    pub(super) fn end(self) -> Result<(), Failure> {
        let Some(groups) = self.caller else { return Ok(()) };
        seteuid(Uid::from_raw(0))
            .and_then(|()| setegid(Gid::from_raw(0)))
            .and_then(|()| setgroups(&groups))
            .map_err(|error| Failure::failed(format!("root cannot become root again: {error}")))
    }
}
