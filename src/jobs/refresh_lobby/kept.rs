//! Tells which files of a lobby a server did not keep: one that takes no more than so many drops the rest in silence, and their
//! captions arrive. Pure.

use super::desired_lobby::{Show, audio_of};
use super::diff::{Files, differences, in_words, is_told_caption, name};
use crate::model::{Asset, Lobby, LobbyImage, LobbyKind, LobbyUpload};

/// So many names are told.
const NAMED: usize = 10;

/// The beginning of the words for a lobby that is there, and is another one than was sent.
const TOOK: &str = "the server took the lobby, and";

/// Puts into words what the server made of a lobby that it took, where that is another one.
pub(super) fn other_in_words(show: &Show, lobby: &Lobby) -> Option<String> {
    let differing = differences(show, Files::JustSent, lobby);
    let other = || format!("{TOOK} shows another one: it differs in {}", in_words(&differing));
    (!differing.is_empty()).then(|| not_kept_in_words(show, lobby).unwrap_or_else(other))
}

/// Tells whether these are the words for a lobby that is there, though it is another one.
pub(super) fn says_that_it_is_there(error: &str) -> bool {
    error.starts_with(TOOK)
}

/// Tells whether nothing is missing to the wanted lobby but files.
pub(super) fn lacks_files_alone(show: &Show, lobby: &Lobby) -> bool {
    if differences(show, Files::JustSent, lobby).is_empty() {
        return false;
    }
    let mut filled = lobby.clone();
    if let LobbyUpload::Images { images, .. } = &show.upload {
        let (aligned, is_over) = aligned(images, lobby);
        let fill = |((image, caption), is): (&(Asset, Option<String>), Option<&LobbyImage>)| match (image, is) {
            (Asset::File(_), None) => LobbyImage { url: Some(name(image)), caption: caption.clone() },
            (Asset::File(_), Some(is)) => LobbyImage { url: Some(name(image)), ..is.clone() },
            (Asset::Url(_), is) => is.cloned().unwrap_or_default(),
        };
        filled.images = if is_over { return false } else { images.iter().zip(aligned).map(fill).collect() };
    }
    if let Some(audio @ Asset::File(_)) = audio_of(&show.upload)
        && filled.audio.is_empty()
    {
        filled.audio.push(name(audio));
    }
    differences(show, Files::JustSent, &filled).is_empty()
}

/// Puts into words which files the server did not keep of a lobby that it took; `None` where it kept all.
fn not_kept_in_words(show: &Show, lobby: &Lobby) -> Option<String> {
    let missing = not_kept(show, lobby);
    if missing.is_empty() {
        return None;
    }
    let named = missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = missing.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let files = if missing.len() == 1 { "this file" } else { "these files" };
    Some(format!(
        "{TOOK} did not keep {files}: {named}{more}. Many servers keep no more than 20 files of a lobby, \
         2 MB each and 8 MB in all: send fewer or smaller ones, name them by url, or ask whoever runs the server to raise its limits"
    ))
}

/// Returns the pictures and the sound that are not there, by their names.
fn not_kept(show: &Show, lobby: &Lobby) -> Vec<String> {
    let mut missing = Vec::new();
    if let LobbyUpload::Images { images, .. } = &show.upload
        && lobby.kind == Some(LobbyKind::Image)
    {
        let there = aligned(images, lobby).0.into_iter().map(|is| is.is_some_and(|is| is.url.is_some()));
        missing.extend(images.iter().zip(there).filter(|(_, there)| !there).map(|((image, _), _)| name(image)));
    }
    if let Some(audio @ Asset::File(_)) = audio_of(&show.upload)
        && lobby.audio.is_empty()
    {
        missing.push(name(audio));
    }
    missing
}

/// Goes along both lists, and finds each wanted image's entry: one of which nothing came back leaves the list of the server
/// shorter. Tells, too, whether entries are left over.
fn aligned<'a>(wanted: &[(Asset, Option<String>)], lobby: &'a Lobby) -> (Vec<Option<&'a LobbyImage>>, bool) {
    let mut spare = wanted.len().saturating_sub(lobby.images.len());
    let mut there = lobby.images.iter().peekable();
    let mut aligned = Vec::with_capacity(wanted.len());
    for (_, caption) in wanted {
        let fits = |is: &&LobbyImage| spare == 0 || is_told_caption(is, caption.as_deref(), lobby.numbers);
        let is = there.next_if(fits);
        if is.is_none() {
            spare = spare.saturating_sub(1);
        }
        aligned.push(is);
    }
    (aligned, there.next().is_some())
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
    fn a_lobby_lacks_files_alone_where_all_else_is_as_it_was_sent() {
        let wanted = show(&["A", "B", "C"]);
        let lacks = |images: &[(bool, &str)], audio| lacks_files_alone(&wanted, &lobby(images, audio));
        let all = [(true, "A"), (true, "B"), (true, "C")];
        assert!(!lacks(&all, true), "nothing is missing");
        assert!(lacks(&all, false) && lacks(&all[..2], true) && lacks(&[(true, "A"), (false, "B"), (true, "C")], true));
        assert!(!lacks(&[(true, "A"), (true, "Z"), (false, "C")], true), "a caption is another one");
        assert!(!lacks(&[(true, "Z"), (true, "A")], true), "an entry is left over");
        assert!(!lacks(&[(true, "A"), (true, "B"), (true, "C"), (true, "D")], false));
        assert!(!lacks_files_alone(&wanted, &Lobby { kind: None, ..lobby(&all, false) }));
        // A picture that was named by its address is not lost with a file.
        let by_url =
            LobbyUpload::Images { images: vec![(Asset::Url("https://x.org/a.png".to_owned()), None)], audio: None };
        assert!(!lacks_files_alone(&Show { upload: by_url, files: Vec::new() }, &lobby(&[], false)));
    }

    #[test]
    fn a_long_list_is_cut_short() {
        let words = not_kept_in_words(&show(&[""; 13]), &lobby(&[], true)).unwrap();
        assert!(words.contains("these files: 0.png, 1.png") && words.contains("9.png and 3 more."), "{words}");
    }
}
