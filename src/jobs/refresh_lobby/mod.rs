//! Keeps lobbies, which people see before a meeting begins, as the configuration says, with no request where one is
//! so already.

mod decide;
mod desired_lobby;
mod diff;
mod files;
mod fill;
mod finish;
mod kept;
mod kind;
mod look;
mod plan;
mod repeat;
mod select;
mod send;
mod session;
mod way;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(super) use self::kind::Lobbies;
use self::session::LobbySession;
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};

/// The work of a job of this kind.
#[derive(Debug)]
pub struct RefreshLobby {
    settings: Arc<config::RefreshLobby>,
    client: Client,
}

impl RefreshLobby {
    /// Sends through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(settings: config::RefreshLobby, client: Client) -> Self {
        Self { settings: Arc::new(settings), client }
    }
}

impl Work for RefreshLobby {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let settings = Arc::clone(&self.settings);
        let session = LobbySession::new(job.name.clone(), settings, &job.policy, &self.client, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}
