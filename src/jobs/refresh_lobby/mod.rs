//! Lobbies: what people see before a meeting begins, kept as the configuration says, with no request where it is so already.

mod decide;
mod diff;
mod files;
mod fill;
mod finish;
mod kept;
mod look;
mod plan;
mod repeat;
mod select;
mod send;
mod session;
mod way;
mod wish;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::LobbySession;
pub use self::way::{LOBBY_UPDATE, neither_in_words, way_in_words};
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName};

/// A configured job of this kind.
#[derive(Debug)]
pub struct RefreshLobby {
    name: JobName,
    was: Option<JobName>,
    policy: Policy,
    settings: Arc<config::RefreshLobby>,
    client: Client,
}

impl RefreshLobby {
    /// A job that sends through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(
        name: JobName,
        was: Option<JobName>,
        policy: Policy,
        settings: config::RefreshLobby,
        client: Client,
    ) -> Self {
        Self { name, was, policy, settings: Arc::new(settings), client }
    }
}

impl Job for RefreshLobby {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        JobKind::RefreshLobby
    }

    fn was(&self) -> Option<&JobName> {
        self.was.as_ref()
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session<'a>(&'a self, run: RunInfo, tools: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let settings = Arc::clone(&self.settings);
        let session = LobbySession::new(self.name.clone(), settings, &self.policy, &self.client, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}
