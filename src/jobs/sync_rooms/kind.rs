//! Says what this kind of job has to say of itself without a server.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::SyncRooms;
use crate::config::{self, Config, JobSettings};
use crate::engine::{Refusal, Work};
use crate::jobs::{Kind, Workshop, rooms};
use crate::model::{JobKind, Noun};
use crate::table::{Recoded, Unused};

/// The kind.
pub(in crate::jobs) struct RoomPolicies;

impl Kind for RoomPolicies {
    fn name(&self) -> JobKind {
        JobKind::SYNC_ROOMS
    }

    fn items(&self) -> Noun {
        rooms::NOUN
    }

    fn work(&self, workshop: &Workshop, _: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        Some(Box::new(SyncRooms::new(own(job)?.clone(), workshop.client(job))))
    }

    fn try_list<'a>(&'a self, job: &'a config::Job) -> BoxFuture<'a, Result<(), Refusal>> {
        async move { if let Some(own) = own(job) { rooms::try_list(&own.rooms).await } else { Ok(()) } }.boxed()
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

fn own(job: &config::Job) -> Option<&config::SyncRooms> {
    if let JobSettings::SyncRooms(own) = &job.settings { Some(own) } else { None }
}
