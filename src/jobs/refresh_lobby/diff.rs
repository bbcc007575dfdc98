//! Finds the parts of a lobby that are not as they should be. Pure.

use reqwest::Url;

use super::desired_lobby::{FilePlace, Show, Uploaded, audio_of, bare, files_of};
use crate::model::kept::{as_kept, is_told_text};
use crate::model::{Asset, Lobby, LobbyImage, LobbyKind, LobbyUpload, fold};

/// A part of a lobby that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Its name in the configuration, or `lobby` for which option is on.
    pub(super) field: &'static str,
    /// The present value; `None` for nothing.
    pub(super) is: Option<String>,
    /// The wanted value; `None` for nothing.
    pub(super) wanted: Option<String>,
}

/// The knowledge of the files that a lobby shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Files<'a> {
    /// Those that were uploaded last.
    Uploaded(&'a Uploaded),
    /// They have just been uploaded: whatever is in their place are they. Where nothing is, the server did not keep one.
    JustSent,
}

/// Lists the parts that are not as they should be. A file is told by the last upload: the server names it anew.
pub(super) fn differences(show: &Show, files: Files<'_>, lobby: &Lobby) -> Vec<Change> {
    let wanted = &show.upload;
    let mut changes = Vec::new();
    let kind = kind_of(wanted);
    if lobby.kind != Some(kind) {
        changes.push(change("lobby", lobby.kind.map(word).unwrap_or_default(), word(kind)));
    }
    let compare = |place, asset: &Asset, is: Option<&str>| match asset {
        Asset::Url(url) => is.is_some_and(|is| is_same_url(is, url)),
        Asset::File(_) => is_uploaded(show, place, files, is),
    };
    match wanted {
        LobbyUpload::Messages { texts, .. } => {
            let same = texts.len() == lobby.messages.len()
                && texts.iter().zip(&lobby.messages).all(|(text, is)| is_told_text(is, text, lobby.numbers));
            if !same {
                changes.push(change("messages", lobby.messages.join(" / "), texts.join(" / ")));
            }
        }
        LobbyUpload::Images { images, .. } => {
            let same = images.len() == lobby.images.len()
                && images.iter().zip(&lobby.images).enumerate().all(|(at, ((image, caption), is))| {
                    is_told_caption(is, caption.as_deref(), lobby.numbers)
                        && compare(FilePlace::Image(at), image, is.url.as_deref())
                });
            if !same {
                let is = lobby.images.iter().map(|is| described(is.url.as_deref(), is.caption.as_deref()));
                let wanted = images.iter().map(|(image, caption)| described(Some(&name(image)), caption.as_deref()));
                changes.push(change(
                    "images",
                    is.collect::<Vec<_>>().join(" / "),
                    wanted.collect::<Vec<_>>().join(" / "),
                ));
            }
        }
        LobbyUpload::Video(url) => {
            if !matches!(lobby.video.as_slice(), [is] if is_same_url(is, url)) {
                changes.push(change("video", lobby.video.join(" / "), url.clone()));
            }
        }
        LobbyUpload::Audio(_) => {}
    }
    let is_heard = match (audio_of(wanted), lobby.audio.as_slice()) {
        (None, is) => is.is_empty() || kind == LobbyKind::Video,
        (Some(audio), [is]) => compare(FilePlace::Audio, audio, Some(is)),
        (Some(_), _) => false,
    };
    if !is_heard {
        changes.push(change("audio", lobby.audio.join(" / "), audio_of(wanted).map(name).unwrap_or_default()));
    }
    changes
}

/// `messages: "Hello" there, "Welcome" here`, for each.
pub(super) fn in_words(changes: &[Change]) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let each: Vec<_> = changes
        .iter()
        .map(|change| {
            let (is, wanted) = fold::side_by_side(&text(&change.is), &text(&change.wanted), 60);
            format!("{} ({is} there, {wanted} here)", change.field)
        })
        .collect();
    each.join(", ")
}

