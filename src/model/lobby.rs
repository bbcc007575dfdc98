//! Describes what people see while they wait for a meeting to begin (reference: the four Meeting Lobby routes).

use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which of the four options is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LobbyKind {
    /// Text messages in turn.
    Message,
    /// Images in turn.
    Image,
    /// Only sound.
    Audio,
    /// A video.
    Video,
}

/// A lobby as a reply tells it. Files that were uploaded come back as URLs of the server's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lobby {
    /// The option that is on; `None` when all four are off, which is "no lobby".
    pub kind: Option<LobbyKind>,
    /// The texts.
    pub messages: Vec<String>,
    /// The images.
    pub images: Vec<LobbyImage>,
    /// URLs of the video.
    pub video: Vec<String>,
    /// URLs of the sound, also behind messages or images.
    pub audio: Vec<String>,
    /// True when a text or a caption came as a number, so that zeros in front may be missing.
    pub numbers: bool,
}

/// One image of a lobby.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LobbyImage {
    /// Its address.
    pub url: Option<String>,
    /// The words under it.
    pub caption: Option<String>,
}

/// A file to upload, or the URL of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// A file on this machine.
    File(PathBuf),
    /// A file elsewhere.
    Url(String),
}

impl Asset {
    /// Bytes of the largest file that is sent. The reference names no limit; more than this is a mistake.
    pub const LARGEST: u64 = 64 << 20;
    /// Bytes of the largest file that a PHP server keeps unless it is told otherwise (`upload_max_filesize`).
    pub const USUALLY_KEPT: u64 = 2 << 20;
    /// Bytes of all that such a server takes at once (`post_max_size`).
    pub const USUALLY_KEPT_IN_ALL: u64 = 8 << 20;
    /// The number of files of one request that such a server keeps (`max_file_uploads`); it drops the others in silence.
    pub const USUALLY_KEPT_FILES: usize = 20;
}

/// The request of Add and Update Lobby. Exactly one option is sent as true: that of the variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LobbyUpload {
    /// Text messages, perhaps over sound.
    Messages {
        /// The texts, 5 to 100 characters each.
        texts: Vec<String>,
        /// Sound behind them.
        audio: Option<Asset>,
    },
    /// Images, perhaps over sound.
    Images {
        /// Image and caption.
        images: Vec<(Asset, Option<String>)>,
        /// Sound behind them.
        audio: Option<Asset>,
    },
    /// Only sound, an `.mp3`.
    Audio(Asset),
    /// A video by its URL, an `.mp4`.
    Video(String),
}

impl LobbyUpload {
    /// Characters of a message (reference: 2432, 2433).
    pub const MESSAGE: RangeInclusive<usize> = 5..=100;
}
