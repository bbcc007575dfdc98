//! Meetings: scheduled, edited, read, cancelled; and the slips of the replies.

use roomkeeper::sandbox::{EffectKind, Options, Slips};
use serde_json::json;

use crate::guest::{Guest, meeting, plain, send};

#[tokio::test]
async fn a_meeting_lives_from_post_to_delete() {
    let guest = Guest::of(plain()).await;
    let invitees = json!({"contact_ids": ["c1"], "group_ids": [], "emails": ["a@b.example"]});
    let body = meeting(json!({"user_id": "u00002", "knock": true, "send_mail": true, "invitees": invitees}));
    let scheduled = guest.send("POST", "/meetings", body).await;
    assert_eq!((scheduled.status, scheduled.code()), (200, 1));
    let id = scheduled.body["meeting"]["meeting_id"].as_str().unwrap().to_owned();
    let path = format!("/meetings/{id}");

    let got = guest.get(&path).await.body["meeting"].clone();
    assert_eq!(got["invitees"], invitees);
    assert_eq!((got["user_id"].as_str(), got["start_time"].as_str()), (Some("u00002"), Some("2027-02-01 10:00:00")));
    assert_eq!((got["duration"].as_i64(), got["knock"].as_bool()), (Some(60), Some(true)));
    assert!(got.get("mpin").is_none() && scheduled.body["meeting"]["mpin"].is_string());

    let edited = guest.send("PATCH", &path, json!({"start_time ": "2027-02-02 09:30:00 ", "duration": "45"})).await;
    let after = &edited.body["meeting"];
    assert_eq!((after["start_time"].as_str(), after["duration"].as_i64()), (Some("2027-02-02 09:30:00"), Some(45)));
    assert_eq!((after["knock"].as_bool(), after["timezone"]["zone_name"].as_str()), (Some(true), Some("UTC")));

    let cancelled = send(guest.ask("DELETE", &path)).await;
    assert_eq!((cancelled.code(), cancelled.body["event"]["meeting_id"].as_str()), (1, Some(id.as_str())));
    for method in ["GET", "PATCH", "DELETE"] {
        let gone = send(guest.ask(method, &path)).await;
        assert_eq!((gone.status, gone.code()), (404, 1000), "{method}");
    }

    let kinds: Vec<_> = guest.sandbox.effects().into_iter().map(|effect| (effect.kind, effect.send_mail)).collect();
    assert_eq!(
        kinds,
        [
            (EffectKind::MeetingCreated, Some(true)),
            (EffectKind::MeetingEdited, Some(false)),
            (EffectKind::MeetingCancelled, None)
        ]
    );
    assert!(guest.sandbox.snapshot().meetings[0].cancelled);
}

#[tokio::test]
async fn without_a_user_a_meeting_is_the_owners_and_a_strangers_is_refused() {
    let guest = Guest::of(plain()).await;
    guest.schedule(json!({})).await;
    assert_eq!(guest.sandbox.effects()[0].user_id, "owner");
    let strangers = guest.send("POST", "/meetings", meeting(json!({"user_id": "u77777"}))).await;
    assert_eq!((strangers.status, strangers.code()), (406, 1002));
}

#[tokio::test]
async fn a_refusal_is_406_with_code_and_words_and_changes_nothing() {
    let guest = Guest::of(plain()).await;
    let id = guest.schedule(json!({})).await;
    let refused = guest.send("POST", "/meetings", meeting(json!({"room_name": "ab"}))).await;
    assert_eq!((refused.status, refused.code()), (406, 1612));
    assert_eq!(refused.body["msg"], "Meeting Title: Minimum 3 Characters");
    let past = guest.send("PATCH", &format!("/meetings/{id}"), json!({"start_time": "2027-01-15 08:00:00"})).await;
    assert_eq!((past.status, past.code()), (406, 1601));
    let garbage = send(guest.ask("POST", "/meetings").body("{")).await;
    assert_eq!((garbage.status, garbage.code()), (400, 1002));
    assert_eq!(guest.sandbox.effects().len(), 1);
}

#[tokio::test]
async fn what_is_over_can_be_neither_edited_nor_cancelled() {
    let guest = Guest::of(Options { past: 1, ..plain() }).await;
    let path = format!("/meetings/{}", guest.sandbox.snapshot().meetings[0].meeting_id);
    assert_eq!(guest.get(&path).await.status, 200);
    for method in ["PATCH", "DELETE"] {
        let refused = send(guest.ask(method, &path)).await;
        assert_eq!((refused.status, refused.code()), (406, 1000), "{method}");
    }
}

#[tokio::test]
async fn time_zones_have_an_entry_for_each_clock_change_that_scheduling_accepts() {
    let guest = Guest::of(plain()).await;
    let answer = guest.get("/timezones").await;
    let zones = answer.body["timezones"].as_array().unwrap();
    let berlin = zones.iter().find(|z| z["zone_name"] == "Europe/Berlin" && z["time_start"] == "2027-03-28 01:00:00");
    let berlin = berlin.unwrap();
    assert_eq!((berlin["gmt_offset"].as_i64(), berlin["is_dst"].as_bool()), (Some(120), Some(true)));
    let id = guest.schedule(json!({"timezone_id": berlin["timezone_id"]})).await;
    let listed = guest.get("/meetings").await.body["meetings"][0].clone();
    assert_eq!((listed["meeting_id"].as_str(), &listed["timezone"]), (Some(id.as_str()), berlin));
}

#[tokio::test]
async fn the_references_slips_come_in_turn() {
    let guest = Guest::of(Options { slips: Slips::All, ..plain() }).await;
    let (mut results, mut keys, mut durations, mut flags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let id = guest.schedule(json!({"knock": true})).await;
    for _ in 0..12 {
        let body = guest.get(&format!("/meetings/{id}")).await.body;
        let meeting = &body["meeting"];
        results.push(body["result"].to_string());
        keys.push(meeting.get("start_time").or_else(|| meeting.get("start_time ")).unwrap().to_string());
        durations.push(meeting["duration"].to_string());
        flags.push(meeting["knock"].to_string());
    }
    assert_eq!(&results[..4], ["1", "\"1\"", "1", "\"1\""]);
    assert_eq!(&flags[..4], ["true", "\"true\"", "1", "true"]);
    assert!(
        keys.contains(&"\"2027-02-01 10:00:00\"".to_owned()) && keys.contains(&"\"2027-02-01 10:00:00 \"".to_owned())
    );
    assert!(durations.contains(&"60".to_owned()) && durations.contains(&"\"60\"".to_owned()));
}

#[tokio::test]
async fn every_other_cancellation_is_answered_with_the_sample_that_is_not_json() {
    for (slips, expected) in
        [(Slips::All, [false, true, false]), (Slips::AllButCancel, [false; 3]), (Slips::None, [false; 3])]
    {
        let guest = Guest::of(Options { slips, ..plain() }).await;
        let mut broken = Vec::new();
        for _ in 0..3 {
            let id = guest.schedule(json!({})).await;
            broken.push(send(guest.ask("DELETE", &format!("/meetings/{id}"))).await.body.is_null());
        }
        assert_eq!(broken, expected, "{slips:?}");
        assert_eq!(guest.sandbox.effects().iter().filter(|e| e.kind == EffectKind::MeetingCancelled).count(), 3);
    }
}
