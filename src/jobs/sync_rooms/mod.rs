//! Permanent rooms held to a policy: each is read, compared, and changed only in what differs.

mod differ;
mod finish;
mod session;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::SyncSession;
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName};

/// A configured job of this kind.
#[derive(Debug)]
pub struct SyncRooms {
    name: JobName,
    was: Option<JobName>,
    policy: Policy,
    settings: config::SyncRooms,
    client: Client,
}

impl SyncRooms {
    /// A job that sends through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(
        name: JobName,
        was: Option<JobName>,
        policy: Policy,
        settings: config::SyncRooms,
        client: Client,
    ) -> Self {
        Self { name, was, policy, settings, client }
    }
}

impl Job for SyncRooms {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        JobKind::SyncRooms
    }

    fn was(&self) -> Option<&JobName> {
        self.was.as_ref()
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session<'a>(&'a self, run: RunInfo, tools: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let session = SyncSession::new(self.name.clone(), self.settings.clone(), &self.client, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}
