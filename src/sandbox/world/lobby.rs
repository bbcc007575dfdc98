//! Holds what a meeting shows before it begins, and the files that it shows.

use std::collections::HashMap;

use hyper::body::Bytes;
use serde::Serialize;

/// The one option that a lobby has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// Text messages, one after another.
    Messages,
    /// Images, one after another.
    Images,
    /// Only sound.
    Audio,
    /// A video.
    Video,
}

/// An image and what is written under it.
#[derive(Debug, Clone, Serialize)]
pub struct Image {
    /// Its address; empty if the server did not keep the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The text under it; may be empty.
    pub caption: String,
}

/// A lobby. Only what its option needs is filled, and `audio` where there is background music.
#[derive(Debug, Clone, Serialize)]
pub struct Lobby {
    /// Its option.
    pub show: Show,
    /// The texts.
    pub messages: Vec<String>,
    /// The images.
    pub images: Vec<Image>,
    /// The video's address.
    pub video: Option<String>,
    /// The sound's address.
    pub audio: Option<String>,
}

/// The uploaded files, by the name that their content's hash gives them.
#[derive(Debug, Default)]
pub struct Files(HashMap<String, Bytes>);

impl Files {
    /// Keeps `content` and returns its name; the same content under the same extension has the same name.
    pub fn keep(&mut self, content: Bytes, extension: &str) -> String {
        let name = format!("{}.{extension}", blake3::hash(&content).to_hex());
        self.0.entry(name.clone()).or_insert(content);
        name
    }

    /// Returns the content of the file of this name.
    pub fn get(&self, name: &str) -> Option<Bytes> {
        self.0.get(name).cloned()
    }
}
