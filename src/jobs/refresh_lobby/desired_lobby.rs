//! Defines an item's payload, as the journal keeps it: all that is needed to decide, send and settle it, also after
//! a restart with another configuration.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::{Asset, Digest, JobPayload, Life, Lobby, LobbyUpload, MeetingId, Remember, Status};

/// An item's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LobbyPayload {
    /// The version of this form.
    pub(super) v: u32,
    /// The lobby's meeting.
    pub(super) meeting: MeetingId,
    /// The meeting's start, where the server tells it.
    pub(super) start: Option<Timestamp>,
    /// True when this lobby is the one that the job made last, so that most likely nothing changes.
    pub(super) kept: bool,
    /// The wanted state.
    #[serde(rename = "wish")]
    pub(super) desired: DesiredLobby,
}

/// The wanted state of a meeting's lobby.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DesiredLobby {
    /// This lobby.
    Show(Show),
    /// No lobby.
    Remove,
    /// Nothing: the plan has decided.
    Nothing,
}

/// A lobby as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Show {
    /// The upload that is sent.
    pub(super) upload: LobbyUpload,
    /// Fingerprints of its files, in the order of [`files_of`].
    pub(super) files: Vec<Digest>,
}

/// The remembered part of a lobby: the files that were uploaded for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Uploaded {
    /// The files.
    pub(super) files: Vec<UploadedFile>,
    /// Set where the server took the lobby, and made another one of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) other: Option<MadeOther>,
}

/// The record of a lobby of which the server made another one: it did not keep all files, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MadeOther {
    /// A fingerprint of the wanted state that was sent.
    pub(super) sent: Digest,
    /// A fingerprint of the lobby that the server showed after that.
    pub(super) shown: Digest,
}

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UploadedFile {
    /// Its fingerprint.
    pub(super) hash: Digest,
    /// The file's address on the server, where the server told it.
    pub(super) url: Option<String>,
}

/// The record of an intent: the request that is sent, and the state on the server before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    /// The request that is sent.
    pub(super) sent: Sent,
    /// A fingerprint of the lobby before; `None` where there was none.
    pub(super) lobby: Option<Digest>,
    /// True when a lobby is taken away to be added anew, or added after that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) anew: bool,
}

/// The kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sent {
    /// Add Meeting Lobby Information.
    Add,
    /// Update Meeting Lobby Information.
    Update,
    /// Delete Meeting Lobby Information.
    Delete,
}

impl Sent {
    /// Returns the item's status when it succeeds. One that has come here by steps had a lobby, which was taken
    /// away.
    pub(super) fn status(self, life: &Life) -> Status {
        match self {
            Self::Add if life.steps > 0 => Status::Updated,
            Self::Add => Status::Added,
            Self::Update => Status::Updated,
            Self::Delete => Status::Removed,
        }
    }
}

impl LobbyPayload {
    /// `None` for a payload of a version that this program does not know.
    pub(super) fn read(payload: &JobPayload) -> Option<Arc<Self>> {
        payload.read::<Self>().filter(|payload| payload.v == 1)
    }

    /// Returns the lease that no other item may hold while this one is under way.
    pub(super) fn lease(&self) -> String {
        format!("meeting:{}", self.meeting)
    }

    /// Returns the fact that the job remembers under the meeting's id once the lobby is as it should be.
    pub(super) fn remember(&self, uploaded: &Uploaded) -> Remember {
        Remember::Made {
            identity: self.meeting.to_string(),
            resource: self.meeting.clone(),
            content: self.desired.content(),
            facts: json(uploaded),
        }
    }

    /// Returns the fact that the job remembers where the server took the lobby, and shows this other one. It is no lobby as
    /// it should be, so its content is that of none.
    pub(super) fn remember_other(&self, show: &Show, shown: &Lobby) -> Remember {
        let other = Some(MadeOther { sent: self.desired.content(), shown: fingerprint(shown) });
        let mut uploaded = Uploaded { other, ..Uploaded::of(show, Some(shown)) };
        uploaded.files.retain(|file| file.url.is_some());
        let facts = json(&uploaded);
        let (identity, resource) = (self.meeting.to_string(), self.meeting.clone());
        Remember::Made { identity, resource, content: Digest::of(facts.as_bytes()), facts }
    }
}

impl DesiredLobby {
    /// Returns a fingerprint of the wanted state.
    pub(super) fn content(&self) -> Digest {
        Digest::of(json(self).as_bytes())
    }
}

impl Uploaded {
    /// Tells whether this lobby is all that the server made of that upload when it was sent.
    pub(super) fn was_made_of(&self, desired: &DesiredLobby, lobby: &Lobby) -> bool {
        self.other.is_some_and(|other| other.shown == fingerprint(lobby) && other.sent == desired.content())
    }

