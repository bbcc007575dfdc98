//! Wrong clocks delete nothing: the machine's clocks are set under the real daemon and the real commands, and files, history,
//! mails and the sandbox's ledger tell what became of that.

use roomkeeper::clock::{Clock, SystemClock};

use crate::front::{Running, Sandbox, Told, World, free_port, timetable, wait_for};

const DAY: i64 = 24 * 3600;
const YEARS: i64 = 730 * DAY;
const TO: &str = "[mail]\nto = [\"it@example.org\"]\non = \"always\"\n";
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\nkeep_files = \"90d\"\n";

fn world(sandbox: &Sandbox) -> World {
    World::new(sandbox.port, &format!("{TO}{JOB}"))
}

/// A world whose mail server is not there.
fn world_without_mail(sandbox: &Sandbox) -> World {
    let server = format!("server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n", free_port());
    World::new(sandbox.port, &format!("{TO}{server}{JOB}"))
}

/// Drops a file with a row, and waits until it is in `done/` with its results.
fn dealt_with(world: &World, name: &str, text: &str) {
    let before = world.files("done").len();
    world.drop_renamed(name, text);
    wait_for("the file is in done/", || (world.files("done").len() == before + 2).then_some(()));
}

/// The daemon's start, and the look for old files that comes with it.
fn told_of_the_clock(world: &World) -> Running {
    let daemon = world.daemon();
    wait_for("a mail about the clock", || about_the_clock(world).first().cloned());
    daemon
}

fn about_the_clock(world: &World) -> Vec<String> {
    world.mails().into_iter().filter(|mail| mail.contains("the clock is not trusted")).collect()
}

#[test]
fn a_clock_two_years_ahead_deletes_and_forgets_nothing_and_is_told_once() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    let mut daemon = world.daemon();
    dealt_with(&world, "a.csv", &timetable(0..1));
    daemon.terminate();

    world.set_clocks(YEARS, 0);
    for _ in 0..2 {
        let mut daemon = told_of_the_clock(&world);
        world.run(&["list"]).expect(0, "the clock is not trusted");
        world.run(&["why", "timetable"]).expect(0, "the clock is not trusted");
        daemon.terminate();
    }
    assert_eq!((world.files("done").len(), about_the_clock(&world).len()), (2, 1));
    let mail = about_the_clock(&world).remove(0);
    assert!(mail.contains("clock-is-right"), "{mail}");
    world.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");

    // The clock is right again: what was made is known, so that a row with another title is a change of it.
    world.set_clocks(0, 0);
    let mut daemon = world.daemon();
    wait_for("nothing is wrong with the clock", || {
        (!world.run(&["list"]).out.contains("the clock is not trusted")).then_some(())
    });
    dealt_with(&world, "b.csv", &timetable(0..1).replace("Lecture", "Corrected"));
    daemon.terminate();
    assert_eq!(sandbox.made().len(), 1);
    world.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
}

#[test]
fn an_administrator_who_says_that_the_clock_is_right_is_believed_and_nothing_is_older_by_it() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    let mut daemon = world.daemon();
    dealt_with(&world, "a.csv", &timetable(0..1));
    dealt_with(&world, "b.csv", &timetable(1..2));
    daemon.terminate();
    world.set_clocks(YEARS, 0);
    world.run(&["journal", "prune"]).expect(1, "clock-is-right");
    assert_eq!(about_the_clock(&world).len(), 1);
    // Meetings are over by the calendar; runs and files are as old as they have lived.
    world
        .run(&["journal", "prune", "--clock-is-right"])
        .expect(0, "forgotten: 0 runs with 0 items, 2 meetings that are over");
    world.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert!(!world.run(&["list"]).out.contains("the clock is not trusted"), "a person has it believed");
    world.daemon().terminate();
    assert_eq!((world.files("done").len(), about_the_clock(&world).len()), (4, 1));
    // Four hundred days later they are.
    world.set_clocks(YEARS + 401 * DAY, 401 * DAY);
    let mut daemon = world.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    daemon.terminate();
    assert!(world.files("done").is_empty());
    world.run(&["journal", "prune"]).expect(0, "forgotten: 1 run");
}

