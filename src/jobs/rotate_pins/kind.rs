//! Says what this kind of job has to say of itself without a server.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::preflight::without_address;
use super::{RotatePins, Settings};
use crate::config::{self, Config, JobSettings};
use crate::engine::{Refusal, Work};
use crate::jobs::{Kind, Owners, Takes, Workshop, rooms};
use crate::model::{JobKind, Noun};
use crate::table::{Recoded, Unused};

/// The kind.
pub(in crate::jobs) struct PinRotations;

impl Kind for PinRotations {
    fn name(&self) -> JobKind {
        JobKind::ROTATE_PINS
    }

    fn items(&self) -> Noun {
        rooms::NOUN
    }

    fn work(&self, workshop: &Workshop, config: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let settings = Settings { own: own(job)?.clone(), fallback: config.state.directory.join("results") };
        Some(Box::new(RotatePins::new(settings, workshop.client(job), workshop.post())))
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
