//! Builds the form that a lobby is sent as (reference: Add Meeting Lobby Information). The reference shows it as JSON, but asks
//! for `multipart/form-data`: the server's framework then wants names with brackets, and booleans as `1` and `0`. Files are
//! streamed, so that memory does not grow with them.

use std::path::Path;
use std::time::Duration;

use reqwest::Body;
use reqwest::multipart::{Form, Part};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::reply::Failure;
use crate::model::{Asset, LobbyKind, LobbyUpload};

/// Bytes that an upload must manage in a second; the more there are, the longer it may take.
const PER_SECOND: u64 = 128 << 10;

const OPTIONS: [(LobbyKind, &str); 4] = [
    (LobbyKind::Message, "options[message]"),
    (LobbyKind::Image, "options[image]"),
    (LobbyKind::Audio, "options[audio]"),
    (LobbyKind::Video, "options[video]"),
];

/// Returns the form, and how much longer than a request without files it may take.
pub(super) async fn lobby(upload: &LobbyUpload) -> Result<(Form, Duration), Failure> {
    let mut form = LobbyForm::with_option(kind(upload));
    match upload {
        LobbyUpload::Messages { texts, audio } => {
            for (at, text) in texts.iter().enumerate() {
                form.text(format!("message[{at}][text]"), text);
            }
            if let Some(audio) = audio {
                form.audio(audio).await?;
            }
        }
        LobbyUpload::Images { images, audio } => {
            for (at, (image, caption)) in images.iter().enumerate() {
                form.asset(&format!("image[{at}]"), "img_file", image).await?;
                if let Some(caption) = caption {
                    form.text(format!("image[{at}][caption]"), caption);
                }
            }
            if let Some(audio) = audio {
                form.audio(audio).await?;
            }
        }
        LobbyUpload::Audio(audio) => form.audio(audio).await?,
        LobbyUpload::Video(url) => form.text("video[0][url]".to_owned(), url),
    }
    Ok((form.form, Duration::from_secs(form.bytes / PER_SECOND)))
}

fn kind(upload: &LobbyUpload) -> LobbyKind {
    match upload {
        LobbyUpload::Messages { .. } => LobbyKind::Message,
        LobbyUpload::Images { .. } => LobbyKind::Image,
        LobbyUpload::Audio(_) => LobbyKind::Audio,
        LobbyUpload::Video(_) => LobbyKind::Video,
    }
}

struct LobbyForm {
    form: Form,
    /// Of files.
    bytes: u64,
}

impl LobbyForm {
    /// All four options are sent, so that an update turns off what was on before.
    fn with_option(on: LobbyKind) -> Self {
        // Brackets must go out as they are.
        let form = Form::new().percent_encode_noop();
        let form =
            OPTIONS.iter().fold(form, |form, (kind, name)| form.text(*name, if *kind == on { "1" } else { "0" }));
        Self { form, bytes: 0 }
    }

    fn text(&mut self, name: String, text: &str) {
        self.part(name, Part::text(text.to_owned()));
    }

    async fn audio(&mut self, audio: &Asset) -> Result<(), Failure> {
        self.asset("audio[0]", "audio_file", audio).await
    }

    async fn asset(&mut self, entry: &str, file_key: &str, asset: &Asset) -> Result<(), Failure> {
        match asset {
            Asset::Url(url) => self.text(format!("{entry}[url]"), url),
            Asset::File(path) => {
                let (part, bytes) = file(path).await.map_err(|why| {
                    Failure::unsendable(format!("not sent, because the file {} {why}", path.display()))
                })?;
                self.bytes += bytes;
                self.part(format!("{entry}[{file_key}]"), part);
            }
        }
        Ok(())
    }

    fn part(&mut self, name: String, part: Part) {
        self.form = std::mem::take(&mut self.form).part(name, part);
    }
}

async fn file(path: &Path) -> Result<(Part, u64), String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // Looked at before it is opened: opening a pipe would wait for another program to write into it.
    let length = match tokio::fs::metadata(path).await.map_err(unreadable)? {
        found if !found.is_file() => return Err("is not a file".to_owned()),
        found if found.len() == 0 => return Err("is empty".to_owned()),
        found if found.len() > Asset::LARGEST => {
            return Err(format!("is larger than {} MiB", Asset::LARGEST >> 20));
        }
        found => found.len(),
    };
    let opened = File::open(path).await.map_err(unreadable)?;
    // No more than was announced, though it grow meanwhile.
    let stream = ReaderStream::new(opened.take(length));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = Part::stream_with_length(Body::wrap_stream(stream), length)
        .mime_str(media_type(&name))
        .map_err(|error| format!("cannot be sent: {error}"))?
        .file_name(name);
    Ok((part, length))
}

fn media_type(name: &str) -> &'static str {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
