//! `rotate_pins`: each room is reset once in a run, and what is told of its PINs is what the server has.

use std::collections::BTreeMap;

use roomkeeper::sandbox::EffectKind;
use serde_json::json;

use super::secrecy::expect_no_pin;
use super::world::{LOSSES, World, wait_for};

const ROTATION: &str = "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n\
                        pin_sheet = 'pins/{date}.csv'\n";

/// The rows of the only sheet, by user: the room, its name and its PINs.
fn sheet(world: &World) -> BTreeMap<String, [String; 4]> {
    let sheets: Vec<_> = std::fs::read_dir(world.path("pins")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [only] = sheets.as_slice() else { panic!("not one sheet: {sheets:?}") };
    let text = std::fs::read_to_string(only).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["user_id", "room_id", "room_name", "mpin", "ppin", "direct_url"]);
    let row = |row: csv::StringRecord| (row[0].to_owned(), [1, 2, 3, 4].map(|at| row[at].to_owned()));
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The sheet and the owners' mails agree with the server, and each room was reset once.
fn expect_all_told(world: &World, users: usize) {
    let rooms: BTreeMap<_, _> = world.rooms().into_iter().filter(|(user, _)| user != "owner").collect();
    let expected = rooms.iter().map(|(user, room)| {
        let told = [room.room_id.clone(), room.room_name.clone(), room.mpin.clone(), room.ppin.clone()];
        (user.clone(), told)
    });
    assert_eq!(sheet(world), expected.collect());

    let mut resets = BTreeMap::new();
    for effect in world.effects(EffectKind::PinsReset) {
        *resets.entry(effect.user_id).or_insert(0) += 1;
    }
    assert_eq!(resets.len(), users);
    assert!(resets.values().all(|n| *n == 1), "{resets:?}");

    let mails: Vec<_> = world.mails().into_iter().filter(|(to, _)| to != "it@example.org").collect();
    assert_eq!(mails.len(), users);
    for (to, mail) in mails {
        let room = &rooms[to.strip_suffix("@example.org").unwrap()];
        let told = [format!("PIN for moderators: {}\n", room.mpin), format!("PIN for participants: {}\n", room.ppin)];
        assert!(told.iter().all(|line| mail.contains(line)), "{to}: {room:?}\n{mail}");
    }
}

#[test]
fn five_hundred_rooms_are_reset_once_each_while_requests_are_lost_and_the_program_is_killed() {
    let world = World::new(500, ROTATION);
    world.list(0..500);
    world.script(LOSSES);
    let before = world.rooms();
    let runs = || world.run(&["history", "--json"]).json();
    let mut killed = 0;
    // Moments by how many requests have come: in the planning, and all along the resets.
    let mut seed = 7_u64;
    for moment in (0..8_u64).map(|n| 120 * n) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = moment + (seed >> 33) % 100;
        let arguments: &[&str] = if moment < 120 { &["run", "nightly"] } else { &["daemon"] };
        let mut child = world.start(arguments);
        let requests = || world.sandbox.requests().values().sum::<u64>();
        let until = requests() + moment.max(30);
        wait_for(|| {
            requests() >= until
                || child.try_wait().unwrap().is_some()
                || runs().as_array().unwrap().iter().any(|run| !run["ended"].is_null())
        });
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed > 3, "it was killed only {killed} times");
    let mut daemon = world.start(&["daemon"]);
    wait_for(|| runs()[0]["ended"].is_string() && world.mails().len() == 501);
    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM).unwrap();
    daemon.wait().unwrap();

    let runs = runs();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["counts"]), (1, &json!({"reset": 500})), "{runs}");
    expect_all_told(&world, 500);
    expect_no_pin(&world, &before);
    expect_no_pin(&world, &world.rooms());
}

#[test]
fn only_the_pins_that_were_asked_for_are_reset_and_told() {
    let world = World::new(2, &format!("{ROTATION}pins = ['moderator']\n"));
    world.list(0..2);
    let before = world.rooms();
    assert_eq!(world.run_job("nightly", 0).counts(), "reset 2");
    let rooms = world.rooms();
    for user in ["u00000", "u00001"] {
        assert_ne!(rooms[user].mpin, before[user].mpin);
        assert_eq!(rooms[user].ppin, before[user].ppin);
    }
    assert_eq!(sheet(&world)["u00000"][2..], [rooms["u00000"].mpin.clone(), rooms["u00000"].ppin.clone()]);
    let mails = world.mails();
    let (_, mail) = mails.iter().find(|(to, _)| to == "u00000@example.org").unwrap();
    assert!(mail.contains(&rooms["u00000"].mpin) && !mail.contains(&rooms["u00000"].ppin), "{mail}");
    assert!(!mail.contains(&rooms["u00001"].mpin) && mail.contains("Hello Owner 0,"), "{mail}");
    assert!(world.summaries()[0].contains("OK nightly@") && world.summaries()[0].contains("2 reset"));
}

#[test]
fn a_lost_reply_is_settled_by_reading_the_room_and_none_is_reset_twice() {
    let world = World::new(12, ROTATION);
    world.list(0..12);
    world.script("[[fault]]\nmatch = 'PATCH'\nkind = ['reset_after', 'truncated_json', 'stall_after', 'reset_before']\nfor_ms = 600\n\
                  probability = 0.5\ntimes = 9\n");
    let run = world.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 12");
    expect_all_told(&world, 12);
}

