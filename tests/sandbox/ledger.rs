//! The ledger: arrivals, looks and effects, in the order in which they happened.

use roomkeeper::sandbox::{Arrivals, Options};
use serde_json::{Value, json};

use crate::guest::{Guest, meeting, plain, send};

fn lines(path: &std::path::Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn some_requests(arrivals: Arrivals) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let guest = Guest::of(Options { ledger: Some(path.clone()), arrivals, ..plain() }).await;
    guest.script("[[fault]]\nmatch = 'PATCH'\nkind = 'http_500_before'");
    let id = guest.schedule(json!({"user_id": "u00001"})).await;
    guest.get("/meetings?stage=upcoming&search_by=user_id&search_string=u00001").await;
    guest.send("PATCH", &format!("/meetings/{id}"), json!({"duration": 45})).await;
    guest.send("POST", "/meetings", meeting(json!({"room_name": "ab"}))).await;
    let room =
        guest.get("/meeting/permanent/u00001").await.body["permanent_room"]["room_id"].as_str().unwrap().to_owned();
    guest.script("");
    let reset = guest.ask("PATCH", &format!("/meetings/permanent/{room}")).header("X-Action", "reset-pins");
    let pins = send(reset.json(&json!({"reset_mpin": true, "reset_ppin": true}))).await;
    let lines = lines(&path);
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["mpin"], &last["ppin"]),
        (&pins.body["permanent_room"]["mpin"], &pins.body["permanent_room"]["ppin"])
    );
    (lines, id)
}

#[tokio::test]
async fn every_arrival_look_and_effect_is_a_line() {
    let (lines, id) = some_requests(Arrivals::All).await;
    let told: Vec<_> =
        lines.iter().map(|line| (line["kind"].as_str().unwrap(), line["request"].as_u64().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("arrival", 1),
            ("meeting_created", 1),
            ("look", 2),
            ("arrival", 3),
            ("arrival", 4),
            ("look", 5),
            ("arrival", 6),
            ("pins_reset", 6)
        ]
    );
    assert_eq!(
        lines[0],
        json!({
            "kind": "arrival", "at": "2027-01-15T08:00:00.000Z", "request": 1, "method": "POST", "route": "POST /meetings",
            "user_id": "u00001", "room_name": "Lecture on knots", "start_time": "2027-02-01 10:00:00", "duration": 60,
        })
    );
    let created = &lines[1];
    assert_eq!((&created["meeting_id"], &created["user_id"]), (&json!(id), &json!("u00001")));
    assert_eq!((&created["start_time"], &created["duration"]), (&json!("2027-02-01 10:00:00"), &json!(60)));
    assert_eq!((&lines[2]["user_id"], &lines[2]["route"]), (&json!("u00001"), &json!("GET /meetings")));
    assert_eq!((&lines[3]["meeting_id"], &lines[3]["fault"]), (&json!(id), &json!("http_500_before")));
    assert_eq!(lines[5]["user_id"], "u00001");
}

#[tokio::test]
async fn looks_can_be_left_out() {
    let (lines, _) = some_requests(Arrivals::Writes).await;
    assert_eq!(lines.len(), 6);
    assert!(lines.iter().all(|line| line["kind"] != "look"));
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let guest = Guest::of(plain()).await;
    let id = guest.schedule(json!({})).await;
    guest.get(&format!("/meetings/{id}")).await;
    guest.get("/meetings/none").await;
    guest.get("/nowhere").await;
    let requests = guest.sandbox.requests();
    assert_eq!((requests["POST /meetings"], requests["GET /meetings/{meeting_id}"], requests["no route"]), (1, 2, 1));
}
