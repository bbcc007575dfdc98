//! What a `[refresh_lobby.NAME]` has, checked.

use std::time::Duration;

use super::MessageTemplate;
use crate::model::{Asset, NamePattern, Stage, UserId};

/// Which meetings get which lobby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshLobby {
    /// The meetings.
    pub select: LobbySelection,
    /// What their lobbies are to be.
    pub lobby: LobbyWish,
}

/// Which meetings' lobbies are looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbySelection {
    /// Those that stand there in time; never past ones.
    pub stage: Stage,
    /// Those of such a title.
    pub room_name: NamePattern,
    /// Those of these users; of all where there is none.
    pub user_ids: Vec<UserId>,
    /// Those that begin within this time; `None`: whenever they begin.
    pub starts_within: Option<Duration>,
}

impl Default for LobbySelection {
    fn default() -> Self {
        Self { stage: Stage::Upcoming, room_name: NamePattern::any(), user_ids: Vec::new(), starts_within: None }
    }
}

/// What a lobby is to be (reference: Add Meeting Lobby Information: one of the four options, and sound behind the first two).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LobbyWish {
    /// None at all.
    Remove,
    /// Texts in turn, perhaps over sound.
    Messages {
        /// At least one.
        texts: Vec<MessageTemplate>,
        /// An `.mp3`.
        audio: Option<Asset>,
    },
    /// Images in turn, perhaps over sound.
    Images {
        /// At least one.
        images: Vec<LobbyPicture>,
        /// An `.mp3`.
        audio: Option<Asset>,
    },
    /// Only sound, an `.mp3`.
    Audio(Asset),
    /// A video by its URL, an `.mp4`.
    Video(String),
}

/// An image with the words under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbyPicture {
    /// The image.
    pub image: Asset,
    /// The words.
    pub caption: Option<MessageTemplate>,
}