#[test]
fn a_reset_that_nobody_could_find_out_about_is_looked_for_first_when_it_is_repeated() {
    let world = World::new(1, &format!("{ROTATION}timeout = '2s'\n"));
    world.list(0..1);
    // The reset is carried out, its reply never comes, and then the room cannot be read for as long as the run may take.
    world.script("[[fault]]\nmatch = 'PATCH'\nkind = 'stall_after'\nfor_ms = 5000\n");
    let mut child = world.start(&["run", "nightly"]);
    wait_for(|| world.effects(EffectKind::PinsReset).len() == 1);
    world.script("[[fault]]\nmatch = 'GET'\nkind = 'http_500_before'\n");
    child.wait().unwrap();
    let runs = world.run(&["history", "--json"]).json();
    assert_eq!(runs[0]["counts"], json!({"unknown": 1}), "{runs}");
    assert_eq!(world.mails().len(), 1, "an owner was told PINs that were not confirmed");

    world.script("");
    let again = world.run(&["retry", runs[0]["run"].as_str().unwrap(), "--json"]);
    assert_eq!((again.code, &again.json()["run"]["counts"]), (0, &json!({"reset": 1})), "{again:?}");
    assert_eq!(world.effects(EffectKind::PinsReset).len(), 1, "it was reset once more");
    expect_all_told(&world, 1);
}

#[test]
fn a_room_in_use_is_left_for_the_end_and_skipped_with_a_reason() {
    let world = World::new(3, ROTATION);
    world.list(0..3);
    assert!(world.sandbox.occupy("u00001"));
    let before = world.rooms();
    let run = world.run_job("nightly", 0);
    assert_eq!((run.outcome(), run.counts().as_str()), ("succeeded", "reset 2, skipped 1"));
    assert_eq!(run.line(3)["error"], "a meeting is under way in the room");
    assert_eq!(world.rooms()["u00001"].mpin, before["u00001"].mpin);
    let lists = || world.sandbox.requests().get("GET /meetings").copied().unwrap_or(0);
    assert!(lists() <= 4, "{} pages were read: not one list for all rooms", lists());

    world.configure(&format!("{ROTATION}skip_busy = false\n"));
    assert_eq!(world.run_job("nightly", 0).counts(), "reset 3");
    assert_ne!(world.rooms()["u00001"].mpin, before["u00001"].mpin);
}

#[test]
fn a_row_about_a_room_that_was_reset_resets_it_no_second_time_when_the_run_is_repeated() {
    let world = World::new(3, ROTATION);
    world.write("rooms.csv", "user_id,email\nu00000,a@example.org\nu00000,b@example.org\nu00001,c@example.org\n");
    let run = world.run_job("nightly", 3);
    assert_eq!(run.counts(), "invalid 1, reset 2");
    let pins = world.rooms();
    let again = world.run(&["retry", run.id(), "--json"]).json();
    assert_eq!(again["run"]["counts"], json!({"invalid": 1}), "{again}");
    assert_eq!(world.effects(EffectKind::PinsReset).len(), 2);
    assert_eq!(world.rooms()["u00000"].mpin, pins["u00000"].mpin);
}

#[test]
fn pins_that_are_told_as_numbers_are_told_with_a_remark() {
    let world = World::new(3, ROTATION);
    world.list(0..3);
    world.script("numeric = true");
    let ran = world.run(&["run", "nightly"]);
    ran.expect(0, "3 reset");
    assert_eq!(world.effects(EffectKind::PinsReset).len(), 3);
    let remark = "the server tells PINs as numbers, so zeros in front may be missing";
    let mails = world.mails();
    assert_eq!(mails.iter().filter(|(_, mail)| mail.contains(remark)).count(), 4, "three owners and us: {mails:?}");
}

#[test]
fn all_addresses_of_a_cell_are_told_the_new_pins_in_one_mail() {
    let world = World::new(2, ROTATION);
    world.write(
        "rooms.csv",
        "user_id,email,name\n\
         u00000,'a@example.org'; Ada <b@example.org>; A@example.org,Ada\n\
         u00001,Bo <c@example.org>,Bo\n",
    );
    assert_eq!(world.run_job("nightly", 0).counts(), "reset 2");
    let rooms = world.rooms();
    let mails: Vec<_> = world.mails().into_iter().filter(|(to, _)| to != "it@example.org").collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    for (to, user) in [("a@example.org, b@example.org", "u00000"), ("c@example.org", "u00001")] {
        let (_, mail) = mails.iter().find(|(told, _)| told == to).unwrap();
        assert!(mail.contains(&format!("PIN for moderators: {}\n", rooms[user].mpin)), "{mail}");
    }
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_rotation_is_waited_for() {
    let world = World::new(40, &format!("{ROTATION}abort_after = 3\n"));
    world.list(0..40);
    world.script("[maintenance]\nafter = 70\nfor_ms = 2500\n");
    let run = world.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 40");
    world.script("");
    expect_all_told(&world, 40);
}

#[test]
fn a_reset_whose_reply_is_lost_is_found_on_a_server_that_tells_numbers() {
    let world = World::new(20, ROTATION);
    world.list(0..20);
    world.script(
        "numeric = true\n[[fault]]\nmatch = 'PATCH'\nkind = ['reset_after', 'reset_before', 'html_502_after']\nevery = 2\n",
    );
    let run = world.run_job("nightly", 0);
    assert_eq!(run.counts(), "reset 20");
    assert_eq!(world.effects(EffectKind::PinsReset).len(), 20);
}
