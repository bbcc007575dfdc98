//! Says what this kind of job has to say of itself without a server.

use super::RefreshLobby;
use super::way::{LOBBY_UPDATE, neither_in_words, way_in_words};
use crate::config::{self, Config, JobSettings};
use crate::engine::Work;
use crate::jobs::{Kind, ServerHabit, Workshop};
use crate::model::{JobKind, Noun, TroubleKind};

/// The kind.
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
