//! A server that keeps and tells things in a form of its own.

use serde_json::json;

use crate::guest::{Guest, plain};

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
