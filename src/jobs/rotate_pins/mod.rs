//! Rotates the PINs of permanent rooms: each room's PINs are reset once in a run, whatever crashes, and its owner
//! is told those that were read back.

mod finish;
mod in_use;
mod preflight;
mod session;
mod sheet;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::preflight::without_address;
use self::session::RotateSession;
use crate::api::Client;
use crate::config::{self, Config, JobSettings};
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};
use crate::jobs::{Kind, MailCheck, Owners, Takes, Workshop, rooms};
use crate::model::{JobKind, Noun};
use crate::table::{Recoded, Unused};

/// The configuration of a job of this kind, in the job's own form.
#[derive(Debug, Clone)]
pub struct RotateSettings {
    /// The keys of its own.
    pub own: config::RotatePins,
    /// The place of a sheet that cannot go where it should.
    pub fallback: PathBuf,
}

/// The work of a job of this kind.
#[derive(Debug)]
pub struct RotatePins {
    settings: RotateSettings,
    client: Client,
    mail: Option<Arc<dyn MailCheck>>,
}

impl RotatePins {
    /// Sends through `client`, for the application type that is meant; `mail` tells before the first reset whether owners can
    /// be mailed.
    #[must_use]
    pub fn new(settings: RotateSettings, client: Client, mail: Option<Arc<dyn MailCheck>>) -> Self {
        Self { settings, client, mail }
    }
}

impl Work for RotatePins {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let zone = job.policy.zone.clone();
        let (settings, mail) = (self.settings.clone(), self.mail.clone());
        let session = RotateSession::new(job.name.clone(), settings, zone, &self.client, mail, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct PinRotations;

impl Kind for PinRotations {
    fn name(&self) -> JobKind {
        JobKind::ROTATE_PINS
    }

    fn items(&self) -> Noun {
        rooms::NOUN
    }

    fn work(&self, workshop: &Workshop, config: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let settings = RotateSettings { own: own(job)?.clone(), fallback: config.state.directory.join("results") };
        Some(Box::new(RotatePins::new(settings, workshop.client(job), workshop.mail_check())))
    }

    fn try_list<'a>(&'a self, job: &'a config::Job) -> BoxFuture<'a, Result<(), Refusal>> {
        async move { if let Some(own) = own(job) { rooms::try_list(&own.rooms).await } else { Ok(()) } }.boxed()
    }

    fn owners<'a>(&'a self, job: &'a config::Job, takes: Takes) -> BoxFuture<'a, Result<Option<Owners>, Refusal>> {
        async move {
            let Some(own) = own(job).filter(|own| own.notify_owners) else { return Ok(None) };
            let found = rooms::Addressed::of(&own.rooms, takes).await?;
            let lacking = without_address(&found.lacking, found.rooms);
            Ok(Some(Owners { addresses: Box::new(found.owners.read().map_err(Refusal)?), lacking }))
        }
        .boxed()
    }

    fn file_of(&self, input: &str) -> Option<String> {
        rooms::list_of(input)
    }

    fn recoded(&self, input: &str) -> Option<Recoded> {
        rooms::recoded(input)
    }

    fn unused(&self, input: &str) -> Unused {
        rooms::unused(input).unwrap_or_default()
    }
}

fn own(job: &config::Job) -> Option<&config::RotatePins> {
    if let JobSettings::RotatePins(own) = &job.settings { Some(own) } else { None }
}
