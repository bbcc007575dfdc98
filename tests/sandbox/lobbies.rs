//! Lobbies: multipart forms in, addresses of files out.

use reqwest::multipart::{Form, Part};
use roomkeeper::sandbox::{EffectKind, Options, Show, Slips};
use serde_json::{Value, json};

use crate::guest::{Answer, Guest, plain, send};

async fn with_meeting(options: Options) -> (Guest, String) {
    let guest = Guest::of(options).await;
    let id = guest.schedule(json!({})).await;
    (guest, format!("/meetings/{id}/lobby"))
}

fn texts(fields: &[(&'static str, &'static str)]) -> Form {
    fields.iter().fold(Form::new(), |form, &(name, value)| form.text(name, value))
}

async fn form(guest: &Guest, method: &str, path: &str, form: Form) -> Answer {
    send(guest.ask(method, path).multipart(form)).await
}

#[tokio::test]
async fn a_lobby_lives_from_post_to_delete() {
    let (guest, path) = with_meeting(plain()).await;
    assert_eq!(guest.get(&path).await.status, 404);
    assert_eq!(form(&guest, "PATCH", &path, texts(&[("options[message]", "1")])).await.status, 404);

    let messages = texts(&[
        ("options[message]", "1"),
        ("options[image]", "0"),
        ("message[0][text]", "Welcome to the lecture"),
        ("message[1][text]", "We begin at ten"),
    ]);
    let music = Part::bytes(b"MP3".as_slice()).file_name("waiting.mp3");
    let added = form(&guest, "POST", &path, messages.part("audio[0][audio_file]", music)).await;
    assert_eq!((added.status, added.code()), (200, 1), "{added:?}");
    let lobby = guest.get(&path).await.body["lobby"].clone();
    assert_eq!(lobby, added.body["lobby"]);
    assert_eq!(lobby["options"], json!({"messages": true, "images": false, "audio": false, "video": false}));
    assert_eq!(lobby["message"], json!([{"text": "Welcome to the lecture"}, {"text": "We begin at ten"}]));
    let url = lobby["audio"][0]["url"].as_str().unwrap();
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "MP3");

    let image = Part::bytes(b"PNG".as_slice()).file_name("door.png");
    let images = texts(&[
        ("options[image]", "1"),
        ("image[0][caption]", "The door"),
        ("image[1][url]", "https://example.org/b.png"),
    ]);
    let updated = form(&guest, "PATCH", &path, images.part("image[0][img_file]", image)).await;
    assert_eq!(updated.body["lobby"]["image"][0]["caption"], "The door");
    assert_eq!(updated.body["lobby"]["image"][1]["url"], "https://example.org/b.png");
    assert!(updated.body["lobby"].get("message").is_none());

    let deleted = send(guest.ask("DELETE", &path)).await;
    assert_eq!((deleted.code(), deleted.body["desc"].as_str()), (1, Some("Lobby is deleted")));
    assert_eq!(send(guest.ask("DELETE", &path)).await.status, 404);
    let effects = guest.sandbox.effects();
    let shown: Vec<_> = effects[1..].iter().map(|e| (e.kind, e.lobby.as_ref().map(|lobby| lobby.show))).collect();
    assert_eq!(
        shown,
        [
            (EffectKind::LobbyAdded, Some(Show::Messages)),
            (EffectKind::LobbyUpdated, Some(Show::Images)),
            (EffectKind::LobbyRemoved, None)
        ]
    );
}

#[tokio::test]
async fn a_video_and_plain_audio_are_addresses() {
    let (guest, path) = with_meeting(plain()).await;
    let video = texts(&[("options[video]", "1"), ("video[0][url]", "https://example.org/x.mp4")]);
    let lobby = form(&guest, "POST", &path, video).await.body["lobby"].clone();
    assert_eq!(
        (lobby["options"]["video"].as_bool(), lobby["video"][0]["url"].as_str()),
        (Some(true), Some("https://example.org/x.mp4"))
    );
    let audio = texts(&[("options[audio]", "1"), ("audio[0][url]", "https://example.org/x.mp3")]);
    let lobby = form(&guest, "PATCH", &path, audio).await.body["lobby"].clone();
    assert_eq!(
        (lobby["options"]["audio"].as_bool(), lobby["audio"][0]["url"].as_str()),
        (Some(true), Some("https://example.org/x.mp3"))
    );
}