    /// Returns the facts to remember once a lobby was uploaded, and the server tells it so.
    pub(super) fn of(show: &Show, told: Option<&Lobby>) -> Self {
        let files = files_of(&show.upload).into_iter().zip(&show.files);
        let files = files.map(|((place, _), hash)| UploadedFile {
            hash: *hash,
            url: told.and_then(|lobby| place.url(lobby)).map(|url| bare(url).to_owned()),
        });
        Self { files: files.collect(), other: None }
    }
}

/// The place in a lobby where a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilePlace {
    /// The image of that number.
    Image(usize),
    /// The sound.
    Audio,
}

impl FilePlace {
    /// Returns its URL in a lobby that the server tells.
    pub(super) fn url(self, lobby: &Lobby) -> Option<&str> {
        match self {
            Self::Image(at) => lobby.images.get(at)?.url.as_deref(),
            Self::Audio => lobby.audio.first().map(String::as_str),
        }
    }
}

/// Returns the files of a lobby, each with its place, in their order: images, then the sound.
pub(super) fn files_of(upload: &LobbyUpload) -> Vec<(FilePlace, &std::path::Path)> {
    let images = match upload {
        LobbyUpload::Images { images, .. } => images.as_slice(),
        _ => &[],
    };
    let images = images.iter().enumerate().map(|(at, (image, _))| (FilePlace::Image(at), image));
    let audio = audio_of(upload).map(|audio| (FilePlace::Audio, audio));
    images
        .chain(audio)
        .filter_map(|(place, asset)| match asset {
            Asset::File(path) => Some((place, path.as_path())),
            Asset::Url(_) => None,
        })
        .collect()
}

/// Returns the sound of a lobby.
pub(super) fn audio_of(upload: &LobbyUpload) -> Option<&Asset> {
    match upload {
        LobbyUpload::Messages { audio, .. } | LobbyUpload::Images { audio, .. } => audio.as_ref(),
        LobbyUpload::Audio(audio) => Some(audio),
        LobbyUpload::Video(_) => None,
    }
}

/// Returns a fingerprint of all that a lobby shows.
pub(super) fn fingerprint(lobby: &Lobby) -> Digest {
    let bare = |urls: &[String]| urls.iter().map(|url| bare(url).to_owned()).collect::<Vec<_>>();
    let images: Vec<_> = lobby
        .images
        .iter()
        .map(|image| (image.url.as_deref().map(self::bare), image.caption.as_deref().unwrap_or_default()))
        .collect();
    Digest::of(json(&(lobby.kind, &lobby.messages, images, bare(&lobby.video), bare(&lobby.audio))).as_bytes())
}

/// Returns a URL without its query: what stands there may be a signature that is another one each time.
pub(super) fn bare(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// Makes the result of an item, as JSON.
pub(super) fn result(meeting: &MeetingId) -> String {
    serde_json::json!({ "meeting_id": meeting.as_str() }).to_string()
}

/// Makes JSON of a value that holds texts, numbers and lists only, which cannot fail.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LobbyImage;

    fn show() -> Show {
        let file = |name: &str| Asset::File(name.into());
        let images = vec![
            (file("a.png"), None),
            (Asset::Url("https://x.org/b".to_owned()), None),
            (file("c.png"), Some("C".to_owned())),
        ];
        let files = ["a", "c", "sound"].map(|text| Digest::of(text.as_bytes())).to_vec();
        Show { upload: LobbyUpload::Images { images, audio: Some(file("s.mp3")) }, files }
    }

    #[test]
    fn a_payload_goes_through_the_journal_and_back() {
        let meeting = MeetingId::new("m1").unwrap();
        let payload = LobbyPayload { v: 1, meeting, start: None, kept: true, desired: DesiredLobby::Show(show()) };
        let kept = |payload: &LobbyPayload| LobbyPayload::read(&JobPayload::kept(json(payload)));
        assert_eq!(kept(&payload).as_deref(), Some(&payload));
        assert_eq!(kept(&LobbyPayload { v: 2, ..payload }), None);
    }

    #[test]
    fn each_uploaded_file_is_remembered_with_the_address_that_the_server_gave_it() {
        let image = |url: &str| LobbyImage { url: Some(url.to_owned()), caption: None };
        let lobby = Lobby {
            images: vec![image("https://s/1?key=x"), image("https://x.org/b"), image("https://s/3")],
            audio: vec!["https://s/4".to_owned()],
            ..Lobby::default()
        };
        let urls = |uploaded: Uploaded| uploaded.files.into_iter().map(|file| file.url).collect::<Vec<_>>();
        let known = ["https://s/1", "https://s/3", "https://s/4"].map(|url| Some(url.to_owned()));
        assert_eq!(urls(Uploaded::of(&show(), Some(&lobby))), known);
        assert_eq!(urls(Uploaded::of(&show(), None)), [None, None, None]);
    }
}
