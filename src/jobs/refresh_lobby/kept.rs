//! Tells which files of a lobby a server did not keep: one that takes no more than so many drops the rest in silence, and their
//! captions arrive. Pure.

use super::desired_lobby::{Show, audio_of};
use super::diff::{is_told_caption, name};
use crate::model::{Asset, Lobby, LobbyImage, LobbyKind, LobbyUpload};

/// So many names are told.
const NAMED: usize = 10;

/// Puts into words which files the server did not keep of a lobby that it took; `None` where it kept all.
pub(super) fn not_kept_in_words(show: &Show, lobby: &Lobby) -> Option<String> {
    let missing = not_kept(show, lobby);
    if missing.is_empty() {
        return None;
    }
    let named = missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = missing.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let files = if missing.len() == 1 { "this file" } else { "these files" };
    Some(format!(
        "the server took the lobby, and did not keep {files}: {named}{more}. Many servers keep no more than 20 files of a lobby, \
         2 MB each and 8 MB in all: send fewer or smaller ones, name them by url, or ask whoever runs the server to raise its limits"
    ))
}

/// Returns the pictures and the sound that are not there, by their names.
fn not_kept(show: &Show, lobby: &Lobby) -> Vec<String> {
    let mut missing = Vec::new();
    if let LobbyUpload::Images { images, .. } = &show.upload
        && lobby.kind == Some(LobbyKind::Image)
    {
        missing_images(images, lobby, &mut missing);
    }
    if let Some(audio @ Asset::File(_)) = audio_of(&show.upload)
        && lobby.audio.is_empty()
    {
        missing.push(name(audio));
    }
    missing
}

/// Goes along both lists: an entry of which nothing came back leaves the list of the server shorter.
fn missing_images(wanted: &[(Asset, Option<String>)], lobby: &Lobby, missing: &mut Vec<String>) {
    let mut spare = wanted.len().saturating_sub(lobby.images.len());
    let mut there = lobby.images.iter().peekable();
    for (image, caption) in wanted {
        let fits = |is: &&LobbyImage| spare == 0 || is_told_caption(is, caption.as_deref(), lobby.numbers);
        match there.next_if(fits) {
            Some(LobbyImage { url: Some(_), .. }) => {}
            Some(_) => missing.push(name(image)),
            None => {
                spare = spare.saturating_sub(1);
                missing.push(name(image));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(captions: &[&str]) -> Show {
        let image = |(at, caption): (usize, &&str)| {
            (Asset::File(format!("{at}.png").into()), Some((*caption).to_owned()).filter(|caption| !caption.is_empty()))
        };
        let images = captions.iter().enumerate().map(image).collect();
        Show { upload: LobbyUpload::Images { images, audio: Some(Asset::File("s.mp3".into())) }, files: Vec::new() }
    }

    fn lobby(images: &[(bool, &str)], audio: bool) -> Lobby {
        let image = |(url, caption): &(bool, &str)| LobbyImage {
            url: url.then(|| "https://s/1.png".to_owned()),
            caption: Some((*caption).to_owned()),
        };
        let audio = audio.then(|| "https://s/a.mp3".to_owned()).into_iter().collect();
        Lobby { kind: Some(LobbyKind::Image), images: images.iter().map(image).collect(), audio, ..Lobby::default() }
    }

    #[test]
    fn pictures_without_an_address_and_those_that_left_no_entry_are_named() {
        let wanted = show(&["A", "B", "C"]);
        let all = [(true, "A"), (true, "B"), (true, "C")];
        assert!(not_kept(&wanted, &lobby(&all, true)).is_empty());
        assert_eq!(not_kept(&wanted, &lobby(&all, false)), ["s.mp3"]);
        assert_eq!(not_kept(&wanted, &lobby(&[(true, "A"), (false, "B"), (false, "C")], true)), ["1.png", "2.png"]);
        assert_eq!(not_kept(&wanted, &lobby(&[(true, "A"), (true, "C")], true)), ["1.png"]);
        assert_eq!(not_kept(&show(&["", "", ""]), &lobby(&[(true, ""), (true, "")], true)), ["2.png"]);
        assert_eq!(not_kept(&wanted, &Lobby::default()), ["s.mp3"]);
    }

    #[test]
    fn a_long_list_is_cut_short() {
        let words = not_kept_in_words(&show(&[""; 13]), &lobby(&[], true)).unwrap();
        assert!(words.contains("these files: 0.png, 1.png") && words.contains("9.png and 3 more."), "{words}");
    }
}
