//! Reads are asked again, by disposition and within bounds.

use std::time::{Duration, Instant};

use roomkeeper::api::{ClientSettings, Disposition};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{Server, Step, answer, client, meeting_id, ok, settings};

const MEETING: &str = r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#;

async fn read(steps: Vec<Step>) -> (Result<(), Disposition>, usize) {
    let timeout = steps[0].patience();
    let server = Server::with(steps).await;
    let settings = ClientSettings { timeout, ..server.settings() };
    let read = client(&settings).meeting(&meeting_id("m1")).await;
    (read.map(|_| ()).map_err(|failure| failure.disposition), server.lines().len())
}

#[tokio::test]
async fn a_read_is_asked_again_after_every_doubtful_answer() {
    let steps = [
        Step::SendAndClose(Vec::new()),
        Step::SendAndReset(Vec::new()),
        Step::SendAndStall(Vec::new()),
        ok("<html>"),
        ok(r#"{"result":0}"#),
        ok(r#"{"result":1}"#),
        ok(r#"{"result":1,"meeting":{"meeting_id":"m2"}}"#),
        answer(500, "", ""),
        answer(503, "", ""),
        answer(429, "Retry-After: 0\r\n", ""),
    ];
    let all = steps.map(|step| read(vec![step, ok(MEETING)]));
    for (at, outcome) in futures_util::future::join_all(all).await.into_iter().enumerate() {
        assert_eq!(outcome, (Ok(()), 2), "step {at}");
    }
}

#[tokio::test]
async fn attempts_end_and_the_last_failure_is_told() {
    let server = Server::with([answer(500, "", ""), answer(502, "", ""), ok(MEETING)]).await;
    let failure = server.client().meeting(&meeting_id("m1")).await.unwrap_err();
    assert_eq!((failure.disposition, failure.attempt.http), (Disposition::Unavailable, Some(502)));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    for step in [ok(r#"{"result":1605}"#), answer(401, "", ""), answer(302, "", ""), answer(404, "", "<html>")] {
        assert_eq!(read(vec![step, ok(MEETING)]).await.1, 1);
    }
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = Server::with([answer(503, "Retry-After: 2\r\n", ""), ok(MEETING)]).await;
    let begun = Instant::now();
    server.client().meeting(&meeting_id("m1")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_tried_once_more_and_no_oftener() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings =
        ClientSettings { max_attempts: 5, ..settings(&format!("https://{}/v1", listener.local_addr().unwrap())) };
    let reading = tokio::spawn(async move { client(&settings).meeting(&meeting_id("m1")).await });
    for _ in 0..2 {
        // Not TLS: no connection comes about.
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    }
    let failure = reading.await.unwrap().unwrap_err();
    assert_eq!(failure.disposition, Disposition::Unreachable, "{failure:?}");
}

/// Laravel redirects a client that does not ask for JSON to a page for people.
#[tokio::test]
async fn every_read_says_that_json_is_wanted() {
    let replies = [
        r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#,
        r#"{"result":1,"meetings":[]}"#,
        r#"{"result":1,"timezones":[]}"#,
        r#"{"result":1,"permanent_room":{"room_id":"r1"}}"#,
        r#"{"result":1,"permanent_room":{"room_id":"r1"}}"#,
        r#"{"result":1,"lobby":{}}"#,
    ];
    let server = Server::with(replies.map(ok).to_vec()).await;
    let client = client(&server.settings());
    client.meeting(&meeting_id("m1")).await.unwrap();
    client.meetings(roomkeeper::api::ListQuery::default()).next().await.unwrap();
    client.timezones().await.unwrap();
    client.own_room().await.unwrap();
    client.room_of(&roomkeeper::model::UserId::new("u1").unwrap()).await.unwrap();
    // The lobby's answer does not matter here.
    let _ = client.lobby(&meeting_id("m1")).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 6, "{asked:?}");
    for asked in asked {
        assert_eq!((asked.method.split(' ').next(), asked.header("accept")), (Some("GET"), Some("application/json")));
    }
}
