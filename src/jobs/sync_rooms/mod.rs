//! Holds permanent rooms to a policy: each is read, compared, and changed only in what differs.

mod differ;
mod finish;
mod kind;
mod session;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(super) use self::kind::RoomPolicies;
use self::session::SyncSession;
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};

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
