//! `rotate_pins`: each room is reset once in a run, and what is told of its PINs is what the server has.

use std::collections::BTreeMap;

use roomkeeper::sandbox::EffectKind;
use serde_json::json;

use super::secrecy::expect_no_pin;
use crate::room_jobs::{LOSSES, with_rooms};
use crate::site::{Chance, Site, wait_until};

const ROTATION: &str = "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n\
                        pin_sheet = 'pins/{date}.csv'\n";

/// The rows of the only sheet, by user: the room, its name and its PINs.
fn sheet(site: &Site) -> BTreeMap<String, [String; 4]> {
    let sheets: Vec<_> = std::fs::read_dir(site.path("pins")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [only] = sheets.as_slice() else { panic!("not one sheet: {sheets:?}") };
    let text = std::fs::read_to_string(only).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["user_id", "room_id", "room_name", "mpin", "ppin", "direct_url"]);
    let row = |row: csv::StringRecord| (row[0].to_owned(), [1, 2, 3, 4].map(|at| row[at].to_owned()));
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The sheet and the owners' mails agree with the server, and each room was reset once.
fn expect_all_told(site: &Site, users: usize) {
    let rooms: BTreeMap<_, _> = site.rooms().into_iter().filter(|(user, _)| user != "owner").collect();
    let expected = rooms.iter().map(|(user, room)| {
        let told = [room.room_id.clone(), room.room_name.clone(), room.mpin.clone(), room.ppin.clone()];
        (user.clone(), told)
    });
    assert_eq!(sheet(site), expected.collect());

    let mut resets = BTreeMap::new();
    for effect in site.effects(EffectKind::PinsReset) {
        *resets.entry(effect.user_id).or_insert(0) += 1;
    }
    assert_eq!(resets.len(), users);
    assert!(resets.values().all(|n| *n == 1), "{resets:?}");

    let mails: Vec<_> = site.addressed_mails().into_iter().filter(|(to, _)| to != "it@example.org").collect();
    assert_eq!(mails.len(), users);
    for (to, mail) in mails {
        let room = &rooms[to.strip_suffix("@example.org").unwrap()];
        let told = [format!("PIN for moderators: {}\n", room.mpin), format!("PIN for participants: {}\n", room.ppin)];
        assert!(told.iter().all(|line| mail.contains(line)), "{to}: {room:?}\n{mail}");
    }
}

#[test]
fn five_hundred_rooms_are_reset_once_each_while_requests_are_lost_and_the_program_is_killed() {
    let site = with_rooms(500, ROTATION);
    site.list(0..500);
    site.script(LOSSES);
    let before = site.rooms();
    let runs = || site.run(&["history", "--json"]).json();
    let mut killed = 0;
    // Moments by how many requests have come: in the planning, and all along the resets.
    let mut chance = Chance::new(7);
    for moment in (0..8_u64).map(|n| 120 * n) {
        let moment = moment + chance.below(100);
        let arguments: &[&str] = if moment < 120 { &["run", "nightly"] } else { &["daemon"] };
        let mut child = site.start("run", arguments);
        let requests = || site.sandbox.requests().values().sum::<u64>();
        let until = requests() + moment.max(30);
        wait_until("its moment has come", || {
            requests() >= until
                || child.ended().is_some()
                || runs().as_array().unwrap().iter().any(|run| !run["ended"].is_null())
        });
        if child.ended().is_none() {
            killed += 1;
        }
        child.kill();
    }
    assert!(killed > 3, "it was killed only {killed} times");
    let mut daemon = site.start("daemon", &["daemon"]);
    wait_until("the run has ended, and its mails are out", || {
        runs()[0]["ended"].is_string() && site.addressed_mails().len() == 501
    });
    daemon.signal(rustix::process::Signal::TERM);
    daemon.wait();

    let runs = runs();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["counts"]), (1, &json!({"reset": 500})), "{runs}");
    expect_all_told(&site, 500);
    expect_no_pin(&site, &before);
    expect_no_pin(&site, &site.rooms());
}

#[test]
fn only_the_pins_that_were_asked_for_are_reset_and_told() {
    let site = with_rooms(2, &format!("{ROTATION}pins = ['moderator']\n"));
    site.list(0..2);
    let before = site.rooms();
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 2");
    let rooms = site.rooms();
    for user in ["u00000", "u00001"] {
        assert_ne!(rooms[user].mpin, before[user].mpin);
        assert_eq!(rooms[user].ppin, before[user].ppin);
    }
    assert_eq!(sheet(&site)["u00000"][2..], [rooms["u00000"].mpin.clone(), rooms["u00000"].ppin.clone()]);
    let mails = site.addressed_mails();
    let (_, mail) = mails.iter().find(|(to, _)| to == "u00000@example.org").unwrap();
    assert!(mail.contains(&rooms["u00000"].mpin) && !mail.contains(&rooms["u00000"].ppin), "{mail}");
    assert!(!mail.contains(&rooms["u00001"].mpin) && mail.contains("Hello Owner 0,"), "{mail}");
    assert!(site.summaries()[0].contains("OK nightly@") && site.summaries()[0].contains("2 reset"));
}

#[test]
fn a_lost_reply_is_settled_by_reading_the_room_and_none_is_reset_twice() {
    let site = with_rooms(12, ROTATION);
    site.list(0..12);
    site.script("[[fault]]\nmatch = 'PATCH'\nkind = ['reset_after', 'truncated_json', 'stall_after', 'reset_before']\nfor_ms = 600\n\
                  probability = 0.5\ntimes = 9\n");
    let run = site.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 12");
    expect_all_told(&site, 12);
}