#[test]
fn a_refusal_by_hand_is_told_once_without_a_daemon_and_is_over_when_the_clock_is_right() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    let rows = world.path("rows.csv");
    std::fs::write(&rows, timetable(0..1)).unwrap();
    world.run(&["import", rows.to_str().unwrap()]).expect(0, "created");
    world.set_clocks(YEARS, 0);
    for _ in 0..2 {
        world.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");
        world.run(&["list"]).expect(0, "the clock is not trusted");
    }
    let mails = about_the_clock(&world);
    assert!(mails.len() == 1 && mails[0].contains("clock-is-right"), "{mails:?}");
    // Whatever writes first under the right clock ends it.
    world.set_clocks(0, 0);
    world.run(&["import", rows.to_str().unwrap()]).expect(0, "unchanged");
    assert!(!world.run(&["list"]).out.contains("the clock is not trusted"));
    world.set_clocks(YEARS, 0);
    world.run(&["journal", "prune"]).expect(1, "the clock is not trusted");
    assert_eq!(about_the_clock(&world).len(), 2, "the next leap is another");
    world.set_clocks(0, 0);
    world.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert!(!world.run(&["list"]).out.contains("the clock is not trusted"));
}

#[test]
fn a_refusal_by_hand_needs_no_secret_and_its_mail_goes_out_with_the_next_start() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    world.daemon().terminate();
    world.set_clocks(YEARS, 0);
    let told = Told::of(world.command(&["journal", "prune"]).env_remove("FRONT_APP_KEY").output().unwrap());
    told.expect(1, "nothing was forgotten, since the clock is not trusted");
    assert!(told.err.contains("the mail about it waits, and the next start sends it"), "{told:?}");
    assert!(about_the_clock(&world).is_empty());
    world.run(&["list"]).expect(0, "the clock is not trusted");
    told_of_the_clock(&world).terminate();
    assert_eq!(about_the_clock(&world).len(), 1);
}

#[test]
fn an_export_by_hand_under_a_clock_that_leapt_says_by_which_time_it_went() {
    const EXPORT: &str = "[export_meetings.history]\npath = 'all.csv'\n";
    let sandbox = Sandbox::start(&["--past", "3"]);
    let world = World::new(sandbox.port, &format!("{TO}{JOB}{EXPORT}"));
    let words = "is not trusted, so this run looked back from";
    let shown = |world: &World| world.run(&["show", &last_run(world)]).out;
    world.run(&["run", "history"]).expect(0, "3 exported");
    assert!(!shown(&world).contains(words));
    world.set_clocks(YEARS, 0);
    let told = world.run(&["run", "history"]);
    assert!(told.code == Some(0) && format!("{}{}", told.out, told.err).contains(words), "{told:?}");
    assert!(shown(&world).contains(words), "{}", shown(&world));
    let mails = world.mails();
    let one_line = |mail: &String| mail.replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(mails.iter().filter(|mail| one_line(mail).contains(words)).count(), 1, "{mails:?}");
    // A person has it believed, and nothing more is said.
    world.run(&["journal", "prune", "--clock-is-right"]).expect(0, "forgotten");
    let told = world.run(&["run", "history"]);
    assert!(told.code == Some(0) && !format!("{}{}", told.out, told.err).contains(words), "{told:?}");
}

fn last_run(world: &World) -> String {
    let told = world.run(&["history", "--json", "--limit", "1"]).out;
    let runs: serde_json::Value = serde_json::from_str(&told).unwrap();
    runs.pointer("/0/run").and_then(serde_json::Value::as_str).unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[test]
fn a_leap_under_a_running_daemon_is_told_at_once_and_a_person_has_it_believed_without_a_stop() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    let daemon = world.daemon();
    dealt_with(&world, "a.csv", &timetable(0..1));
    world.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    world.set_clocks(YEARS, 0);
    let began = std::time::Instant::now();
    wait_for("a mail about the clock", || about_the_clock(&world).first().cloned());
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
    world.run(&["list"]).expect(0, "the clock is not trusted");
    world.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");
    world
        .run(&["journal", "prune", "--clock-is-right"])
        .expect(0, "forgotten: 0 runs with 0 items, 1 meeting that is over");
    assert!(!world.run(&["list"]).out.contains("the clock is not trusted"));
    assert_eq!((world.files("done").len(), about_the_clock(&world).len()), (2, 1));
    drop(daemon);
    // It is believed by the next one, too.
    world.daemon().terminate();
    assert_eq!(about_the_clock(&world).len(), 1);
}

#[test]
fn a_file_that_came_while_the_clock_was_years_behind_is_no_older_than_it_is() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox);
    world.set_clocks(-2500 * DAY, 0);
    let mut daemon = world.daemon();
    dealt_with(&world, "a.csv", &timetable(0..1));
    daemon.terminate();
    world.set_clocks(0, 0);
    told_of_the_clock(&world).terminate();
    assert_eq!(world.files("done").len(), 2);
    world.run(&["journal", "prune", "--clock-is-right"]).expect(0, "forgotten: 0 runs");
    world.daemon().terminate();
    assert_eq!(world.files("done").len(), 2);
    world.set_clocks(91 * DAY, 91 * DAY);
    let daemon = world.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    assert!(world.files("done").is_empty());
}

