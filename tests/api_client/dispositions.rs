//! A write is sent once at most, and the client tells what became of it, however its answer is lost, refused or wrong.

use std::time::Duration;

use roomkeeper::api::{ClientSettings, Disposition, Failure};
use roomkeeper::model::Code;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Server, Step, answer, bytes, client, draft, ok, settings};

/// Schedules against a server with that one step and makes sure that it was asked once.
async fn schedule(step: Step) -> Failure {
    let timeout = step.patience();
    let server = Server::with([step]).await;
    let settings = ClientSettings { timeout, ..server.settings() };
    let failure = client(&settings).schedule(&draft()).await.unwrap_err();
    assert_eq!(server.only().line(), "POST /v1/meetings");
    assert!(!failure.words.is_empty() && !failure.words.contains(char::is_control), "{failure:?}");
    failure
}

#[tokio::test]
async fn an_answer_lost_after_the_request_went_out_is_ambiguous() {
    let half = || bytes(200, "", r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#)[..70].to_vec();
    let none = Vec::new;
    for (what, step, http) in [
        ("closed without a byte", Step::SendAndClose(none()), None),
        ("reset without a byte", Step::SendAndReset(none()), None),
        ("silent", Step::SendAndStall(none()), None),
        ("closed in the head", Step::SendAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), None),
        ("not HTTP", Step::SendAndClose(b"\x00\x01\x02 nonsense\r\n\r\n".to_vec()), None),
        ("closed in the body", Step::SendAndClose(half()), Some(200)),
        ("reset in the body", Step::SendAndReset(half()), None),
        ("silent in the body", Step::SendAndStall(half()), Some(200)),
        ("a 500 cut short", Step::SendAndClose(bytes(500, "", "long enough to be cut")[..50].to_vec()), Some(500)),
    ] {
        let failure = schedule(step).await;
        assert_eq!(failure.disposition, Disposition::Ambiguous, "{what}: {failure:?}");
        // A reset may overtake what was sent before it.
        if what != "reset in the body" {
            assert_eq!(failure.attempt.http, http, "{what}");
        }
        assert_eq!(failure.attempt.code, None, "{what}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_not_read_to_its_end() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec();
    let open = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n".to_vec();
    for head in [announced, open, chunked] {
        let failure = schedule(Step::Flood(head)).await;
        assert_eq!(failure.disposition, Disposition::Ambiguous);
        assert_eq!((failure.attempt.http, failure.words.as_str()), (Some(200), "the answer is larger than 8 MiB"));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_apis_is_ambiguous_whatever_its_status() {
    for (status, body) in [
        (200, "<html>Please sign in</html>"),
        (200, ""),
        (200, "{\"result\":1,\"meeting\":"),
        (200, r#"{"ok":true}"#),
        (200, r#"{"result":0,"msg":"Something went wrong"}"#),
        (500, r#"{"message":"Server Error"}"#),
        (500, r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#),
        (502, "<html>Bad Gateway</html>"),
        (503, "<html>Unavailable</html>"),
        (504, ""),
    ] {
        let failure = schedule(answer(status, "", body)).await;
        // By these a proxy says that the application behind it cannot be used now.
        let is_away = matches!(status, 502..=504);
        let disposition = if is_away { Disposition::Unavailable } else { Disposition::Ambiguous };
        assert_eq!((failure.disposition, failure.attempt.http), (disposition, Some(status)), "{status} {body}");
        assert!(!failure.words.contains('<'), "{failure}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_says_what_the_server_said() {
    let failure = schedule(ok(r#"{"result":"1612","msg":"Meeting Title:\r\n Minimum 3 \u001b[31mCharacters"}"#)).await;
    assert_eq!((failure.disposition, failure.attempt.code), (Disposition::Final, Some(Code::TITLE_SHORT)));
    assert_eq!(
        failure.to_string(),
        "the title is shorter than 3 characters (code 1612: \"Meeting Title: Minimum 3 [31mCharacters\")"
    );
    for (status, body) in
        [(406, r#"{"result":1617}"#), (400, r#"{"message":"x"}"#), (404, r#"{"result":"9"}"#), (413, "")]
    {
        assert_eq!(schedule(answer(status, "", body)).await.disposition, Disposition::Final, "{status}");
    }
    let long = schedule(ok(&format!(r#"{{"result":1602,"msg":"{}"}}"#, "x".repeat(100_000)))).await;
    assert!(long.words.len() < 500, "{}", long.words.len());
}

#[tokio::test]
async fn credentials_and_subscription_are_fatal() {
    for (status, body) in [
        (401, "<html>"),
        (403, r#"{"result":1002}"#),
        (200, r#"{"result":"1001","msg":"Token is not valid"}"#),
        (406, r#"{"result":1615}"#),
        (200, r#"{"result":1616}"#),
    ] {
        let failure = schedule(answer(status, "", body)).await;
        assert_eq!(failure.disposition, Disposition::Fatal, "{status} {body}");
        assert!(!failure.words.contains("our-key"));
    }
}

#[tokio::test]
async fn a_server_that_asks_for_patience_did_nothing() {
    let put_off = |seconds: Option<u64>| Disposition::PutOff { after: seconds.map(Duration::from_secs) };
    for (status, headers, after) in [
        (429, "Retry-After: 7\r\n", Some(7)),
        (429, "Retry-After: Mon, 23 Nov 2026 14:05:30 GMT\r\n", Some(30)),
        (429, "Date: Mon, 23 Nov 2026 14:05:20 GMT\r\nRetry-After: Mon, 23 Nov 2026 14:05:30 GMT\r\n", Some(10)),
        (429, "", None),
        (503, "Retry-After: 0\r\n", Some(0)),
        (503, "Retry-After: 999999\r\n", Some(3600)),
        (503, "Retry-After: soon\r\n", None),
    ] {
        let failure = schedule(answer(status, headers, "<html>")).await;
        assert_eq!(failure.disposition, put_off(after), "{status} {headers}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_stops_the_run() {
    let elsewhere = Server::with([ok(r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#)]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: http://{}/login?next=secret\r\n", elsewhere.address);
        let failure = schedule(answer(status, &location, "")).await;
        assert_eq!(failure.disposition, Disposition::RouteMissing, "{status}");
        assert!(failure.words.contains("/login") && !failure.words.contains("secret"), "{failure}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_route_that_is_not_there_stops_the_run() {
    for (status, body) in [(404, "<html>"), (404, r#"{"message":"Not Found"}"#), (405, "")] {
        let failure = schedule(answer(status, "", body)).await;
        assert_eq!(failure.disposition, Disposition::RouteMissing, "{status}");
        assert!(failure.words.contains("/v1/meetings"), "{failure}");
    }
}

#[tokio::test]
async fn where_no_connection_comes_about_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    for base in [
        format!("http://{closed}/v1"),
        // No name server need be asked: a part of a name has 63 letters at most.
        format!("http://{}.invalid/v1", "a".repeat(64)),
        // Answers a TLS greeting with nothing of the sort.
        format!("https://{plain_address}/v1"),
    ] {
        let failure = client(&settings(&base)).schedule(&draft()).await.unwrap_err();
        assert_eq!(failure.disposition, Disposition::Unreachable, "{base}: {failure:?}");
        assert_eq!((failure.attempt.http, failure.attempt.code), (None, None));
        assert!(failure.words.starts_with("no connection to "), "{failure}");
    }
}

#[tokio::test]
async fn a_tls_greeting_that_is_never_answered_sends_nothing_and_ends_before_the_whole_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/v1", silent.local_addr().unwrap());
    let listening = tokio::spawn(async move {
        let (mut stream, _) = silent.accept().await.unwrap();
        let mut greeting = Vec::new();
        stream.read_to_end(&mut greeting).await.unwrap_or_default();
        greeting.len()
    });
    let settings = ClientSettings { timeout: Duration::from_secs(2), ..settings(&base) };
    let failure = client(&settings).schedule(&draft()).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Unreachable, "{failure:?}");
    assert!(listening.await.unwrap() > 0);
}

#[tokio::test]
async fn requests_go_through_the_configured_proxy_and_it_may_refuse() {
    let proxy = Server::with([answer(407, "", "<html>")]).await;
    let settings = ClientSettings {
        proxy: Some(format!("http://{}", proxy.address)),
        ..settings("http://api.example.invalid/v1")
    };
    let failure = client(&settings).schedule(&draft()).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Fatal);
    assert_eq!(proxy.only().line(), "POST http://api.example.invalid/v1/meetings");
}

#[tokio::test]
async fn the_key_is_shown_nowhere() {
    let server = Server::with([]).await;
    let client = server.client();
    let failure = client.schedule(&draft()).await.unwrap_err();
    for shown in [format!("{client:?}"), format!("{failure:?}"), failure.to_string()] {
        assert!(!shown.contains("our-key") && !shown.contains("b3VyLWFwcDpvdXIta2V5"), "{shown}");
    }
}
