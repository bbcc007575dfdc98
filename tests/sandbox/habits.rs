//! A server that keeps and tells things in a form of its own.

use reqwest::multipart::{Form, Part};
use roomkeeper::sandbox::EffectKind;
use serde_json::json;

use crate::guest::{Guest, plain, send};

#[tokio::test]
async fn what_is_sent_comes_back_in_the_servers_own_form() {
    let guest = Guest::of(plain()).await;
    guest.script("trim = true\nescape = true\nnumeric = true");
    let id = guest.schedule(json!({"room_name": "\u{200B}R&D\u{200D}", "desc": "\u{2800}0123"})).await;
    let told = guest.get(&format!("/meetings/{id}")).await;
    assert_eq!((&told.body["meeting"]["room_name"], &told.body["meeting"]["desc"]), (&json!("R&amp;D"), &json!(123)));
    let listed = guest.get("/meetings?stage=upcoming").await;
    assert!(listed.body["meetings"][0]["mpin"].is_number(), "{listed:?}");
    let short = guest.send("POST", "/meetings", crate::guest::meeting(json!({"room_name": "ab\u{200B}"}))).await;
    assert_eq!((short.status, &short.body["result"]), (406, &json!(1612)));
}

#[tokio::test]
async fn in_maintenance_every_request_is_answered_alike() {
    let guest = Guest::of(plain()).await;
    guest.script("[maintenance]\nafter = 1");
    guest.schedule(json!({})).await;
    for path in ["/meetings", "/timezones", "/meeting/permanent"] {
        assert_eq!(guest.get(path).await.status, 503, "{path}");
    }
    guest.script("[maintenance]\nanswer = 'redirect_302'");
    assert_eq!(guest.get("/timezones").await.status, 302);
    guest.script("");
    assert_eq!(guest.get("/timezones").await.status, 200);
}

#[tokio::test]
async fn a_form_is_read_of_a_post_alone_and_a_patch_is_refused_or_heard_in_vain() {
    let guest = Guest::of(plain()).await;
    let path = format!("/meetings/{}/lobby", guest.schedule(json!({})).await);
    let form = |text: &'static str| Form::new().text("options[message]", "1").text("message[0][text]", text);
    let put = |method: &'static str, text| send(guest.ask(method, &path).multipart(form(text)));
    guest.script("patch_form = 'ignored'\ntrim = true");
    assert_eq!(put("POST", "Welcome\u{200B}").await.body["lobby"]["message"], json!([{"text": "Welcome"}]));
    assert_eq!(put("PATCH", "Good morning").await.code(), 2423);
    guest.script("patch_form = 'ignored_in_silence'");
    let heard = put("PATCH", "Good morning").await;
    assert_eq!((heard.code(), &heard.body["lobby"]["message"][0]["text"]), (1, &json!("Welcome")));
    guest.script("");
    assert_eq!(put("PATCH", "Good morning").await.body["lobby"]["message"][0]["text"], "Good morning");
    let kinds: Vec<_> = guest.sandbox.effects()[1..].iter().map(|effect| effect.kind).collect();
    assert_eq!(kinds, [EffectKind::LobbyAdded, EffectKind::LobbyUpdated]);
}

#[tokio::test]
async fn files_that_are_too_many_are_dropped_and_their_captions_are_kept() {
    let guest = Guest::of(plain()).await;
    let path = format!("/meetings/{}/lobby", guest.schedule(json!({})).await);
    guest.script("max_files = 1");
    let file = || Part::bytes(b"PNG".as_slice()).file_name("a.png");
    let form = Form::new()
        .text("options[image]", "1")
        .part("image[0][img_file]", file())
        .part("image[1][img_file]", file())
        .text("image[1][caption]", "The door")
        .part("image[2][img_file]", file())
        .part("audio[0][audio_file]", Part::bytes(b"MP3".as_slice()).file_name("a.mp3"));
    let lobby = send(guest.ask("POST", &path).multipart(form)).await.body["lobby"].clone();
    assert!(lobby["image"][0]["url"].is_string() && lobby.get("audio").is_none(), "{lobby}");
    assert_eq!(lobby["image"].as_array().unwrap()[1..], [json!({"caption": "The door"})]);
}
