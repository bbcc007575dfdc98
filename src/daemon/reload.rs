//! Reads the configuration anew at SIGHUP. A good one takes the place of the one in force, as a whole; a bad one is
//! reported, and changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{self, Environment};
use crate::runtime::Runtime;

/// The source that the configuration is read from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The environment that it may refer to.
    pub environment: Environment,
}

/// Reads the configuration anew. Tells whether it is in force now.
pub(super) async fn reload(runtime: &Runtime, source: &Source) -> bool {
    let path = source.path.display();
    let loaded = match config::load(&source.path, &source.environment) {
        Ok(loaded) => loaded,
        Err(invalid) => {
            tracing::error!("{path} is not valid; the configuration as it was stays in force\n{invalid}");
            return false;
        }
    };
    let mut config = loaded.config;
    let state = &runtime.config().state.directory;
    if config.state.directory != *state {
        tracing::error!(
            "{path} names another state directory, {}; it is changed by a restart only, and {} stays in use",
            config.state.directory.display(),
            state.display()
        );
        config.state.directory.clone_from(state);
    }
    let journal = &runtime.config().state.journal;
    if config.state.journal != *journal {
        tracing::error!(
            "{path} puts the journal elsewhere; that is changed by a restart only, and it stays where it is"
        );
        config.state.journal.clone_from(journal);
    }
    let adopted = match runtime.prepare(Arc::new(config), &source.environment) {
        Ok(setup) => runtime.adopt(setup).await,
        Err(error) => Err(error),
    };
    match adopted {
        Ok(()) => {
            tracing::info!("{path} was read anew, and is in force");
            true
        }
        Err(error) => {
            tracing::error!("{path} cannot be used: {error}; the configuration as it was stays in force");
            false
        }
    }
}
