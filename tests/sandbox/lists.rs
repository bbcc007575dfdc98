//! Lists: pages, stages, searches, orders.

use roomkeeper::sandbox::Options;
use serde_json::{Value, json};

use crate::guest::{Guest, meeting, plain, send};

fn seeded() -> Options {
    Options { past: 25, upcoming: 12, page_cap: 10, ..plain() }
}

async fn ids(guest: &Guest, query: &str) -> Vec<String> {
    let answer = guest.get(&format!("/meetings?{query}")).await;
    let meetings = answer.body["meetings"].as_array().unwrap_or_else(|| panic!("{query}: {answer:?}"));
    meetings.iter().map(|meeting| meeting["meeting_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_every_meeting_once_and_end_with_an_empty_one() {
    let guest = Guest::of(seeded()).await;
    let mut all = Vec::new();
    for page in 1.. {
        // More than the server gives: it caps the page, and says so only in `search`.
        let ids = ids(&guest, &format!("page={page}&page_length=100")).await;
        if ids.is_empty() {
            break;
        }
        assert!(ids.len() <= 10);
        all.extend(ids);
    }
    let known: Vec<String> = guest.sandbox.snapshot().meetings.into_iter().map(|meeting| meeting.meeting_id).collect();
    assert_eq!(all, known);
    let search = guest.get("/meetings?page=2&page_length=100&stage=past").await.body["search"].clone();
    assert_eq!((&search["page"], &search["page_length"], &search["stage"]), (&json!(2), &json!(10), &json!("past")));
    assert_eq!(ids(&guest, "").await.len(), 10);
}

#[tokio::test]
async fn stages_go_by_the_clock_and_starts_sort_both_ways() {
    let guest = Guest::of(seeded()).await;
    let starts = |query: &'static str| {
        let guest = &guest;
        async move {
            let body = guest.get(&format!("/meetings?page_length=10&order_by=start_time&{query}")).await.body;
            let meetings = body["meetings"].as_array().unwrap().clone();
            let stages: Vec<Value> = meetings.iter().map(|meeting| meeting["stage"].clone()).collect();
            (meetings.iter().map(|m| m["start_time"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), stages)
        }
    };
    let (past, stages) = starts("stage=past&order_qualify=desc").await;
    assert!(past.is_sorted_by(|a, b| a >= b) && past.len() == 10 && past[0].as_str() < "2027-01-15 08:00:00");
    assert!(stages.iter().all(|stage| stage == "past"));
    let (upcoming, stages) = starts("stage=upcoming").await;
    assert!(upcoming.is_sorted() && upcoming.len() == 10 && upcoming[0].as_str() > "2027-01-15 08:00:00");
    assert!(stages.iter().all(|stage| stage == "upcoming"));
    assert!(starts("stage=current").await.0.is_empty());
}

#[tokio::test]
async fn a_search_finds_a_users_meetings_and_a_pins() {
    let guest = Guest::of(seeded()).await;
    let meeting = guest.sandbox.snapshot().meetings[4].clone();
    for (by, string) in [("mpin", &meeting.mpin), ("ppin", &meeting.ppin)] {
        assert_eq!(
            ids(&guest, &format!("search_by={by}&search_string={string}")).await,
            std::slice::from_ref(&meeting.meeting_id)
        );
    }
    let of_user = guest.get("/meetings?search_by=user_id&search_string=u00001&page_length=10").await.body;
    let meetings = of_user["meetings"].as_array().unwrap();
    assert!(!meetings.is_empty() && meetings.iter().all(|meeting| meeting["user_id"] == "u00001"));
    assert!(ids(&guest, "search_by=user_id&search_string=nobody").await.is_empty());
}

#[tokio::test]
async fn video_conferences_and_webinars_are_listed_apart() {
    let guest = Guest::of(seeded()).await;
    let webinar = |method| guest.ask_as("wb", method, "/meetings");
    let created = send(webinar("POST").json(&meeting(json!({})))).await;
    assert_eq!(created.body["meeting"]["app_type"], "wb");
    let listed = send(webinar("GET")).await.body["meetings"].as_array().unwrap().clone();
    assert_eq!(listed.iter().map(|m| &m["meeting_id"]).collect::<Vec<_>>(), [&created.body["meeting"]["meeting_id"]]);
    let id = created.body["meeting"]["meeting_id"].as_str().unwrap().to_owned();
    assert!(!ids(&guest, "page_length=10&page=4").await.contains(&id));
}

#[tokio::test]
async fn a_wrong_parameter_has_its_code() {
    let guest = Guest::of(seeded()).await;
    for (query, code) in [
        ("page=two", 2608),
        ("page_length=all", 2501),
        ("order_by=weather", 2603),
        ("order_by=start_time&order_qualify=up", 2604),
        ("search_by=title&search_string=x", 2605),
        ("search_by=user_id", 2606),
    ] {
        let answer = guest.get(&format!("/meetings?{query}")).await;
        assert_eq!((answer.status, answer.code()), (406, code), "{query}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_to_sort_still_lists() {
    let guest = Guest::of(Options { refuse_sorting: true, ..seeded() }).await;
    assert_eq!(guest.get("/meetings?order_by=start_time").await.code(), 2603);
    assert_eq!(ids(&guest, "stage=upcoming").await.len(), 10);
}
