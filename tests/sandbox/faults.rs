//! Every kind of fault, with and without its effect.

use std::{io::ErrorKind, time::Duration};

use roomkeeper::sandbox::{Faults, Options};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::guest::{Guest, meeting, plain, send};

/// Schedules a meeting under this script, and returns the HTTP status (0 without a reply), the `Retry-After`, the body, and
/// how many meetings there are afterwards.
async fn strike(script: &str) -> (u16, Option<String>, String, usize) {
    let guest = Guest::of(plain()).await;
    guest.script(&format!("[[fault]]\nmatch = 'POST /meetings'\n{script}"));
    let sent = guest.ask("POST", "/meetings").json(&meeting(json!({}))).send().await;
    let (status, after, body) = match sent {
        Err(error) => {
            assert!(!error.is_connect(), "{error:?}");
            (0, None, String::new())
        }
        Ok(response) => {
            let after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            (response.status().as_u16(), after, response.text().await.unwrap_or_else(|_| "broke off".to_owned()))
        }
    };
    (status, after, body, guest.sandbox.effects().len())
}

#[tokio::test]
async fn before_has_no_effect_and_after_has_it() {
    for (kind, status, effects) in [
        ("reset_before", 0, 0),
        ("reset_after", 0, 1),
        ("http_500_before", 500, 0),
        ("http_500_after", 500, 1),
        ("html_502_before", 502, 0),
        ("html_502_after", 502, 1),
        ("empty_result_0_before", 200, 0),
        ("empty_result_0_after", 200, 1),
        ("truncated_json", 200, 1),
        ("cut_reply", 200, 1),
        ("busy_429", 429, 0),
        ("busy_429_after", 429, 1),
        ("unavailable_503", 503, 0),
        ("redirect_302", 302, 0),
    ] {
        let struck = strike(&format!("kind = '{kind}'")).await;
        assert_eq!((struck.0, struck.3), (status, effects), "{kind}: {struck:?}");
    }
}

#[tokio::test]
async fn a_spoiled_reply_looks_as_it_should() {
    let body = |kind: &'static str| async move { strike(&format!("kind = '{kind}'")).await.2 };
    assert!(body("html_502_after").await.starts_with("<html>"));
    assert_eq!(body("empty_result_0_after").await, r#"{"result":0}"#);
    let truncated = body("truncated_json").await;
    assert!(truncated.starts_with(r#"{"result":1,"#) && serde_json::from_str::<Value>(&truncated).is_err());
    assert_eq!(body("cut_reply").await, "broke off");
}

#[tokio::test]
async fn retry_after_comes_in_seconds_as_a_date_or_not_at_all() {
    let after = |script: &'static str| async move { strike(script).await.1 };
    assert_eq!(after("kind = 'busy_429'").await.as_deref(), Some("1"));
    assert_eq!(after("kind = 'busy_429'\nretry_after = 7").await.as_deref(), Some("7"));
    let date = after("kind = 'busy_429'\nretry_after = 5\nretry_after_form = 'date'").await;
    assert_eq!(date.as_deref(), Some("Fri, 15 Jan 2027 08:00:05 GMT"));
    assert_eq!(after("kind = 'unavailable_503'").await, None);
    assert_eq!(after("kind = 'unavailable_503'\nretry_after = 3").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn a_code_of_the_error_table_can_be_asked_for() {
    let (status, _, body, effects) = strike("kind = 'error_code'\ncode = 1617").await;
    assert_eq!((status, effects), (406, 0));
    assert!(body.contains("1617") && body.contains("Not assigned with Meeting License"));
    assert_eq!(strike("kind = 'error_code'\ncode = 1615\nstatus = 403").await.0, 403);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_a_polite_end() {
    let guest = Guest::of(plain()).await;
    guest.script("[[fault]]\nkind = 'reset_before'");
    let mut stream = TcpStream::connect(guest.sandbox.address()).await.unwrap();
    stream.write_all(b"GET /ucaas/v1/timezones HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let ended = stream.read(&mut [0; 64]).await;
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_stall_answers_nothing_and_has_its_effect_or_not() {
    for (kind, effects) in [("stall_before", 0), ("stall_after", 1)] {
        let struck = strike(&format!("kind = '{kind}'\nfor_ms = 50")).await;
        assert_eq!((struck.0, struck.3), (0, effects), "{kind}");
    }
    let guest = Guest::of(plain()).await;
    guest.script("[[fault]]\nkind = 'stall_after'\nfor_ms = 3600000");
    let request = guest.ask("POST", "/meetings").json(&meeting(json!({}))).timeout(Duration::from_secs(1));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(guest.sandbox.effects().len(), 1);
    // A stall of an hour does not hold up the end.
    timeout(Duration::from_secs(5), guest.sandbox.shutdown()).await.unwrap();
}

#[tokio::test]
async fn a_late_effect_comes_though_nobody_waits_for_it() {
    let guest = Guest::of(plain()).await;
    guest.script("[[fault]]\nmatch = 'POST'\nkind = 'stall_late'\nfor_ms = 1000");
    let request = guest.ask("POST", "/meetings").json(&meeting(json!({}))).timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert!(guest.sandbox.effects().is_empty());
    let comes = async {
        while guest.get("/meetings").await.body["meetings"].as_array().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), comes).await.unwrap();
}

#[tokio::test]
async fn a_connection_is_closed_before_anything_is_read() {
    let guest = Guest::of(plain()).await;
    guest.script("[[fault]]\nkind = 'refused'\nfirst = 1");
    assert!(guest.ask("GET", "/timezones").send().await.is_err());
    assert!(guest.sandbox.requests().is_empty());
    assert_eq!(guest.get("/timezones").await.status, 200);
}

#[tokio::test]
async fn nothing_listens_for_a_while_and_then_the_same_server_is_back() {
    let guest = Guest::of(plain()).await;
    guest.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'refused'\nfirst = 1\nfor_ms = 600");
    let id = guest.schedule(json!({})).await;
    assert!(guest.ask("GET", "/timezones").send().await.unwrap_err().is_connect());
    let back = async {
        while guest.ask("GET", "/timezones").send().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), back).await.unwrap();
    assert_eq!(guest.get(&format!("/meetings/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_delay_holds_up_every_request_but_not_its_effect() {
    let guest = Guest::of(Options { delay: Duration::from_millis(60), ..plain() }).await;
    let began = std::time::Instant::now();
    guest.schedule(json!({})).await;
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn another_process_can_replace_the_script_and_is_told_when_it_is_wrong() {
    let guest = Guest::of(plain()).await;
    let post = |script: &'static str| guest.outside("POST", "/_sandbox/faults").body(script).send();
    let wrong = post("[[fault]]\nkind = 'resett'").await.unwrap();
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("resett"));
    assert_eq!(post("[[fault]]\nkind = 'http_500_before'").await.unwrap().status(), 200);
    assert_eq!(guest.get("/timezones").await.status, 500);
    assert_eq!(send(guest.outside("GET", "/_sandbox/state")).await.status, 200);
}

#[test]
fn the_example_script_is_valid() {
    let script = include_str!("../fixtures/faults.toml");
    script.parse::<Faults>().unwrap();
}
