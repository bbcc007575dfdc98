//! The lobby routes: forms with brackets, files, and the several ways to say that there is no lobby.

use std::collections::BTreeMap;
use std::path::Path;

use roomkeeper::api::{Attempt, Disposition};
use roomkeeper::model::{Asset, LobbyKind, LobbyUpload};

use crate::server::{Asked, Server, answer, meeting_id, ok};

const LOBBY: &str = r#"{"result":1,"meeting":{"meeting_id":"m1"},"lobby":{"options":{"messages":"true","images":false},
    "message":[{"text":"Welcome"}],"audio":[{"url":"https://go/a.mp3","embed":"<audio>"}]}}"#;

#[tokio::test]
async fn a_lobby_is_read_and_no_lobby_is_a_404_or_options_that_are_all_off() {
    let server = Server::with([
        ok(LOBBY),
        answer(404, "", r#"{"result":"1504"}"#),
        ok(r#"{"result":1,"meeting":{"meeting_id":"m1"},"lobby":{"options":{"messages":0}}}"#),
        ok(r#"{"result":1,"meeting":{"meeting_id":"m1"},"lobby":[]}"#),
        answer(404, "", "<html>"),
    ])
    .await;
    let client = server.client();
    let id = meeting_id("m1");
    let lobby = client.lobby(&id).await.unwrap().value.unwrap();
    assert_eq!((lobby.kind, lobby.messages), (Some(LobbyKind::Message), vec!["Welcome".to_owned()]));
    let absent = client.lobby(&id).await.unwrap();
    assert_eq!((absent.value, absent.attempt.http), (None, Some(404)));
    assert_eq!(client.lobby(&id).await.unwrap().value, None);
    assert_eq!(client.lobby(&id).await.unwrap().value, None);
    assert_eq!(client.lobby(&id).await.unwrap_err().disposition, Disposition::RouteMissing);
    assert_eq!(server.lines(), ["GET /v1/meetings/m1/lobby"; 5]);
}

#[tokio::test]
async fn messages_over_sound_go_out_as_a_form_with_one_option_true() {
    let server = Server::with([ok(LOBBY)]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wait \"me\".MP3");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let upload = LobbyUpload::Messages {
        texts: vec!["Welcome, all".to_owned(), "Wir öffnen um 9".to_owned()],
        audio: Some(Asset::File(path)),
    };
    let reply = server.client().add_lobby(&meeting_id("m1"), &upload).await.unwrap();
    assert_eq!(reply.value.unwrap().kind, Some(LobbyKind::Message));
    let asked = server.only();
    assert_eq!(asked.line(), "POST /v1/meetings/m1/lobby");
    assert_eq!(asked.header("x-app-type"), Some("vc"));
    assert!(asked.header("authorization").is_some());
    let mut parts = parts(&asked);
    let file = parts.remove("audio[0][audio_file]").unwrap();
    assert_eq!(file.body, vec![7; 300_000]);
    assert!(
        file.head.contains("Content-Type: audio/mpeg") && file.head.contains(r#"filename="wait \"me\".MP3""#),
        "{}",
        file.head
    );
    assert_eq!(
        texts(&parts),
        [
            ("message[0][text]", "Welcome, all"),
            ("message[1][text]", "Wir öffnen um 9"),
            ("options[audio]", "0"),
            ("options[image]", "0"),
            ("options[message]", "1"),
            ("options[video]", "0"),
        ]
    );
}

#[tokio::test]
async fn images_audio_and_video_have_their_own_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, b"png").unwrap();
    let url = |name: &str| Asset::Url(format!("https://go/{name}"));
    let images = vec![(Asset::File(path), Some("First".to_owned())), (url("b.png"), None)];
    let uploads = [
        (LobbyUpload::Images { images, audio: Some(url("a.mp3")) }, "options[image]"),
        (LobbyUpload::Audio(url("a.mp3")), "options[audio]"),
        (LobbyUpload::Video("https://go/v.mp4".to_owned()), "options[video]"),
    ];
    let server = Server::with(vec![ok(r#"{"result":1}"#); 3]).await;
    let client = server.client();
    for (upload, _) in &uploads {
        assert_eq!(client.update_lobby(&meeting_id("m1"), upload).await.unwrap().value, None);
    }
    assert_eq!(server.lines(), ["PATCH /v1/meetings/m1/lobby"; 3]);
    let sent: Vec<_> = server.asked().iter().map(parts).collect();
    for (parts, (_, option)) in sent.iter().zip(&uploads) {
        let on: Vec<_> =
            texts(parts).into_iter().filter(|(name, value)| name.starts_with("options") && *value == "1").collect();
        assert_eq!(on, [(*option, "1")]);
    }
    let without_options = |at: usize| -> Vec<(&str, &str)> {
        texts(&sent[at]).into_iter().filter(|(name, _)| !name.starts_with("options")).collect()
    };
    assert_eq!(
        without_options(0),
        [
            ("audio[0][url]", "https://go/a.mp3"),
            ("image[0][caption]", "First"),
            ("image[0][img_file]", "png"),
            ("image[1][url]", "https://go/b.png"),
        ]
    );
    assert!(sent[0]["image[0][img_file]"].head.contains("Content-Type: image/png"));
    assert_eq!(without_options(1), [("audio[0][url]", "https://go/a.mp3")]);
    assert_eq!(without_options(2), [("video[0][url]", "https://go/v.mp4")]);
}

#[tokio::test]
async fn an_added_lobby_that_the_reply_does_not_tell_is_ambiguous() {
    let server = Server::with([ok(r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#)]).await;
    let upload = LobbyUpload::Video("https://go/v.mp4".to_owned());
    let failure = server.client().add_lobby(&meeting_id("m1"), &upload).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Ambiguous);
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_named_and_nothing_is_sent() {
    let server = Server::with([]).await;
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let (empty, huge) = (folder.path().join("empty.mp3"), folder.path().join("huge.mp3"));
    std::fs::write(&empty, b"").unwrap();
    std::fs::File::create(&huge).unwrap().set_len((64 << 20) + 1).unwrap();
    for (path, why) in [
        (Path::new("/nowhere/a.mp3"), "cannot be read"),
        (folder.path(), "is not a file"),
        (&empty, "is empty"),
        (&huge, "is larger than 64 MiB"),
    ] {
        let upload = LobbyUpload::Audio(Asset::File(path.to_owned()));
        let failure = client.add_lobby(&meeting_id("m1"), &upload).await.unwrap_err();
        assert_eq!((failure.disposition, failure.attempt), (Disposition::Final, Attempt::default()));
        assert!(failure.words.contains(why) && failure.words.contains(&path.display().to_string()), "{failure}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_deleted_lobby_is_confirmed_by_desc_where_others_have_msg() {
    let server = Server::with([
        ok(r#"{"result":1,"desc":"Lobby is deleted","meeting":{"meeting_id":"m1"}}"#),
        answer(406, "", r#"{"result":"2423","desc":"The options field\nis required."}"#),
    ])
    .await;
    let client = server.client();
    client.delete_lobby(&meeting_id("m1")).await.unwrap();
    let failure = client.delete_lobby(&meeting_id("m1")).await.unwrap_err();
    assert!(failure.words.contains("The options field is required."), "{failure}");
    assert_eq!(server.lines(), ["DELETE /v1/meetings/m1/lobby"; 2]);
}

struct Field {
    head: String,
    body: Vec<u8>,
}

fn texts(parts: &BTreeMap<String, Field>) -> Vec<(&str, &str)> {
    parts.iter().map(|(name, part)| (name.as_str(), std::str::from_utf8(&part.body).unwrap())).collect()
}

/// The parts of a form by their names.
fn parts(asked: &Asked) -> BTreeMap<String, Field> {
    let kind = asked.header("content-type").unwrap();
    let boundary = format!("--{}", kind.strip_prefix("multipart/form-data; boundary=").unwrap());
    let mut parts = BTreeMap::new();
    let mut rest = &asked.body[boundary.len()..];
    while let Some(start) = rest.strip_prefix(b"\r\n") {
        let head = find(start, b"\r\n\r\n");
        let text = String::from_utf8(start[..head].to_vec()).unwrap();
        let end = head + 4 + find(&start[head + 4..], format!("\r\n{boundary}").as_bytes());
        let name = text.split("; name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let before = parts.insert(name, Field { head: text, body: start[head + 4..end].to_vec() });
        assert!(before.is_none(), "a name came twice");
        rest = &start[end + 2 + boundary.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}