#[tokio::test]
async fn each_way_to_get_a_lobby_wrong_has_its_code() {
    let (guest, path) = with_meeting(plain()).await;
    let long: &'static str =
        "This message goes on and on and on, until it is longer than the hundred characters that the server allows.";
    let cases: &[(&[(&'static str, &'static str)], i64)] = &[
        (&[("message[0][text]", "Welcome")], 2423),
        (&[("options[message]", "0")], 2423),
        (&[("options[message]", "true"), ("message[0][text]", "Welcome")], 2423),
        (&[("options[message]", "1"), ("options[audio]", "1"), ("message[0][text]", "Welcome")], 2423),
        (&[("options[text]", "1")], 2423),
        (&[("options[message]", "1")], 2402),
        (&[("options[message]", "1"), ("message[0][words]", "Welcome")], 2422),
        (&[("options[message]", "1"), ("message[0][text]", "Hi")], 2432),
        (&[("options[message]", "1"), ("message[0][text]", long)], 2433),
        (&[("options[image]", "1")], 2403),
        (&[("options[image]", "1"), ("image", "https://example.org/b.png")], 2412),
        (&[("options[image]", "1"), ("image[0][caption]", "alone")], 2403),
        (&[("options[image]", "1"), ("image[0][url]", "b.png")], 2453),
        (&[("options[audio]", "1")], 2404),
        (&[("options[audio]", "1"), ("audio[0][url]", "https://example.org/x.ogg")], 2453),
        (&[("options[video]", "1")], 2405),
        (&[("options[video]", "1"), ("video", "https://example.org/x.mp4")], 2421),
        (&[("options[video]", "1"), ("video[0][url]", "https://example.org/x.avi")], 2453),
    ];
    for (fields, code) in cases {
        let answer = form(&guest, "POST", &path, texts(fields)).await;
        assert_eq!((answer.status, answer.code()), (406, *code), "{fields:?}");
    }
    let files: [(Form, &'static str, i64); 3] = [
        (texts(&[("options[image]", "1"), ("image[0][url]", "https://example.org/b.png")]), "image[0][caption]", 2435),
        (texts(&[("options[video]", "1")]), "video[0][url]", 2438),
        (texts(&[("options[audio]", "1")]), "audio[0][audio_file]", 2404),
    ];
    for (fields, name, code) in files {
        let file = Part::bytes(b"x".as_slice()).file_name("x.wav");
        assert_eq!(form(&guest, "POST", &path, fields.part(name, file)).await.code(), code, "{name}");
    }
    let json = send(guest.ask("POST", &path).json(&json!({"options": {"message": true}}))).await;
    assert_eq!(json.code(), 2423);
    assert_eq!(guest.sandbox.effects().len(), 1);
}

#[tokio::test]
async fn no_lobby_is_404_or_empty_options_and_options_have_both_names_in_turn() {
    let (guest, path) = with_meeting(Options { slips: Slips::All, ..plain() }).await;
    assert_eq!(guest.get(&path).await.status, 404);
    let empty = guest.get(&path).await;
    assert_eq!(empty.status, 200);
    assert!(empty.body["lobby"]["options"].get("message").is_some_and(|chosen| *chosen != json!(true)));

    let messages = texts(&[("options[messages]", "1"), ("message[0][text]", "Welcome")]);
    assert_eq!(form(&guest, "POST", &path, messages).await.status, 200);
    let mut names = Vec::new();
    for _ in 0..2 {
        let options: Value = guest.get(&path).await.body["lobby"]["options"].clone();
        names.push((options.get("messages").is_some(), options.get("message").is_some()));
    }
    assert_eq!(names, [(true, false), (false, true)]);
}