/// Describes a lobby's content in a few words.
pub(super) fn shown(lobby: &Lobby) -> String {
    lobby.kind.map(word).unwrap_or_default()
}

fn change(field: &'static str, is: String, wanted: String) -> Change {
    let told = |text: String| (!text.is_empty()).then_some(text);
    Change { field, is: told(is), wanted: told(wanted) }
}

fn kind_of(upload: &LobbyUpload) -> LobbyKind {
    match upload {
        LobbyUpload::Messages { .. } => LobbyKind::Message,
        LobbyUpload::Images { .. } => LobbyKind::Image,
        LobbyUpload::Audio(_) => LobbyKind::Audio,
        LobbyUpload::Video(_) => LobbyKind::Video,
    }
}

fn word(kind: LobbyKind) -> String {
    match kind {
        LobbyKind::Message => "messages",
        LobbyKind::Image => "images",
        LobbyKind::Audio => "audio",
        LobbyKind::Video => "video",
    }
    .to_owned()
}

/// Tells whether the caption is there that was sent; `numbers` says whether the server tells texts as numbers.
pub(super) fn is_told_caption(image: &LobbyImage, caption: Option<&str>, numbers: bool) -> bool {
    is_told_text(image.caption.as_deref().unwrap_or_default(), caption.unwrap_or_default(), numbers)
}

/// Compares two URLs. A server may keep the ampersands of a URL as entities, too.
fn is_same_url(one: &str, other: &str) -> bool {
    let (one, other) = (&*as_kept(one), &*as_kept(other));
    one == other || matches!((Url::parse(one), Url::parse(other)), (Ok(one), Ok(other)) if one == other)
}

fn is_uploaded(show: &Show, place: FilePlace, files: Files<'_>, is: Option<&str>) -> bool {
    let Some(is) = is else { return false };
    let uploaded = match files {
        Files::JustSent => return true,
        Files::Uploaded(uploaded) => uploaded,
    };
    let at = files_of(&show.upload).iter().position(|(of, _)| *of == place);
    let Some(hash) = at.and_then(|at| show.files.get(at)) else { return false };
    uploaded.files.iter().any(|file| {
        file.hash == *hash
            // If the server did not tell the file's place then, its presence must do.
            && file.url.as_deref().is_none_or(|put| put == bare(is))
    })
}

/// Returns a person's word for an asset.
pub(super) fn name(asset: &Asset) -> String {
    match asset {
        Asset::Url(url) => url.clone(),
        Asset::File(path) => path.display().to_string(),
    }
}

