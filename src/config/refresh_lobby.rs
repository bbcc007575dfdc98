//! Reads and checks the table `[refresh_lobby.NAME]`: its raw form, its checked form, and its checks.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::MessageTemplate;
use super::check::Table;
use super::media::{AUDIO, IMAGE, VIDEO, all_together, asset, file, url};
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{duration, id, name_pattern};
use crate::model::{Asset, NamePattern, Stage, UserId};

/// A job that makes the lobbies of meetings what they should be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RefreshLobby")]
pub(super) struct RawRefreshLobby {
    /// The choice of meetings; every upcoming one if not said.
    pub(super) select: Option<RawLobbySelection>,
    /// The content of their lobbies.
    pub(super) lobby: Option<RawLobby>,
}

/// The meetings whose lobbies are looked after.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LobbySelection")]
pub(super) struct RawLobbySelection {
    /// Meetings that have not begun, or those under way.
    #[schemars(extend("enum" = ["upcoming", "current"], "default" = "upcoming"))]
    pub(super) stage: Option<String>,
    /// Their title: * stands for any text, ? for any one character; capitals do not matter.
    #[schemars(extend("default" = "*"))]
    pub(super) room_name: Option<String>,
    /// The users whose meetings are meant; all users if empty.
    pub(super) user_ids: Option<OneOrMany>,
    /// Only meetings that begin within this time.
    pub(super) starts_within: Option<String>,
}

/// The content of a lobby: messages, images, a video or only sound; or that there is to be none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Lobby")]
pub(super) struct RawLobby {
    /// Texts of 5 to 100 characters; `{room_name}`, `{start_time}`, `{user_id}` and `{duration}` are filled in.
    pub(super) messages: Option<OneOrMany>,
    /// Images with their captions.
    pub(super) images: Option<Vec<Option<RawLobbyImage>>>,
    /// The URL of a video (.mp4).
    pub(super) video: Option<String>,
    /// A file or a URL (.mp3): the lobby's sound, alone or behind messages or images.
    pub(super) audio: Option<String>,
    /// True removes lobbies.
    pub(super) remove: Option<bool>,
}

/// An image: a file or the URL of one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LobbyImage")]
pub(super) struct RawLobbyImage {
    /// A file on this machine.
    pub(super) file: Option<String>,
    /// The URL of an image.
    pub(super) url: Option<String>,
    /// The words under it; placeholders as in messages.
    pub(super) caption: Option<String>,
}

/// The meetings, and the lobby that they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshLobby {
    /// The meetings.
    pub select: LobbySelection,
    /// The lobby that they are to have.
    pub lobby: LobbyTemplate,
}

/// The meetings whose lobbies are looked after.
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

/// The lobby that is wanted (reference: Add Meeting Lobby Information: one of the four options, and sound behind the first two).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LobbyTemplate {
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

const MINUTE: Duration = Duration::from_mins(1);
const YEAR: Duration = Duration::from_hours(366 * 24);

/// Checks the keys of this kind.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: RawRefreshLobby, around: &Surroundings<'_>) -> RefreshLobby {
    table.require("lobby", "Say what the lobbies show: lobby = { messages = [\"Welcome to {room_name}\"] }.");
    let select = raw.select.map(|raw| selection(&mut table.table("select"), &raw)).unwrap_or_default();
    let lobby = raw.lobby.and_then(|raw| lobby(&mut table.table("lobby"), raw, around));
    // A missing lobby was noted, and no caller gets this configuration.
    RefreshLobby { select, lobby: lobby.unwrap_or(LobbyTemplate::Messages { texts: Vec::new(), audio: None }) }
}

fn selection(table: &mut Table<'_, '_>, raw: &RawLobbySelection) -> LobbySelection {
    let usual = LobbySelection::default();
    let stage = table.read("stage", raw.stage.as_deref(), stage).unwrap_or(usual.stage);
    let starts_within = table.read("starts_within", raw.starts_within.as_deref(), duration(MINUTE..=YEAR));
    if stage != Stage::Upcoming && starts_within.is_some() {
        let remedy = "Leave starts_within out, or write stage = \"upcoming\".";
        table.problem("starts_within", Complaint::new("meetings under way have begun already", remedy));
    }
    let users = raw.user_ids.as_ref().map(|OneOrMany(texts)| table.read_each("user_ids", texts, id));
    LobbySelection {
        stage,
        room_name: table.read("room_name", raw.room_name.as_deref(), name_pattern).unwrap_or(usual.room_name),
        user_ids: users.unwrap_or_default(),
        starts_within,
    }
}