#[test]
fn a_reset_that_nobody_could_find_out_about_is_looked_for_first_when_it_is_repeated() {
    let site = with_rooms(1, &format!("{ROTATION}timeout = '2s'\n"));
    site.list(0..1);
    // The reset is carried out, its reply never comes, and then the room cannot be read for as long as the run may take.
    site.script("[[fault]]\nmatch = 'PATCH'\nkind = 'stall_after'\nfor_ms = 5000\n");
    let mut child = site.start("run", &["run", "nightly"]);
    wait_until("the PINs were reset", || site.effects(EffectKind::PinsReset).len() == 1);
    site.script("[[fault]]\nmatch = 'GET'\nkind = 'http_500_before'\n");
    child.wait();
    let runs = site.run(&["history", "--json"]).json();
    assert_eq!(runs[0]["counts"], json!({"unknown": 1}), "{runs}");
    assert_eq!(site.addressed_mails().len(), 1, "an owner was told PINs that were not confirmed");

    site.script("");
    let again = site.run(&["retry", runs[0]["run"].as_str().unwrap(), "--json"]);
    assert_eq!((again.code, &again.json()["run"]["counts"]), (0, &json!({"reset": 1})), "{again:?}");
    assert_eq!(site.effects(EffectKind::PinsReset).len(), 1, "it was reset once more");
    expect_all_told(&site, 1);
}

#[test]
fn a_room_in_use_is_left_for_the_end_and_skipped_with_a_reason() {
    let site = with_rooms(3, ROTATION);
    site.list(0..3);
    assert!(site.sandbox.occupy("u00001"));
    let before = site.rooms();
    let run = site.run_job("nightly", 0);
    assert_eq!((run.outcome(), run.counts().as_str()), ("succeeded", "reset 2, skipped 1"));
    assert_eq!(run.line(3)["error"], "a meeting is under way in the room");
    assert_eq!(site.rooms()["u00001"].mpin, before["u00001"].mpin);
    let lists = || site.sandbox.requests().get("GET /meetings").copied().unwrap_or(0);
    assert!(lists() <= 4, "{} pages were read: not one list for all rooms", lists());

    site.configure(&format!("{ROTATION}skip_busy = false\n"));
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 3");
    assert_ne!(site.rooms()["u00001"].mpin, before["u00001"].mpin);
}

#[test]
fn a_row_about_a_room_that_was_reset_resets_it_no_second_time_when_the_run_is_repeated() {
    let site = with_rooms(3, ROTATION);
    site.write("rooms.csv", "user_id,email\nu00000,a@example.org\nu00000,b@example.org\nu00001,c@example.org\n");
    let run = site.run_job("nightly", 3);
    assert_eq!(run.counts(), "invalid 1, reset 2");
    let pins = site.rooms();
    let again = site.run(&["retry", run.id(), "--json"]).json();
    assert_eq!(again["run"]["counts"], json!({"invalid": 1}), "{again}");
    assert_eq!(site.effects(EffectKind::PinsReset).len(), 2);
    assert_eq!(site.rooms()["u00000"].mpin, pins["u00000"].mpin);
}

#[test]
fn pins_that_are_told_as_numbers_are_told_with_a_remark() {
    let site = with_rooms(3, ROTATION);
    site.list(0..3);
    site.script("numeric = true");
    let ran = site.run(&["run", "nightly"]);
    ran.expect(0, "3 reset");
    assert_eq!(site.effects(EffectKind::PinsReset).len(), 3);
    let remark = "the server tells PINs as numbers, so zeros in front may be missing";
    let mails = site.addressed_mails();
    assert_eq!(mails.iter().filter(|(_, mail)| mail.contains(remark)).count(), 4, "three owners and us: {mails:?}");
}

#[test]
fn all_addresses_of_a_cell_are_told_the_new_pins_in_one_mail() {
    let site = with_rooms(2, ROTATION);
    site.write(
        "rooms.csv",
        "user_id,email,name\n\
         u00000,'a@example.org'; Ada <b@example.org>; A@example.org,Ada\n\
         u00001,Bo <c@example.org>,Bo\n",
    );
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 2");
    let rooms = site.rooms();
    let mails: Vec<_> = site.addressed_mails().into_iter().filter(|(to, _)| to != "it@example.org").collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    for (to, user) in [("a@example.org, b@example.org", "u00000"), ("c@example.org", "u00001")] {
        let (_, mail) = mails.iter().find(|(told, _)| told == to).unwrap();
        assert!(mail.contains(&format!("PIN for moderators: {}\n", rooms[user].mpin)), "{mail}");
    }
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_rotation_is_waited_for() {
    let site = with_rooms(40, &format!("{ROTATION}abort_after = 3\n"));
    site.list(0..40);
    site.script("[maintenance]\nafter = 70\nfor_ms = 2500\n");
    let run = site.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 40");
    site.script("");
    expect_all_told(&site, 40);
}

#[test]
fn a_reset_whose_reply_is_lost_is_found_on_a_server_that_tells_numbers() {
    let site = with_rooms(20, ROTATION);
    site.list(0..20);
    site.script(
        "numeric = true\n[[fault]]\nmatch = 'PATCH'\nkind = ['reset_after', 'reset_before', 'html_502_after']\nevery = 2\n",
    );
    let run = site.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 20");
    assert_eq!(site.effects(EffectKind::PinsReset).len(), 20);
}
