//! Holds the parts made from one configuration, replaced as a whole when that is read anew: runs that go on keep
//! the jobs that they began with.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::config::Config;
use crate::engine::Job;
use crate::jobs::Workshop;
use crate::jobs::rotate_pins::{OnRefusal, Owners, Post};
use crate::mail::{Address, Mailer};
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
    workshop.with_post(Arc::new(MailServer { mailer, sender }))
}

/// The mail server, for jobs that must be able to mail a person before they begin.
#[derive(Debug)]
struct MailServer {
    mailer: Arc<Mailer>,
    sender: String,
}

impl Post for MailServer {
    fn ask<'a>(&'a self, to: Owners<'a>, on_refusal: OnRefusal<'a>) -> BoxFuture<'a, Result<(), String>> {
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
