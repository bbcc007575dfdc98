//! `sync_rooms`: rooms are held to a policy, and only what differs is sent.

use std::fmt::Write as _;

use roomkeeper::sandbox::EffectKind;

use crate::room_jobs::{LOSSES, with_rooms};
use crate::site::{Site, Writes, wait_until};

const POLICY: &str = "[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\n\
                      set = { knock = true, wait_for_moderator = true, participants = 50 }\n";

#[test]
fn three_hundred_rooms_are_brought_to_policy_while_one_request_in_ten_is_lost_and_the_program_is_killed() {
    let site = with_rooms(300, POLICY);
    // A kill may come between an intent and its request each time, and each counts as an attempt.
    site.configure_with("timeout = '300ms'\nmax_attempts = 20", POLICY);
    site.list(0..300);
    site.script(LOSSES);
    let before = site.rooms();
    let killed = site.kill_at_random(&["daemon"], 1, 1, 3) + site.kill_at_random(&["run", "policy"], 1, 200, 3);
    // From here on each start goes on with the run that the first kill left.
    let killed = killed + site.kill_at_random(&["daemon"], 10, 100, 5);
    assert!(killed >= 11, "it was killed only {killed} times");
    let mut daemon = site.start("daemon", &["daemon"]);
    let run = || site.run(&["history", "--json"]).json()[0].clone();
    wait_until("the run has ended", || run()["ended"].is_string());
    daemon.signal(rustix::process::Signal::TERM);
    daemon.wait();
    site.script("");

    let run = site.show(run()["run"].as_str().unwrap());
    assert_eq!((run.outcome(), run.counts().as_str()), ("succeeded", "updated 300"));
    for (user, room) in site.rooms().iter().filter(|(user, _)| *user != "owner") {
        assert!(room.knock && room.wait_for_moderator && room.participants == 50, "{user}: {room:?}");
    }
    let sent_again = run.items().iter().filter(|item| item["attempts"].as_array().unwrap().len() > 1).count();
    assert!(sent_again > 0, "the script struck nothing");
    // Each room was told the fields in which it differed, and no others.
    for item in run.items() {
        let changes: Vec<_> = item["result"]["changes"].as_object().unwrap().keys().map(String::as_str).collect();
        let user = item["label"].as_str().unwrap().rsplit(' ').next().unwrap();
        let room = &before[user];
        let differed = [
            ("knock", !room.knock),
            ("participants", room.participants != 50),
            ("wait_for_moderator", !room.wait_for_moderator),
        ];
        let differed: Vec<_> = differed.into_iter().filter_map(|(field, did)| did.then_some(field)).collect();
        assert_eq!(changes, differed, "{item}");
    }

    let (updates, effects) = (site.updates(), site.effects(EffectKind::RoomUpdated).len());
    let again = site.run_job("policy", 0);
    assert_eq!(again.counts(), "unchanged 300");
    assert_eq!((site.updates(), site.effects(EffectKind::RoomUpdated).len()), (updates, effects));
}

#[test]
fn only_the_fields_that_differ_are_sent_and_the_report_tells_old_and_new() {
    let site = with_rooms(3, POLICY);
    // A room that has one of the three fields right already, and one that has all of them.
    site.write(
        "rooms.csv",
        "user_id,knock,wait_for_moderator,participants\nu00000,,,\nu00001,no,no,20\nu00002,no,no,50\n",
    );
    let dry = site.run(&["run", "policy", "--dry-run", "--json"]).json();
    let changes = |item: usize| dry["items"][item]["changes"].as_object().unwrap().clone();
    assert_eq!(changes(0).keys().collect::<Vec<_>>(), ["knock", "wait_for_moderator"], "{dry}");
    assert_eq!(changes(1)["participants"], serde_json::json!(["50", "20"]));
    assert_eq!((site.updates(), &dry["items"][2]["would"]), (0, &"unchanged".into()), "{dry}");

    let run = site.run_job("policy", 0);
    assert_eq!((run.counts().as_str(), site.updates()), ("unchanged 1, updated 2", 2));
    let result = &run.line(2)["result"];
    assert_eq!(
        result["changes"],
        serde_json::json!({"knock": ["false", "true"], "wait_for_moderator": ["false", "true"]})
    );
    assert_eq!(run.line(3)["result"]["changes"], serde_json::json!({"participants": ["50", "20"]}));
    let mails = site.summaries();
    assert!(mails[0].contains("Room of u00001: participants was 50, is 20"), "{}", mails[0]);
    assert!(mails[0].contains("2 updated") && mails[0].contains("3  rooms in all"), "{}", mails[0]);
    let shown = site.run(&["show", run.id()]);
    shown.expect(0, "participants: 50 -> 20");
}

#[test]
fn a_column_of_the_list_goes_before_the_policy_and_a_wrong_cell_is_one_rooms_matter() {
    let site = with_rooms(4, POLICY);
    let mut list = "user_id;room_name;moderators;desc\n".to_owned();
    writeln!(list, "u00000;Physics lab;2;Second floor\nu00001;ab;many;\nu00002;;;").unwrap();
    site.write("rooms.csv", &list);
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "invalid 1, updated 2");
    let rooms = site.rooms();
    let lab = &rooms["u00000"];
    assert_eq!((lab.room_name.as_str(), lab.moderators, lab.knock), ("Physics lab", 2, true));
    assert_eq!(lab.desc.as_deref(), Some("Second floor"));
    let error = run.line(3)["error"].as_str().unwrap();
    assert!(error.contains("room_name is \"ab\"") && error.contains("moderators is \"many\""), "{error}");
    assert!(!rooms["u00001"].knock, "a room whose row is wrong was changed");
}

