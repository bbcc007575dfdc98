//! Makes the parts of one configuration, the clients of the API and of the mail server among them. They are replaced as a whole when that is read anew: runs that go on keep
//! the jobs that they began with.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::error::RuntimeError;
use crate::api;
use crate::clock::Clock;
use crate::config::{Config, Environment, MailProof, MailSecurity, MailWay, SecretError};
use crate::engine::Job;
use crate::jobs::{Addresses, MailCheck, OnRefusal, Workshop};
use crate::mail::{Address, Login, Mailer, Patience, Program, Proof, Server, Smtp, Tls, TokenSettings, Tokens};
use crate::model::JobName;

/// The parts made from one configuration.
#[derive(Clone)]
pub struct Setup {
    pub(super) config: Arc<Config>,
    pub(super) workshop: Workshop,
    pub(super) jobs: BTreeMap<JobName, Arc<Job>>,
    pub(super) mailer: Arc<Mailer>,
}

impl Setup {
    pub(super) fn new(config: Arc<Config>, workshop: Workshop, mailer: Mailer) -> Self {
        let mailer = Arc::new(mailer);
        let workshop = with_mail(workshop, &config, Arc::clone(&mailer));
        let jobs = config.jobs.values().map(|job| (job.name.clone(), workshop.build(&config, job))).collect();
        Self { config, workshop, jobs, mailer }
    }

    /// Returns the configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }
}

/// Jobs that can ask whether the mail server takes mails.
pub(super) fn with_mail(workshop: Workshop, config: &Config, mailer: Arc<Mailer>) -> Workshop {
    let sender = config.mail.from.email.to_string();
    workshop.with_mail_check(Arc::new(MailServer { mailer, sender }))
}

/// The mail server, for jobs that must be able to mail a person before they begin.
#[derive(Debug)]
struct MailServer {
    mailer: Arc<Mailer>,
    sender: String,
}

impl MailCheck for MailServer {
    fn ask<'a>(&'a self, to: Addresses<'a>, on_refusal: OnRefusal<'a>) -> BoxFuture<'a, Result<(), String>> {
        async { self.mailer.ask(&self.sender, to, on_refusal).await.map_err(|error| error.words) }.boxed()
    }

    fn doubt(&self) -> Option<String> {
        self.mailer.promises_nothing().then(|| {
            "Owners' mails go by this machine's mail program, which takes each and may refuse it later: what it could not deliver it \
             returns to the sender's mailbox."
                .to_owned()
        })
    }

    fn takes(&self, address: &str) -> Result<(), String> {
        address.parse::<Address>().map(drop).map_err(|why| why.to_string())
    }
}

/// The one that is in force.
pub(super) struct Current(RwLock<Arc<Setup>>);

impl Current {
    pub(super) fn new(setup: Setup) -> Self {
        Self(RwLock::new(Arc::new(setup)))
    }

    pub(super) fn get(&self) -> Arc<Setup> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change(&self, change: impl FnOnce(&Setup) -> Setup) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(change(&current));
    }
}

/// Returns the API's client as configured.
pub fn client(config: &Config, environment: &Environment, clock: Arc<dyn Clock>) -> Result<api::Client, RuntimeError> {
    Ok(api::Client::new(&api_settings(config, environment)?, clock)?)
}

/// Builds jobs outside the runtime, for a look at what they would do. One whose mails cannot be sent for want of a secret does
/// without asking the mail server.
pub fn workshop(config: &Config, environment: &Environment, clock: Arc<dyn Clock>) -> Result<Workshop, RuntimeError> {
    let workshop = Workshop::new(client(config, environment, clock)?);
    Ok(match mailer(config, environment) {
        Ok(mailer) => with_mail(workshop, config, Arc::new(mailer)),
        Err(_) => workshop,
    })
}

pub(super) fn api_settings(config: &Config, environment: &Environment) -> Result<api::ClientSettings, SecretError> {
    let api = &config.api;
    Ok(api::ClientSettings {
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

/// Returns the way to the mail server, or to the folder where there is none.
pub fn mailer(config: &Config, environment: &Environment) -> Result<Mailer, SecretError> {
    let server = match &config.mail.server {
        Some(MailWay::Smtp(server)) => server,
        Some(MailWay::Program(path)) => return Ok(Mailer::new(Server::Program(Program::new(path.clone())))),
        None => return Ok(Mailer::new(Server::Folder(config.state.directory.join("mail")))),
    };
    let login = match &config.mail.login {
        Some(login) => {
            Some(Login { username: login.username.clone(), proof: proof(config, &login.proof, environment)? })
        }
        None => None,
    };
    let tls = match server.security {
        MailSecurity::Tls => Tls::Implicit,
        MailSecurity::StartTls | MailSecurity::Loopback => Tls::StartTls,
    };
    Ok(Mailer::new(Server::Smtp(Smtp {
        host: server.host.clone(),
        port: server.port,
        tls,
        tls_ca: config.mail.tls_ca.clone(),
        login,
        hello: config.mail.helo.clone(),
        patience: Patience::default(),
    })))
}

fn proof(config: &Config, proof: &MailProof, environment: &Environment) -> Result<Proof, SecretError> {
    Ok(match proof {
        MailProof::Password(password) => Proof::Password(password.resolve(environment)?),
        MailProof::Oauth(oauth) => Proof::Token(Arc::new(Tokens::new(TokenSettings {
            url: oauth.token_url.clone(),
            client_id: oauth.client_id.clone(),
            client_secret: oauth.client_secret.resolve(environment)?,
            scope: oauth.scope.clone(),
            tls_ca: config.mail.tls_ca.clone(),
            proxy: config.api.proxy.clone(),
        }))),
    })
}