fn stage(text: &str) -> Result<Stage, Complaint> {
    const REMEDY: &str = "Write \"upcoming\" or \"current\".";
    match Stage::parse(text) {
        Some(Stage::Past) => Err(Complaint::new("a meeting that is over shows no lobby", REMEDY)),
        Some(stage) => Ok(stage),
        None => Err(Complaint::new(format!("{text:?} is not a stage of meetings"), REMEDY)),
    }
}

/// Checks that the API takes what the lobby is made of; `None` where it does not.
fn lobby(table: &mut Table<'_, '_>, raw: RawLobby, around: &Surroundings<'_>) -> Option<LobbyTemplate> {
    let shows: Vec<_> = [
        ("messages", raw.messages.is_some()),
        ("images", raw.images.is_some()),
        ("video", raw.video.is_some()),
        ("audio", raw.audio.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_there)| is_there.then_some(key))
    .collect();
    if raw.remove == Some(true) {
        for key in &shows {
            let remedy = format!("Leave out {key}, or remove = true.");
            table.problem(key, Complaint::new("a lobby that is removed shows nothing", remedy));
        }
        return shows.is_empty().then_some(LobbyTemplate::Remove);
    }
    if let [first, second, ..] = shows[..]
        && (second != "audio" || first == "video")
    {
        table.problem(second, two_options(first, second));
    }
    let audio = raw.audio.and_then(|text| asset(table, "audio", &text, &AUDIO, around));
    if let Some(OneOrMany(texts)) = raw.messages {
        not_empty(table, "messages", texts.len());
        return Some(LobbyTemplate::Messages {
            texts: table.read_each("messages", &texts, MessageTemplate::message),
            audio,
        });
    }
    if let Some(images) = raw.images {
        not_empty(table, "images", images.len());
        let images = images.into_iter().enumerate();
        let images = images.filter_map(|(at, raw)| picture(&mut table.table(&format!("images[{at}]")), raw?, around));
        let images: Vec<_> = images.collect();
        all_together(table, "images", images.iter().map(|picture: &LobbyPicture| &picture.image).chain(&audio));
        return Some(LobbyTemplate::Images { images, audio });
    }
    if let Some(video) = raw.video {
        return url(table, "video", &video, &VIDEO).map(LobbyTemplate::Video);
    }
    if shows.is_empty() {
        let remedy = "Write one of messages, images, video and audio, or remove = true.";
        table.problem("", Complaint::new("it does not say what the lobby shows", remedy));
    }
    audio.map(LobbyTemplate::Audio)
}

fn two_options(first: &str, second: &str) -> Complaint {
    if second == "audio" {
        return Complaint::new("a video has its own sound", "Leave audio out: sound goes behind messages or images.");
    }
    Complaint::new(
        format!("a lobby cannot show {second} beside {first}"),
        "Keep one of messages, images and video; audio may go with the first two.",
    )
}

fn not_empty(table: &mut Table<'_, '_>, key: &str, length: usize) {
    if length == 0 {
        table.problem(key, Complaint::new("the list is empty", "Write at least one, or leave the key out."));
    }
}

fn picture(table: &mut Table<'_, '_>, raw: RawLobbyImage, around: &Surroundings<'_>) -> Option<LobbyPicture> {
    let caption = table.read("caption", raw.caption.as_deref(), MessageTemplate::any);
    let image = match (raw.file, raw.url) {
        (Some(path), None) => file(table, "file", &path, &IMAGE, around).map(Asset::File),
        (None, Some(text)) => url(table, "url", &text, &IMAGE).map(Asset::Url),
        (Some(_), Some(_)) => {
            table.problem("url", Complaint::new("the image is said twice", "Keep one of file and url."));
            None
        }
        (None, None) => {
            // Other content in its place was refused already.
            if table.is_blank_but("caption") {
                let remedy = "Write { file = \"…\" } or { url = \"…\" }, and perhaps a caption.";
                table.problem("", Complaint::new("it does not say which image", remedy));
            }
            None
        }
    };
    Some(LobbyPicture { image: image?, caption })
}
