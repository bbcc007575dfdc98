//! Makes what talks to the API of what is configured, for the runtime and for looks at what a job would do.

use std::sync::Arc;

use super::{RuntimeError, postman, setup};
use crate::api;
use crate::clock::Clock;
use crate::config::{Config, Environment, SecretError};
use crate::jobs::Workshop;

/// Returns the API's client as configured.
pub fn client(config: &Config, environment: &Environment, clock: Arc<dyn Clock>) -> Result<api::Client, RuntimeError> {
    Ok(api::Client::new(&api_settings(config, environment)?, clock)?)
}

/// Builds jobs outside the runtime, for a look at what they would do. One whose mails cannot be sent for want of a secret does
/// without asking the mail server.
pub fn workshop(config: &Config, environment: &Environment, clock: Arc<dyn Clock>) -> Result<Workshop, RuntimeError> {
    let workshop = Workshop::new(client(config, environment, clock)?);
    Ok(match postman::mailer(config, environment) {
        Ok(mailer) => setup::with_mail(workshop, config, Arc::new(mailer)),
        Err(_) => workshop,
    })
}

pub(super) fn api_settings(config: &Config, environment: &Environment) -> Result<api::Settings, SecretError> {
    let api = &config.api;
    Ok(api::Settings {
        base_url: api.base_url.to_string(),
        app_id: api.app_id.clone(),
        app_key: api.app_key.resolve(environment)?,
        app_type: api.app_type,
        timeout: api.timeout,
        max_in_flight: usize::try_from(api.max_in_flight.get()).unwrap_or(usize::MAX),
        rate_limit: api.rate_limit.map(|limit| api::Rate { count: limit.requests, per: limit.per }),
        max_attempts: api.max_attempts.get(),
        tls_ca: api.tls_ca.clone(),
        proxy: api.proxy.as_ref().map(ToString::to_string),
    })
}
