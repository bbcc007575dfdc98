//! Finds the journal by what the configuration says of it: in the state directory, or in a database on a server.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::RuntimeError;
use crate::config::{Config, Environment};
use crate::journal::{Server, Workspace};

/// The time for which a request that is not waited for any more may still be on its way to the server.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// Names the state directory, and the database that holds the journal where one does.
pub fn workspace(config: &Config, environment: &Environment) -> Result<Workspace, RuntimeError> {
    let workspace = Workspace::at(&config.state.directory);
    Ok(match journal_server(config, environment)? {
        Some(server) => workspace.with_journal_on(server),
        None => workspace,
    })
}

/// Names the database that holds the journal; `None` where it lies in the state directory.
pub fn journal_server(config: &Config, environment: &Environment) -> Result<Option<Server>, RuntimeError> {
    let Some(on_server) = &config.state.journal else { return Ok(None) };
    let server = Server::at(&on_server.address)
        .leasing_for(on_server.lease)
        .waiting_for_requests(config.api.timeout + ON_ITS_WAY);
    let mut server = match &on_server.node {
        Some(node) => server.named(node),
        None => server.called(&rustix::system::uname().nodename().to_string_lossy()),
    };
    if let Some(authority) = &on_server.ca {
        server = server.trusting(authority);
    }
    if let Some(password) = &on_server.password {
        server = server.with_password(password.resolve(environment)?.expose_secret());
    }
    if let Some(key) = &on_server.pin_key {
        server = server.with_pin_key(key.resolve(environment)?.expose_secret())?;
    }
    Ok(Some(server))
}
