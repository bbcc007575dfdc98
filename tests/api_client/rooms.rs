//! The permanent room routes, and the two spellings of the first.

use roomkeeper::api::Disposition;
use roomkeeper::model::{PinSelection, RoomChange};
use serde_json::json;

use crate::server::{Server, answer, ok, room_id, user_id};

const ROOM: &str = r#"{"result":1,"permanent_room":{"room_id":"r1","user_id":"u1","room_name":"Office","mpin":"111111","ppin":"222222",
    "direct_url":"https://go/r1","moderators":1,"participants":"20","duration":"0","wait_for_moderator":"true","knock":0}}"#;
const NO_ROUTE: &str = r#"{"message":"Not Found"}"#;
const NO_ROOM: &str = r#"{"result":"1000","msg":"Room is not active"}"#;

#[tokio::test]
async fn a_room_is_read_as_documented_and_the_route_is_kept() {
    let server = Server::with([ok(ROOM), ok(ROOM), answer(404, "", NO_ROUTE)]).await;
    let client = server.client();
    let room = client.own_room().await.unwrap().value;
    assert_eq!((room.room_id, room.participants, room.knock), (room_id("r1"), Some(20), Some(false)));
    client.room_of(&user_id("u1")).await.unwrap();
    // The route was there a moment ago: no other is tried.
    assert_eq!(client.own_room().await.unwrap_err().disposition, Disposition::RouteMissing);
    assert_eq!(
        server.lines(),
        ["GET /v1/meeting/permanent", "GET /v1/meeting/permanent/u1", "GET /v1/meeting/permanent"]
    );
}

#[tokio::test]
async fn the_other_spelling_is_tried_once_and_remembered_by_all_clones() {
    let server = Server::with([answer(404, "", NO_ROUTE), ok(ROOM), ok(ROOM)]).await;
    let client = server.client();
    client.own_room().await.unwrap();
    client.clone().room_of(&user_id("u1")).await.unwrap();
    assert_eq!(
        server.lines(),
        ["GET /v1/meeting/permanent", "GET /v1/meetings/permanent", "GET /v1/meetings/permanent/u1"]
    );
}

#[tokio::test]
async fn a_404_with_a_result_is_the_rooms_absence_and_proves_the_route() {
    let server = Server::with([answer(404, "", NO_ROOM), ok(ROOM)]).await;
    let client = server.client();
    assert!(client.room_of(&user_id("u1")).await.unwrap_err().is_absence());
    client.own_room().await.unwrap();
    assert_eq!(server.lines(), ["GET /v1/meeting/permanent/u1", "GET /v1/meeting/permanent"]);
}

#[tokio::test]
async fn where_neither_spelling_is_there_the_route_is_missing() {
    let server = Server::with([answer(404, "", NO_ROUTE), answer(404, "", "<html>")]).await;
    let failure = server.client().own_room().await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::RouteMissing);
    assert!(failure.words.contains("/v1/meeting/permanent") && failure.words.contains("base_url"), "{failure}");
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn an_update_sends_only_what_changes() {
    let server = Server::with([ok(ROOM), ok(r#"{"result":1}"#)]).await;
    let client = server.client();
    let change = RoomChange {
        room_name: Some("Office".to_owned()),
        desc: Some("x".to_owned()),
        moderators: Some(1),
        participants: Some(20),
        wait_for_moderator: Some(true),
        knock: Some(false),
        auto_recording: Some(false),
    };
    assert_eq!(client.update_room(&room_id("r1"), &change).await.unwrap().value.unwrap().room_id, room_id("r1"));
    let knock = RoomChange { knock: Some(true), ..RoomChange::default() };
    assert_eq!(client.update_room(&room_id("r1"), &knock).await.unwrap().value, None);
    assert_eq!(server.lines(), ["PATCH /v1/meetings/permanent/r1"; 2]);
    let asked = server.asked();
    assert_eq!(
        asked[0].json(),
        json!({
            "room_name": "Office", "desc": "x", "moderators": 1, "participants": 20, "wait_for_moderator": true, "knock": false,
            "auto_recording": false,
        })
    );
    assert_eq!(asked[1].json(), json!({"knock": true}));
    assert_eq!(asked[0].header("x-action"), None);
}

#[tokio::test]
async fn a_reset_says_so_in_its_header_and_names_both_pins() {
    let server = Server::with([ok(ROOM)]).await;
    let selection = PinSelection { moderator: true, participant: false };
    let room = server.client().reset_pins(&room_id("r1"), selection).await.unwrap().value;
    assert_eq!(room.pins.moderator.as_ref().unwrap().reveal(), "111111");
    assert!(!format!("{room:?}").contains("111111"));
    let asked = server.only();
    assert_eq!(asked.line(), "PATCH /v1/meetings/permanent/r1");
    assert_eq!(asked.header("x-action"), Some("reset-pins"));
    assert_eq!(asked.json(), json!({"reset_mpin": true, "reset_ppin": false}));
}

#[tokio::test]
async fn a_reset_that_tells_no_room_or_another_or_result_0_is_ambiguous_and_sent_once() {
    for body in [r#"{"result":1}"#, r#"{"result":1,"permanent_room":{"room_id":"r9"}}"#, r#"{"result":0}"#, "{"] {
        let server = Server::with([ok(body)]).await;
        let selection = PinSelection { moderator: true, participant: true };
        let failure = server.client().reset_pins(&room_id("r1"), selection).await.unwrap_err();
        assert_eq!(failure.disposition, Disposition::Ambiguous, "{body}");
        server.only();
    }
}
