//! What a `[refresh_lobby.NAME]` takes besides what every job takes, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::OneOrMany;

/// A job that makes the lobbies of meetings what they should be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RefreshLobby")]
pub(in crate::config) struct RawRefreshLobby {
    /// Which meetings; every upcoming one if not said.
    pub(in crate::config) select: Option<RawLobbySelection>,
    /// What their lobbies show.
    pub(in crate::config) lobby: Option<RawLobby>,
}

/// Which meetings' lobbies are looked after.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LobbySelection")]
pub(in crate::config) struct RawLobbySelection {
    /// Meetings that have not begun, or those under way.
    #[schemars(extend("enum" = ["upcoming", "current"], "default" = "upcoming"))]
    pub(in crate::config) stage: Option<String>,
    /// Their title: * stands for any text, ? for any one character; capitals do not matter.
    #[schemars(extend("default" = "*"))]
    pub(in crate::config) room_name: Option<String>,
    /// The users whose meetings are meant; all users if empty.
    pub(in crate::config) user_ids: Option<OneOrMany>,
    /// Only meetings that begin within this time.
    pub(in crate::config) starts_within: Option<String>,
}

/// What a lobby shows: messages, images, a video or only sound; or that there is to be none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Lobby")]
pub(in crate::config) struct RawLobby {
    /// Texts of 5 to 100 characters; `{room_name}`, `{start_time}`, `{user_id}` and `{duration}` are filled in.
    pub(in crate::config) messages: Option<OneOrMany>,
    /// Images with their captions.
    pub(in crate::config) images: Option<Vec<Option<RawLobbyImage>>>,
    /// The URL of a video (.mp4).
    pub(in crate::config) video: Option<String>,
    /// A file or a URL (.mp3): the lobby's sound, alone or behind messages or images.
    pub(in crate::config) audio: Option<String>,
    /// Whether lobbies are removed.
    pub(in crate::config) remove: Option<bool>,
}

/// An image: a file or the URL of one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LobbyImage")]
pub(in crate::config) struct RawLobbyImage {
    /// A file on this machine.
    pub(in crate::config) file: Option<String>,
    /// The URL of an image.
    pub(in crate::config) url: Option<String>,
    /// The words under it; placeholders as in messages.
    pub(in crate::config) caption: Option<String>,
}
