//! Permanent rooms, and the door: credentials, application type, routes that are not there.

use roomkeeper::sandbox::{EffectKind, Options, RoomPath};
use serde_json::json;

use crate::guest::{Guest, plain, send};

#[tokio::test]
async fn a_room_is_read_by_its_own_path_and_by_a_users() {
    let guest = Guest::of(plain()).await;
    let own = guest.get("/meeting/permanent").await;
    assert_eq!((own.status, own.code()), (200, 1));
    assert_eq!(own.body["permanent_room"]["user_id"], "owner");
    let users = guest.get("/meeting/permanent/u00001").await;
    let room = &users.body["permanent_room"];
    assert_eq!((room["user_id"].as_str(), room["knock"].as_bool()), (Some("u00001"), Some(false)));
    assert_ne!(room["room_id"], own.body["permanent_room"]["room_id"]);
    let nobodys = guest.get("/meeting/permanent/u99999").await;
    assert_eq!((nobodys.status, nobodys.code()), (404, 1000));
}

#[tokio::test]
async fn a_server_that_has_only_the_plural_says_so_without_a_result() {
    let guest = Guest::of(Options { rooms: RoomPath::Plural, ..plain() }).await;
    let singular = guest.get("/meeting/permanent/u00001").await;
    assert_eq!((singular.status, singular.body.is_null()), (404, true));
    assert_eq!(guest.get("/meetings/permanent/u00001").await.code(), 1);
}

#[tokio::test]
async fn a_room_is_updated_in_what_was_sent_and_no_more() {
    let guest = Guest::of(plain()).await;
    let before = guest.get("/meeting/permanent/u00001").await.body["permanent_room"].clone();
    let path = format!("/meetings/permanent/{}", before["room_id"].as_str().unwrap());
    let after = guest.send("PATCH", &path, json!({"knock": true, "participants": 12})).await;
    let mut expected = before;
    expected["knock"] = json!(true);
    expected["participants"] = json!(12);
    assert_eq!((after.code(), &after.body["permanent_room"]), (1, &expected));
    let refused = guest.send("PATCH", &path, json!({"knock": false, "participants": 500})).await;
    assert_eq!((refused.status, refused.code()), (406, 1653));
    assert_eq!(guest.get("/meeting/permanent/u00001").await.body["permanent_room"], expected);
    assert_eq!(guest.send("PATCH", "/meetings/permanent/none", json!({})).await.status, 404);
    assert_eq!(guest.sandbox.effects().len(), 1);
}

#[tokio::test]
async fn a_reset_changes_the_pins_that_were_named() {
    let guest = Guest::of(plain()).await;
    let before = guest.get("/meeting/permanent").await.body["permanent_room"].clone();
    let path = format!("/meetings/permanent/{}", before["room_id"].as_str().unwrap());
    let reset = |body| send(guest.ask("PATCH", &path).header("X-Action", "reset-pins").json(&body));

    let after = reset(json!({"reset_mpin": true})).await.body["permanent_room"].clone();
    assert_ne!(after["mpin"], before["mpin"]);
    assert_eq!((&after["ppin"], after["app_type"].as_str()), (&before["ppin"], Some("vc")));
    let effect = guest.sandbox.effects().pop().unwrap();
    assert_eq!(
        (effect.kind, effect.mpin.as_deref(), effect.ppin),
        (EffectKind::PinsReset, after["mpin"].as_str(), None)
    );

    assert_eq!(reset(json!({})).await.code(), 1903);
    assert_eq!(reset(json!({"reset_mpin": false, "reset_ppin": 0})).await.code(), 1903);
    assert_eq!(reset(json!({"reset_mpin": "yes"})).await.code(), 1901);
    assert_eq!(reset(json!({"reset_ppin": "yes"})).await.code(), 1902);
    let other =
        send(guest.ask("PATCH", &path).header("X-Action", "reset-all").json(&json!({"reset_mpin": true}))).await;
    assert_eq!((other.status, other.code()), (406, 1002));
    assert_eq!(guest.get("/meeting/permanent").await.body["permanent_room"]["mpin"], after["mpin"]);
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_why() {
    let guest = Guest::of(plain()).await;
    let door = |key: &'static str, app: Option<&'static str>| {
        let request = guest.outside("GET", "/ucaas/v1/meetings").basic_auth("sandbox", Some(key));
        send(match app {
            Some(app) => request.header("X-App-Type", app),
            None => request,
        })
    };
    for (key, app, expected) in [
        ("sandbox-key", Some("vc"), (200, 1)),
        ("sandbox-key", Some("wb"), (200, 1)),
        ("wrong", Some("vc"), (401, 1001)),
        ("sandbox-key", None, (400, 1401)),
        ("sandbox-key", Some("zoom"), (401, 1403)),
    ] {
        let answer = door(key, app).await;
        assert_eq!((answer.status, answer.code()), expected, "{key} {app:?}");
    }
    let nobody = send(guest.outside("GET", "/ucaas/v1/meetings")).await;
    assert_eq!((nobody.status, nobody.code()), (401, 1001));
}

#[tokio::test]
async fn a_route_that_is_not_there_has_no_result_in_its_404() {
    let guest = Guest::of(plain()).await;
    for (method, path, status) in [("GET", "/rooms", 404), ("PUT", "/meetings", 405), ("POST", "/timezones", 405)] {
        let answer = send(guest.ask(method, path)).await;
        assert_eq!((answer.status, answer.body.is_null()), (status, true), "{method} {path}");
    }
    assert_eq!(guest.outside("GET", "/meetings").send().await.unwrap().status(), 404);
}
