//! Finds the journal by what the configuration says of it: in the state directory, or in a database on a server.

use secrecy::ExposeSecret;

use super::RuntimeError;
use crate::config::{Environment, StateConfig};
use crate::journal::{Server, Workspace};

/// Names the state directory, and the database that holds the journal where one does.
pub fn workspace(state: &StateConfig, environment: &Environment) -> Result<Workspace, RuntimeError> {
    let workspace = Workspace::at(&state.directory);
    let Some(on_server) = &state.journal else { return Ok(workspace) };
    let mut server = Server::at(&on_server.address).leasing_for(on_server.lease).called(&match &on_server.node {
        Some(node) => node.clone(),
        None => rustix::system::uname().nodename().to_string_lossy().into_owned(),
    });
    if let Some(authority) = &on_server.ca {
        server = server.trusting(authority);
    }
    if let Some(password) = &on_server.password {
        server = server.with_password(password.resolve(environment)?.expose_secret());
    }
    if let Some(key) = &on_server.pin_key {
        server = server.with_pin_key(key.resolve(environment)?.expose_secret())?;
    }
    Ok(workspace.with_journal_on(server))
}