fn described(image: Option<&str>, caption: Option<&str>) -> String {
    let image = image.unwrap_or("no picture");
    match caption.filter(|caption| !caption.is_empty()) {
        Some(caption) => format!("{image} ({caption})"),
        None => image.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::desired_lobby::{UploadedFile, fingerprint};
    use super::*;
    use crate::model::Digest;

    fn messages(texts: &[&str], audio: Option<Asset>) -> Show {
        let files = audio.iter().filter(|audio| matches!(audio, Asset::File(_))).map(|_| Digest::of(b"sound"));
        let files = files.collect();
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Show { upload: LobbyUpload::Messages { texts, audio }, files }
    }

    fn lobby(texts: &[&str], audio: &[&str]) -> Lobby {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Lobby { kind: Some(LobbyKind::Message), messages: owned(texts), audio: owned(audio), ..Lobby::default() }
    }

    fn fields(show: &Show, files: Files<'_>, lobby: &Lobby) -> Vec<&'static str> {
        differences(show, files, lobby).into_iter().map(|change| change.field).collect()
    }

    #[test]
    fn messages_are_compared_in_their_order_and_blanks_do_not_count() {
        let wanted = messages(&["One  message", "Another"], None);
        let none = Uploaded::default();
        let compare = |is: &Lobby| fields(&wanted, Files::Uploaded(&none), is);
        assert!(compare(&lobby(&[" One message", "Another"], &[])).is_empty());
        assert!(compare(&lobby(&["One&#32;message\u{200B}", "\u{FEFF}Another"], &[])).is_empty());
        assert_eq!(compare(&lobby(&["Another", "One message"], &[])), ["messages"]);
        assert_eq!(compare(&lobby(&["One message", "Another"], &["https://s/a.mp3"])), ["audio"]);
        let images = Lobby { kind: Some(LobbyKind::Image), ..lobby(&[], &[]) };
        assert_eq!(compare(&images), ["lobby", "messages"]);
    }

    #[test]
    fn a_file_is_known_by_what_was_uploaded_last_and_by_its_place_on_the_server() {
        let wanted = messages(&["Hello"], Some(Asset::File("s.mp3".into())));
        let of = |hash: &[u8], url: Option<&str>| Uploaded {
            files: vec![UploadedFile { hash: Digest::of(hash), url: url.map(str::to_owned) }],
            other: None,
        };
        let is = lobby(&["Hello"], &["https://s/1.mp3?signature=2"]);
        let compare = |uploaded: &Uploaded| fields(&wanted, Files::Uploaded(uploaded), &is);
        assert!(compare(&of(b"sound", Some("https://s/1.mp3"))).is_empty());
        assert!(compare(&of(b"sound", None)).is_empty());
        assert_eq!(compare(&of(b"sound", Some("https://s/2.mp3"))), ["audio"], "somebody put another one there");
        assert_eq!(compare(&of(b"other", Some("https://s/1.mp3"))), ["audio"], "the file has changed");
        assert_eq!(compare(&Uploaded::default()), ["audio"], "nothing was uploaded");
        assert!(fields(&wanted, Files::JustSent, &is).is_empty());
        assert_eq!(fields(&wanted, Files::JustSent, &lobby(&["Hello"], &[])), ["audio"]);
    }

    #[test]
    fn images_are_compared_with_their_captions_and_a_blank_caption_is_none() {
        let url = |n: u32| format!("https://x.org/{n}.png");
        let wanted = |second: Option<&str>| Show {
            upload: LobbyUpload::Images {
                images: vec![
                    (Asset::Url(url(1)), None),
                    (Asset::Url("https://X.org/2.png".to_owned()), second.map(str::to_owned)),
                ],
                audio: None,
            },
            files: Vec::new(),
        };
        let image = |n, caption: &str| LobbyImage { url: Some(url(n)), caption: Some(caption.to_owned()) };
        let is =
            Lobby { kind: Some(LobbyKind::Image), images: vec![image(1, ""), image(2, "Campus")], ..Lobby::default() };
        assert!(fields(&wanted(Some("Campus")), Files::JustSent, &is).is_empty());
        assert_eq!(fields(&wanted(None), Files::JustSent, &is), ["images"]);
        let file = Show {
            upload: LobbyUpload::Images { images: vec![(Asset::File("a.png".into()), None)], audio: None },
            files: vec![Digest::of(b"a")],
        };
        let kept = Lobby { images: vec![image(1, "")], ..is.clone() };
        let dropped = Lobby { images: vec![LobbyImage { url: None, caption: None }], ..is.clone() };
        let was = Uploaded { files: vec![UploadedFile { hash: Digest::of(b"a"), url: None }], other: None };
        for files in [Files::JustSent, Files::Uploaded(&was)] {
            assert!(fields(&file, files, &kept).is_empty());
            assert_eq!(fields(&file, files, &dropped), ["images"], "nothing is where a file was to be");
        }
        let fewer = Lobby { images: vec![image(1, "")], ..is };
        assert_eq!(fields(&wanted(Some("Campus")), Files::JustSent, &fewer), ["images"]);
    }

    #[test]
    fn a_fingerprint_changes_with_what_is_shown_alone() {
        let one = lobby(&["Hello"], &["https://s/1?x=1"]);
        assert_eq!(fingerprint(&one), fingerprint(&lobby(&["Hello"], &["https://s/1?x=2"])));
        assert_ne!(fingerprint(&one), fingerprint(&lobby(&["Hello"], &["https://s/2"])));
    }
}
