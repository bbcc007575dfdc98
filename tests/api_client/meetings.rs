//! The meeting routes and the time zones: what is asked, and what is made of the answer.

use roomkeeper::api::{Attempt, Disposition, ListQuery, Order, Search};
use roomkeeper::clock::Timestamp;
use roomkeeper::model::{AppType, Code, Invitees, MeetingChange, MeetingDraft, Pin, Stage};
use serde_json::json;

use crate::server::{Server, answer, draft, meeting_id, ok, user_id};

const MEETING: &str = r#"{"result":"1","msg":"Meeting has been scheduled","meeting":{"meeting_id":"m1","room_id":"r1","user_id":"u1",
    "room_name":"Biology","app_type":"vc","desc":"","start_time ":"2027-02-01 09:00:00 ","mpin":"111111","ppin":222222,
    "direct_url":"https://go/r1","moderators":"1","participants":30,"duration":"60","knock":"0"}}"#;

#[tokio::test]
async fn scheduling_sends_exactly_what_the_reference_asks_for() {
    let server = Server::with([ok(MEETING)]).await;
    let full = MeetingDraft {
        user_id: Some(user_id("u1")),
        desc: Some("Cells".to_owned()),
        wait_for_moderator: Some(true),
        knock: Some(false),
        auto_recording: Some(false),
        send_mail: Some(true),
        invitees: Invitees {
            contact_ids: vec!["c1".to_owned()],
            group_ids: Vec::new(),
            emails: vec!["a@example.org".to_owned()],
        },
        ..draft()
    };
    let reply = server.client().schedule(&full).await.unwrap();
    assert_eq!(reply.value.meeting_id.as_str(), "m1");
    assert_eq!(reply.value.pins.participant.unwrap().reveal(), "222222");
    assert_eq!(reply.value.start, Some(full.start));
    assert_eq!((reply.attempt.http, reply.attempt.code), (Some(200), Some(Code::SUCCESS)));

    let asked = server.only();
    assert_eq!(asked.line(), "POST /v1/meetings");
    assert_eq!(
        asked.json(),
        json!({
            "user_id": "u1", "room_name": "Biology", "desc": "Cells", "start_time": "2027-02-01 09:00:00", "timezone_id": "17",
            "duration": 60, "moderators": 1, "participants": 30, "wait_for_moderator": true, "knock": false,
            "auto_recording": false, "send_mail": true,
            "invitees": {"contact_ids": ["c1"], "group_ids": [], "emails": ["a@example.org"]},
        })
    );
    for (name, value) in [
        ("authorization", "Basic b3VyLWFwcDpvdXIta2V5"),
        ("x-app-type", "vc"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("user-agent", concat!("roomkeeper/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(asked.header(name), Some(value), "{name}");
    }
    assert_eq!(asked.header("x-action"), None);
}

#[tokio::test]
async fn what_is_absent_or_blank_is_left_out_when_scheduling() {
    let server = Server::with([ok(MEETING)]).await;
    let blank = MeetingDraft { desc: Some("  ".to_owned()), ..draft() };
    server.client().schedule(&blank).await.unwrap();
    assert_eq!(
        server.only().json(),
        json!({
            "room_name": "Biology", "start_time": "2027-02-01 09:00:00", "timezone_id": "17", "duration": 60, "moderators": 1,
            "participants": 30,
        })
    );
}

#[tokio::test]
async fn a_webinar_client_says_so_in_its_header() {
    let server = Server::with([ok(MEETING)]).await;
    server.client().for_app(AppType::Webinar).schedule(&draft()).await.unwrap();
    assert_eq!(server.only().header("x-app-type"), Some("wb"));
}

#[tokio::test]
async fn a_schedule_reply_without_an_id_is_ambiguous() {
    for body in [r#"{"result":1}"#, r#"{"result":1,"meeting":{"room_id":"r1"}}"#, r#"{"result":0}"#] {
        let server = Server::with([ok(body)]).await;
        let failure = server.client().schedule(&draft()).await.unwrap_err();
        assert_eq!(failure.disposition, Disposition::Ambiguous, "{body}");
        assert_eq!(failure.attempt.http, Some(200));
        server.only();
    }
}

#[tokio::test]
async fn an_edit_sends_only_what_changes_and_invitees_replace_the_list() {
    let server = Server::with([ok(MEETING), ok(r#"{"result":1,"msg":"Meeting has been updated"}"#)]).await;
    let client = server.client();
    let change = MeetingChange {
        start: Timestamp::from_api("2027-02-02 10:00:00").ok(),
        timezone_id: Some("18".to_owned()),
        invitees: Some(Invitees::default()),
        ..MeetingChange::default()
    };
    let reply = client.edit(&meeting_id("m1"), &change).await.unwrap();
    assert_eq!(reply.value.unwrap().meeting_id.as_str(), "m1");
    let rename = MeetingChange { room_name: Some("Chemistry".to_owned()), ..MeetingChange::default() };
    assert_eq!(client.edit(&meeting_id("m1"), &rename).await.unwrap().value, None);

    let asked = server.asked();
    assert_eq!(server.lines(), ["PATCH /v1/meetings/m1"; 2]);
    assert_eq!(
        asked[0].json(),
        json!({
            "start_time": "2027-02-02 10:00:00", "timezone_id": "18",
            "invitees": {"contact_ids": [], "group_ids": [], "emails": []},
        })
    );
    assert_eq!(asked[1].json(), json!({"room_name": "Chemistry"}));
    assert_eq!(asked[1].header("x-action"), None);
}

#[tokio::test]
async fn a_meeting_is_read_with_get_although_the_reference_says_patch() {
    let server = Server::with([ok(MEETING)]).await;
    let reply = server.client().meeting(&meeting_id("m1")).await.unwrap();
    assert_eq!(reply.value.room_name, "Biology");
    let asked = server.only();
    assert_eq!((asked.line().as_str(), asked.body.len()), ("GET /v1/meetings/m1", 0));
    assert_eq!(asked.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_404_with_a_result_is_the_meetings_absence() {
    let server = Server::with([answer(404, "", r#"{"result":1504,"msg":"Not found"}"#)]).await;
    let failure = server.client().meeting(&meeting_id("m1")).await.unwrap_err();
    assert!(failure.is_absence() && failure.words.contains("Not found"), "{failure:?}");
    assert_eq!(failure.attempt.code, Some(Code(1504)));
    server.only();
}

#[tokio::test]
async fn a_list_takes_all_its_parameters_in_the_query() {
    let page = r#"{"result":1,"search":{"page":"2"},"meetings":[{"meeting_id":"a","stage":"past","start_time ":"2026-01-01 10:00:00 ",
        "duration":"90"},{"meeting_id":7}]}"#;
    let server = Server::with([ok(page), ok(page), ok(page), ok(page)]).await;
    let client = server.client();
    let query = ListQuery {
        stage: Some(Stage::Past),
        search: Some(Search::User(user_id("u 1&x"))),
        order: Some(Order::EarliestFirst),
    };
    let reply = client.list(&query, 2, 50).await.unwrap();
    assert_eq!(reply.value[0].stage, Some(Stage::Past));
    assert_eq!(reply.value[0].end(), Timestamp::from_api("2026-01-01 11:30:00").ok());
    assert_eq!(reply.value[1].meeting_id.as_str(), "7");
    client.list(&ListQuery { order: Some(Order::LatestFirst), ..ListQuery::default() }, 1, 10).await.unwrap();
    for search in [Search::ModeratorPin(Pin::new("11").unwrap()), Search::ParticipantPin(Pin::new("22").unwrap())] {
        client.list(&ListQuery { search: Some(search), ..ListQuery::default() }, 1, 10).await.unwrap();
    }
    assert_eq!(
        server.lines(),
        [
            "GET /v1/meetings?page=2&page_length=50&stage=past&search_by=user_id&search_string=u+1%26x&order_by=start_time&order_qualify=asc",
            "GET /v1/meetings?page=1&page_length=10&order_by=start_time&order_qualify=desc",
            "GET /v1/meetings?page=1&page_length=10&search_by=mpin&search_string=11",
            "GET /v1/meetings?page=1&page_length=10&search_by=ppin&search_string=22",
        ]
    );
}

#[tokio::test]
async fn a_cancelled_meeting_is_confirmed_by_its_event() {
    let event = r#"{"result":1,"msg":"Meeting has been cancelled","event":{"meeting_id":" m1 ","room_id":"r1 "}}"#;
    let server = Server::with([ok(event), ok(r#"{"result":"1"}"#)]).await;
    let client = server.client();
    client.cancel(&meeting_id("m1")).await.unwrap();
    client.cancel(&meeting_id("m2")).await.unwrap();
    assert_eq!(server.lines(), ["DELETE /v1/meetings/m1", "DELETE /v1/meetings/m2"]);
}

#[tokio::test]
async fn the_references_own_sample_of_a_cancel_reply_is_ambiguous() {
    let sample = "{\t\"result\": 1,\n\t\"msg\": \"Meeting has been cancelled\".\n\t\"event\": {\n\t\t\"meeting_id\": \"m1\"\n\t}";
    let server = Server::with([ok(sample)]).await;
    let failure = server.client().cancel(&meeting_id("m1")).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Ambiguous);
    assert_eq!((failure.attempt.http, failure.attempt.code), (Some(200), None));
    server.only();
}

#[tokio::test]
async fn a_reply_about_another_meeting_is_no_reply_to_this_request() {
    let other = r#"{"result":1,"event":{"meeting_id":"m2"}}"#;
    let server = Server::with([ok(other), ok(MEETING)]).await;
    let client = server.client();
    let failure = client.cancel(&meeting_id("m1")).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Ambiguous);
    let failure = client.edit(&meeting_id("m2"), &MeetingChange::default()).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Ambiguous);
}

#[tokio::test]
async fn an_id_that_would_lead_to_another_route_is_not_sent() {
    let server = Server::with([]).await;
    let failure = server.client().cancel(&meeting_id("..")).await.unwrap_err();
    assert_eq!((failure.disposition, failure.attempt), (Disposition::Final, Attempt::default()));
    assert_eq!(server.lines(), [""; 0]);
}

#[tokio::test]
async fn the_zones_are_read_with_every_entry() {
    let zones = r#"{"result":1,"timezones":[
        {"timezone_id":1,"zone_name":"Europe/Berlin","zone_abbr":"CET","time_start":"2026-10-25 01:00:00","gmt_offset":60,"is_dst":false},
        {"timezone_id":"2","zone_name":"Europe/Berlin","zone_abbr":"CEST","time_start":"","gmt_offset":"120","is_dst":"1"}]}"#;
    let server = Server::with([ok(zones)]).await;
    let zones = server.client().timezones().await.unwrap().value;
    assert_eq!(server.only().line(), "GET /v1/timezones");
    assert_eq!((zones[0].timezone_id.as_str(), zones[0].gmt_offset_min), ("1", Some(60)));
    assert_eq!((zones[1].time_start, zones[1].gmt_offset_min), (None, Some(120)));
}
