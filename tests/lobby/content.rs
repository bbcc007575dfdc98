//! Lobbies are made of messages, images and sounds, and a file that has changed counts as another one.

use roomkeeper::sandbox::{Lobby, Show};

use crate::refreshing::with_upcoming;
use crate::site::{Site, Writes};

/// Where the sandbox puts an uploaded file.
fn place(content: &str, ending: &str) -> String {
    format!("/{}.{ending}", blake3::hash(content.as_bytes()).to_hex())
}

fn the_lobby(site: &Site) -> Lobby {
    site.meetings()[0].lobby.clone().unwrap()
}

#[test]
fn images_by_file_and_url_with_captions_and_sound_behind_them() {
    let site = with_upcoming(3);
    site.write("campus.png", "a picture");
    site.write("waiting.mp3", "a sound");
    let images = "images = [{ file = 'campus.png', caption = 'See you in {room_name}' }, \
                  { url = 'https://www.example.org/map.png' }]";
    site.configure_job(&format!("lobby = {{ {images}, audio = 'waiting.mp3' }}"));
    site.refresh().expect(&[("added", 3)]);
    for meeting in site.meetings() {
        let lobby = meeting.lobby.unwrap();
        assert_eq!((lobby.show, lobby.images.len()), (Show::Images, 2));
        assert!(lobby.images[0].url.ends_with(&place("a picture", "png")), "{lobby:?}");
        assert_eq!(lobby.images[0].caption, format!("See you in {}", meeting.room_name));
        assert_eq!(lobby.images[1].url, "https://www.example.org/map.png");
        assert!(lobby.audio.unwrap().ends_with(&place("a sound", "mp3")));
    }
    let again = site.refresh();
    again.expect(&[("unchanged", 3)]);
    assert_eq!(again.sent, Writes::NONE);

    // The order of the images counts, and nothing is uploaded for a file that merely has another name.
    std::fs::rename(site.path("campus.png"), site.path("garden.png")).unwrap();
    site.configure_job(&format!("lobby = {{ {}, audio = 'waiting.mp3' }}", images.replace("campus", "garden")));
    site.refresh().expect(&[("unchanged", 3)]);
    site.write("garden.png", "another picture");
    let updated = site.refresh();
    updated.expect(&[("updated", 3)]);
    assert_eq!(updated.sent, Writes::patches(3));
    assert!(the_lobby(&site).images[0].url.ends_with(&place("another picture", "png")));
}

#[test]
fn one_sort_of_lobby_takes_the_place_of_another() {
    let site = with_upcoming(1);
    site.write("waiting.mp3", "a sound");
    for (lobby, show) in [
        ("messages = ['Hello there'], audio = 'waiting.mp3'", Show::Messages),
        ("audio = 'waiting.mp3'", Show::Audio),
        ("video = 'https://www.example.org/welcome.mp4'", Show::Video),
        ("images = [{ url = 'https://www.example.org/map.png' }]", Show::Images),
        ("messages = ['Hello there'], audio = 'https://www.example.org/a.mp3'", Show::Messages),
        ("messages = ['Hello there']", Show::Messages),
    ] {
        site.configure_job(&format!("lobby = {{ {lobby} }}"));
        assert_eq!(site.refresh().code, 0, "{lobby}");
        assert_eq!(the_lobby(&site).show, show, "{lobby}");
        let again = site.refresh();
        again.expect(&[("unchanged", 1)]);
        assert_eq!(again.sent, Writes::NONE, "{lobby}");
    }
    assert_eq!(the_lobby(&site).audio, None);
}

#[test]
fn what_somebody_else_put_there_is_put_right() {
    let site = with_upcoming(2);
    site.write("waiting.mp3", "a sound");
    site.configure_job("lobby = { messages = ['Hello there'], audio = 'waiting.mp3' }");
    site.refresh().expect(&[("added", 2)]);
    let meeting = site.meetings()[0].meeting_id.clone();
    let other = [
        ("options[message]", "1"),
        ("message[0][text]", "Hello there"),
        ("audio[0][url]", "https://www.example.org/other.mp3"),
    ];
    site.put_lobby("PATCH", &meeting, &other);
    let updated = site.refresh();
    updated.expect(&[("unchanged", 1), ("updated", 1)]);
    assert!(the_lobby(&site).audio.unwrap().ends_with(&place("a sound", "mp3")));
    site.refresh().expect(&[("unchanged", 2)]);
}

#[test]
fn a_lobby_that_somebody_else_made_just_so_is_left_alone() {
    let site = with_upcoming(1);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    let meeting = site.meetings()[0].meeting_id.clone();
    site.put_lobby("POST", &meeting, &[("options[message]", "1"), ("message[0][text]", "Hello there")]);
    let refreshed = site.refresh();
    refreshed.expect(&[("unchanged", 1)]);
    assert_eq!(refreshed.sent, Writes::NONE);
}
