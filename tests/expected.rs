//! Holds what is said beforehand of how many requests a run sends against what came, for each kind of job.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "support/site/mod.rs"]
mod site;

use roomkeeper::sandbox::Options;
use serde_json::Value;

use site::{Site, actions};

fn new_site(options: Options) -> Site {
    Site::builder().sandbox(options).reporting().build("")
}

/// Runs a command; returns what it expected of a run, and how many requests came.
#[track_caller]
fn asked(site: &Site, args: &[&str]) -> (Value, u64) {
    let before = site.requested();
    let ran = site.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    (ran.json()["requests"].clone(), site.requested() - before)
}

/// Holds what was expected against what came: the least is not above it, the greatest is not below, and not far above.
#[track_caller]
fn hold(what: &str, expected: &Value, came: u64) {
    let (least, most) = (expected["least"].as_u64().unwrap(), expected["most"].as_u64().unwrap());
    assert!(least <= came && came <= most && most * 10 <= came * 13 + 100, "{what}: {expected} for {came}");
    assert_eq!((&expected["least_seconds"], &expected["most_seconds"]), (&Value::Null, &Value::Null));
}

#[test]
fn an_import_needs_about_what_was_expected_once_its_lists_are_read() {
    for (users, all, upcoming) in [
        (60, 60, 0),
        (60, 60, 200),
        (60, 60, 2_000),
        (8, 8, 0),
        (8, 8, 800),
        (20, 200, 3_000),
        (1, 2, 0),
        (1, 2, 2_000),
    ] {
        let site = new_site(Options { users: all, upcoming, ..Options::default() });
        site.configure("[schedule_meetings.timetable]\n");
        for (what, minutes, action) in [
            ("made", 30, "schedule"),
            ("again", 30, "schedule"),
            ("changed", 45, "schedule"),
            ("cancelled", 45, "cancel"),
        ] {
            site.write("t.csv", actions(60, users, minutes, action));
            let (expected, came) = asked(&site, &["import", "t.csv", "--json"]);
            hold(&format!("{users} of {all} users, {upcoming} upcoming: {what}"), &expected, came);
        }
    }
}

#[test]
fn a_dry_run_tells_what_the_run_will_need() {
    let site = new_site(Options { users: 12, ..Options::default() });
    site.configure("[schedule_meetings.timetable]\n");
    site.write("t.csv", actions(60, 12, 30, "schedule"));
    let (foreseen, _) = asked(&site, &["import", "t.csv", "--dry-run", "--json"]);
    let (_, came) = asked(&site, &["import", "t.csv", "--json"]);
    hold("made", &foreseen, came);
    let dry = site.run(&["import", "t.csv", "--dry-run"]);
    dry.expect(0, "roomkeeper: a run would send between 2 and ");
}

#[test]
fn runs_over_rooms_and_lobbies_need_what_was_expected_and_so_says_a_dry_run() {
    let rotate = "[rotate_pins.j]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'pins.csv'\n";
    let sync = "[sync_rooms.j]\nrooms = { list = 'rooms.csv' }\nset = { participants = 77 }\n";
    let lobby = "[refresh_lobby.j]\nselect = { room_name = 'Lecture ????0?' }\nlobby = { messages = ['Welcome'] }\n";
    for job in [rotate, sync, lobby] {
        let site = new_site(Options { users: 30, upcoming: 400, ..Options::default() });
        site.configure(job);
        let rows: Vec<_> = (0..30).map(|user| format!("u{user:05}\n")).collect();
        site.write("rooms.csv", format!("user_id\n{}", rows.concat()));
        // The second time rooms and lobbies are as they should be.
        for what in ["first", "second"] {
            let (foreseen, _) = asked(&site, &["run", "j", "--dry-run", "--json"]);
            let (expected, came) = asked(&site, &["run", "j", "--json"]);
            hold(&format!("{job} {what}"), &expected, came);
            hold(&format!("{job} {what}, by a dry run"), &foreseen, came);
        }
    }
}

#[test]
fn an_export_is_expected_to_be_as_long_as_the_last_one() {
    let site = new_site(Options { users: 20, past: 1_500, ..Options::default() });
    site.configure("[export_meetings.j]\npath = 'all.csv'\nlook_back = '1d'\n");
    for what in ["first", "second", "third"] {
        let (foreseen, _) = asked(&site, &["run", "j", "--dry-run", "--json"]);
        let (expected, came) = asked(&site, &["run", "j", "--json"]);
        hold(what, &expected, came);
        hold(what, &foreseen, came);
        site.sandbox.add_meetings(30, 0);
    }
}

#[test]
fn a_person_is_told_before_the_first_request_that_changes_something() {
    let site = new_site(Options { users: 40, ..Options::default() });
    let rows: Vec<_> = (0..40).map(|user| format!("u{user:05}\n")).collect();
    site.write("rooms.csv", format!("user_id\n{}", rows.concat()));
    site.write(
        "config.toml",
        format!(
            "[api]\nbase_url = '{}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\nrate_limit = '60/s'\n\
             [state]\ndirectory = 'state'\n[mail]\nto = ['it@example.org']\n\
             [schedule_meetings.timetable]\n\
             [sync_rooms.policy]\nrooms = {{ list = 'rooms.csv' }}\nset = {{ participants = 77 }}\n",
            site.sandbox.base_url()
        ),
    );
    site.write("t.csv", actions(60, 12, 30, "schedule"));
    site.run(&["import", "t.csv"])
        .expect(0, "t.csv: sends about 64 requests, which takes about 2 seconds at 60 a second");
    let json = site.run(&["import", "t.csv", "--json"]).json();
    assert_eq!(json["requests"]["most_seconds"], 1, "{json}");
    let told = site.run(&["run", "policy"]);
    told.expect(0, "policy: sends about 80 requests, which takes about 2 seconds at 60 a second");
}
