//! Keeps lobbies, which people see before a meeting begins, as the configuration says, with no request where one is
//! so already.

mod decide;
mod desired_lobby;
mod diff;
mod fill;
mod finish;
mod kept;
mod look;
mod plan;
mod repeat;
mod send;
mod session;
mod way;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::LobbySession;
use crate::api::Client;
use crate::config::{self, Config, JobSettings};
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};
use crate::jobs::{Kind, ServerHabit, Workshop};
use crate::model::{JobKind, Noun, TroubleKind};
use way::{LOBBY_UPDATE, neither_in_words, way_in_words};

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

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct Lobbies;

impl Kind for Lobbies {
    fn name(&self) -> JobKind {
        JobKind::REFRESH_LOBBY
    }

    fn items(&self) -> Noun {
        Noun { one: "meeting", many: "meetings" }
    }

    fn work(&self, workshop: &Workshop, _: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let JobSettings::RefreshLobby(own) = &job.settings else { return None };
        Some(Box::new(RefreshLobby::new(own.as_ref().clone(), workshop.client(job))))
    }

    fn habit(&self) -> Option<ServerHabit> {
        Some(ServerHabit {
            name: LOBBY_UPDATE,
            in_words: way_in_words,
            hinders: neither_in_words,
            trouble: TroubleKind::LobbyChanges,
        })
    }
}
