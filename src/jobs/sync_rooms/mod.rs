//! Holds permanent rooms to a policy: each is read, compared, and changed only in what differs.

mod differ;
mod session;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::SyncSession;
use crate::api::Client;
use crate::config::{self, Config, JobSettings};
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};
use crate::jobs::{Kind, Workshop, rooms};
use crate::model::{JobKind, Noun};
use crate::table::{Recoded, Unused};

/// The work of a job of this kind.
#[derive(Debug)]
pub struct SyncRooms {
    settings: config::SyncRooms,
    client: Client,
}

impl SyncRooms {
    /// Sends through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(settings: config::SyncRooms, client: Client) -> Self {
        Self { settings, client }
    }
}

impl Work for SyncRooms {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let session = SyncSession::new(job.name.clone(), self.settings.clone(), &self.client, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
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

    fn notes(&self, input: &str) -> Vec<String> {
        rooms::notes(input)
    }

    fn unused(&self, input: &str) -> Unused {
        rooms::unused(input).unwrap_or_default()
    }
}

fn own(job: &config::Job) -> Option<&config::SyncRooms> {
    if let JobSettings::SyncRooms(own) = &job.settings { Some(own) } else { None }
}