/// One file was dealt with, and the mail about it could not be written.
fn world_whose_mail_waits(sandbox: &Sandbox) -> World {
    let world = world_without_mail(sandbox);
    let mut daemon = world.daemon();
    dealt_with(&world, "a.csv", &timetable(0..1));
    daemon.wait_to_say("a mail waits");
    daemon.terminate();
    world
}

#[test]
fn a_clock_that_leaps_gives_no_mail_up_and_keeps_none_waiting() {
    let sandbox = Sandbox::start(&[]);
    let world = world_whose_mail_waits(&sandbox);
    // More attempts than are made in any case, and years by the wall clock.
    for round in 1..8 {
        world.set_clocks(YEARS, round * 2 * 3600);
        let mut daemon = world.daemon();
        daemon.wait_to_say("a mail waits");
        daemon.terminate();
        assert!(!daemon.log().contains("given up"), "{}", daemon.log());
    }
    // It is due again after an hour of living, though the wall clock has years to go until then.
    world.set_clocks(0, 16 * 3600);
    world.configure(sandbox.port, &format!("{TO}{JOB}"));
    let _daemon = world.daemon();
    wait_for("the mail is there", || world.mails().iter().any(|mail| mail.contains("a.csv")).then_some(()));
}

#[test]
fn a_mail_that_nobody_takes_is_given_up_after_three_days_of_living() {
    let sandbox = Sandbox::start(&[]);
    let world = world_whose_mail_waits(&sandbox);
    for day in 1..5 {
        world.set_clocks(day * DAY, day * DAY);
        let mut daemon = world.daemon();
        daemon.wait_to_say(if day < 4 { "a mail waits" } else { "a mail was given up" });
        daemon.terminate();
    }
}

#[test]
fn new_pins_that_wait_for_their_mail_are_mailed_however_far_the_clock_leaps_meanwhile() {
    const ROTATION: &str = "[rotate_pins.pins]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n";
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &format!("{TO}{JOB}{ROTATION}"));
    std::fs::write(world.path("rooms.csv"), "user_id,email\nu00000,owner@example.org\n").unwrap();
    let mut command = world.command(&["run", "pins"]);
    command.env("ROOMKEEPER_FAILPOINTS", "mail.write=full:3:1000");
    // Before the reset, it is tried twice whether mails can be written; whatever it says of the one that waits.
    let ran = Told::of(command.output().unwrap());
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    let waiting = || -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE topic IS NOT NULL AND state IN ('queued', 'sending')";
        journal.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((waiting(), world.mails().len()), (1, 0), "{ran:?}");
    world.set_clocks(YEARS, 3 * 3600);
    let mut command = world.command(&["journal", "prune"]);
    command.env("ROOMKEEPER_FAILPOINTS", "mail.write=full:1:1000");
    Told::of(command.output().unwrap()).expect(1, "clock");
    assert_eq!(waiting(), 1);
    let _daemon = world.daemon();
    let mail =
        wait_for("the owner's mail", || world.mails().into_iter().find(|mail| mail.contains("To: owner@example.org")));
    assert!(mail.contains("PIN"), "{mail}");
    wait_for("nothing waits", || (waiting() == 0).then_some(()));
}

#[test]
fn a_row_that_was_put_off_under_a_clock_far_ahead_does_not_wait_for_those_years() {
    let busy = "[[fault]]\nmatch = 'POST /meetings'\nkind = 'busy_429'\nretry_after = 600\ntimes = 1\n";
    let sandbox = Sandbox::with_faults(busy, &[]);
    let world = world(&sandbox);
    world.set_clocks(YEARS, 0);
    let mut daemon = world.daemon();
    // Two years from now the row's day has passed; five years on it has not.
    let day = SystemClock.now().plus(std::time::Duration::from_secs(5 * 365 * 24 * 3600)).to_api();
    let text =
        format!("ref,user_id,room_name,start_time,duration,moderators,participants\nr0,u00001,Later,{day},30,1,20\n");
    world.drop_renamed("a.csv", &text);
    let journal = wait_for("the journal", || rusqlite::Connection::open(world.path("state/journal.db")).ok());
    wait_for("the row was put off", || {
        let sql = "SELECT count(*) FROM items WHERE not_before IS NOT NULL";
        journal.query_row(sql, [], |row| row.get::<_, i64>(0)).ok().filter(|n| *n == 1)
    });
    daemon.kill();
    world.set_clocks(0, 0);
    let _daemon = world.daemon();
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    assert_eq!(sandbox.made().len(), 1);
}