#[test]
fn names_and_descriptions_that_the_server_keeps_in_a_form_of_its_own_are_written_once() {
    let site = with_rooms(4, POLICY);
    site.script("trim = true\nescape = true\nnumeric = true");
    let list = "user_id,room_name,desc\nu00000,\u{200B}R&D \"\"lab\"\"\u{2800},It's <b>\u{200D}\n\
                u00001,Franc\u{327}ais,\u{FEFF}cafe\u{301}\nu00002,0123,007\nu00003,abc,a\u{A0} b\n";
    site.write("rooms.csv", list.replace("R&D \"\"lab\"\"", "R&D 'lab'"));
    assert_eq!(site.run_job("policy", 0).counts(), "updated 4");
    let first = &site.rooms()["u00000"];
    assert_eq!((first.room_name.as_str(), first.desc.as_deref()), ("R&D 'lab'", Some("It's <b>")));
    let (writes, again) = site.writes_of(|| site.run_job("policy", 0));
    assert_eq!((writes, again.counts().as_str()), (Writes::NONE, "unchanged 4"), "{again:?}");
    assert_eq!(again.line(2)["label"].as_str(), Some("R&D 'lab'"), "{again:?}");

    // The same by the configuration.
    let set = "set = { knock = true, room_name = \"\\uFEFFR&D\\u200B\", desc = \"\\u2800It's new\\u3164\" }";
    site.configure(&format!("[sync_rooms.policy]\nrooms = {{ users = 'u00000' }}\n{set}\n"));
    assert_eq!(site.run_job("policy", 0).counts(), "updated 1");
    let (writes, again) = site.writes_of(|| site.run_job("policy", 0));
    assert_eq!((writes, again.counts().as_str()), (Writes::NONE, "unchanged 1"), "{again:?}");
}

#[test]
fn zeros_in_front_of_a_name_count_where_the_server_tells_texts() {
    let site = with_rooms(1, POLICY);
    for (script, name, counts) in [
        ("", "0123", "updated 1"),
        ("", "00123", "updated 1"),
        ("", "00123", "unchanged 1"),
        ("numeric = true", "000123", "unchanged 1"),
    ] {
        site.script(script);
        site.write("rooms.csv", format!("user_id,room_name\nu00000,{name}\n"));
        assert_eq!(site.run_job("policy", 0).counts(), counts, "{name}");
    }
    assert_eq!(site.rooms()["u00000"].room_name, "00123");
}

#[test]
fn names_that_look_alike_are_told_apart() {
    let site = with_rooms(1, POLICY);
    site.write("rooms.csv", "user_id,room_name\nu00000,Lab\u{3164} one\n");
    site.run_job("policy", 0);
    site.write("rooms.csv", "user_id,room_name\nu00000,Lab one\n");
    let run = site.run_job("policy", 0);
    let shown = site.run(&["show", run.id()]);
    shown.expect(0, "room_name: Lab\u{3164} one [with U+3164");
    assert_eq!(site.rooms()["u00000"].room_name, "Lab one");
}

#[test]
fn what_the_server_refuses_is_told_with_its_code_and_max_items_counts_only_what_would_change() {
    let site = with_rooms(3, &POLICY.replace("participants = 50", "participants = 5000"));
    site.list(0..3);
    let run = site.run_job("policy", 1);
    assert_eq!((run.counts().as_str(), &run.line(2)["code"]), ("failed 3", &1653.into()));

    site.configure(&format!("{POLICY}max_items = 1\n"));
    let refused = site.run_job("policy", 1);
    assert!(refused.error().contains("3 items would change, and max_items allows 1"), "{refused:?}");
    let others = "user_id,knock,wait_for_moderator\nu00000,no,no\nu00001,no,no\nu00002,,\n";
    site.write("rooms.csv", others);
    assert_eq!(site.run_job("policy", 0).counts(), "unchanged 2, updated 1");
}

#[test]
fn a_run_that_is_repeated_takes_up_only_the_rooms_that_did_not_succeed() {
    let site = with_rooms(3, POLICY);
    site.list(0..3);
    site.script("[[fault]]\nmatch = 'PATCH'\nkind = 'error_code'\ncode = 1617\nstatus = 406\nfirst = 1\n");
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "failed 1, updated 2");
    let writes = site.updates();
    let again = site.run(&["retry", run.id(), "--json"]);
    assert_eq!(again.code, 0, "{again:?}");
    let again = site.show(again.json()["run"]["run"].as_str().unwrap());
    assert_eq!((again.counts().as_str(), site.updates() - writes), ("updated 1", 1));
    // By now a later run has dealt with it.
    let superseded = site.run(&["retry", run.id(), "--json"]).json();
    let superseded = site.show(superseded["run"]["run"].as_str().unwrap());
    assert_eq!(superseded.counts(), "skipped 1");
    let why = superseded.items()[0]["error"].as_str().unwrap();
    assert_eq!(why, format!("superseded by {}", again.id()));
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_run_is_waited_for_and_a_redirect_stops_it() {
    let site = with_rooms(40, &POLICY.replace("rooms =", "abort_after = 3\nrooms ="));
    site.list(0..40);
    site.script("[maintenance]\nafter = 60\nanswer = 'redirect_302'\n");
    let run = site.run_job("policy", 3);
    assert!(run.error().contains(&format!("{}/maintenance", origin(&site))), "{run:?}");
    site.script("[maintenance]\nafter = 50\nfor_ms = 2000\n");
    let run = site.run_job("policy", 0);
    assert!(run.counts().contains("updated") && site.effects(EffectKind::RoomUpdated).len() == 40, "{run:?}");
}

/// The sandbox's address without the API's path.
fn origin(site: &Site) -> String {
    site.sandbox.base_url().trim_end_matches("/ucaas/v1").to_owned()
}
