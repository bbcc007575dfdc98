//! Wrong clocks delete nothing: the machine's clocks are set under the real daemon and the real commands, and files, history,
//! mails and the sandbox's ledger tell what became of that.

use roomkeeper::clock::{Clock, SystemClock};
use roomkeeper::journal::LetterState;

use crate::by_hand;
use crate::reader::Reader;
use crate::site::{Ran, Running, Site, free_port, timetable, wait_for, wait_until};

const DAY: i64 = 24 * 3600;
const YEARS: i64 = 730 * DAY;
const TO: &str = "[mail]\nto = [\"it@example.org\"]\non = \"always\"\n";
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\nkeep_files = \"90d\"\n";

fn site() -> Site {
    Site::new(&format!("{TO}{JOB}"))
}

/// A site whose mail server is not there.
fn site_without_mail() -> Site {
    let server = format!("server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n", free_port());
    Site::new(&format!("{TO}{server}{JOB}"))
}

/// Drops a file with a row, and waits until it is in `done/` with its results.
fn dealt_with(site: &Site, name: &str, text: &str) {
    let before = site.files("done").len();
    site.drop_renamed(name, text);
    wait_until("the file is in done/", || site.files("done").len() == before + 2);
}

/// The daemon's start, and the look for old files that comes with it.
fn told_of_the_clock(site: &Site) -> Running {
    let daemon = site.daemon();
    wait_for("a mail about the clock", || about_the_clock(site).first().cloned());
    daemon
}

fn about_the_clock(site: &Site) -> Vec<String> {
    site.mails().into_iter().filter(|mail| mail.contains("the clock is not trusted")).collect()
}

#[test]
fn a_clock_two_years_ahead_deletes_and_forgets_nothing_and_is_told_once() {
    let site = site();
    let mut daemon = site.daemon();
    dealt_with(&site, "a.csv", &timetable(0..1));
    daemon.terminate();

    site.set_clocks(YEARS, 0);
    for _ in 0..2 {
        let mut daemon = told_of_the_clock(&site);
        site.run(&["list"]).expect(0, "the clock is not trusted");
        site.run(&["why", "timetable"]).expect(0, "the clock is not trusted");
        daemon.terminate();
    }
    assert_eq!((site.files("done").len(), about_the_clock(&site).len()), (2, 1));
    let mail = about_the_clock(&site).remove(0);
    assert!(mail.contains("clock-is-right"), "{mail}");
    site.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");

    // The clock is right again: what was made is known, so that a row with another title is a change of it.
    site.set_clocks(0, 0);
    let mut daemon = site.daemon();
    wait_for("nothing is wrong with the clock", || {
        (!site.run(&["list"]).out.contains("the clock is not trusted")).then_some(())
    });
    dealt_with(&site, "b.csv", &timetable(0..1).replace("Lecture", "Corrected"));
    daemon.terminate();
    assert_eq!(site.sandbox.made().len(), 1);
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
}

#[test]
fn an_administrator_who_says_that_the_clock_is_right_is_believed_and_nothing_is_older_by_it() {
    let site = site();
    let mut daemon = site.daemon();
    dealt_with(&site, "a.csv", &timetable(0..1));
    dealt_with(&site, "b.csv", &timetable(1..2));
    daemon.terminate();
    site.set_clocks(YEARS, 0);
    site.run(&["journal", "prune"]).expect(1, "clock-is-right");
    assert_eq!(about_the_clock(&site).len(), 1);
    // Meetings are over by the calendar; runs and files are as old as they have lived.
    site.run(&["journal", "prune", "--clock-is-right"])
        .expect(0, "forgotten: 0 runs with 0 items, 2 meetings that are over");
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert!(!site.run(&["list"]).out.contains("the clock is not trusted"), "a person has it believed");
    site.daemon().terminate();
    assert_eq!((site.files("done").len(), about_the_clock(&site).len()), (4, 1));
    // Four hundred days later they are.
    site.set_clocks(YEARS + 401 * DAY, 401 * DAY);
    let mut daemon = site.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    daemon.terminate();
    assert!(site.files("done").is_empty());
    site.run(&["journal", "prune"]).expect(0, "forgotten: 1 run");
}

#[test]
fn a_refusal_by_hand_is_told_once_without_a_daemon_and_is_over_when_the_clock_is_right() {
    let site = site();
    let rows = site.path("rows.csv");
    std::fs::write(&rows, timetable(0..1)).unwrap();
    site.run(&["import", rows.to_str().unwrap()]).expect(0, "created");
    site.set_clocks(YEARS, 0);
    for _ in 0..2 {
        site.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");
        site.run(&["list"]).expect(0, "the clock is not trusted");
    }
    let mails = about_the_clock(&site);
    assert!(mails.len() == 1 && mails[0].contains("clock-is-right"), "{mails:?}");
    // Whatever writes first under the right clock ends it.
    site.set_clocks(0, 0);
    site.run(&["import", rows.to_str().unwrap()]).expect(0, "unchanged");
    assert!(!site.run(&["list"]).out.contains("the clock is not trusted"));
    site.set_clocks(YEARS, 0);
    site.run(&["journal", "prune"]).expect(1, "the clock is not trusted");
    assert_eq!(about_the_clock(&site).len(), 2, "the next leap is another");
    site.set_clocks(0, 0);
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert!(!site.run(&["list"]).out.contains("the clock is not trusted"));
}

#[test]
fn a_refusal_by_hand_needs_no_secret_and_its_mail_goes_out_with_the_next_start() {
    let site = site();
    site.daemon().terminate();
    site.set_clocks(YEARS, 0);
    let told = Ran::of(site.command(&["journal", "prune"]).env_remove("APP_KEY").output().unwrap());
    told.expect(1, "nothing was forgotten, since the clock is not trusted");
    assert!(told.err.contains("the mail about it waits, and the next start sends it"), "{told:?}");
    assert!(about_the_clock(&site).is_empty());
    site.run(&["list"]).expect(0, "the clock is not trusted");
    told_of_the_clock(&site).terminate();
    assert_eq!(about_the_clock(&site).len(), 1);
}

#[test]
fn an_export_by_hand_under_a_clock_that_leapt_says_by_which_time_it_went() {
    const EXPORT: &str = "[export_meetings.history]\npath = 'all.csv'\n";
    let site = Site::builder().past(3).build(&format!("{TO}{JOB}{EXPORT}"));
    let words = "is not trusted, so this run looked back from";
    let shown = |site: &Site| site.run(&["show", &last_run(site)]).out;
    site.run(&["run", "history"]).expect(0, "3 exported");
    assert!(!shown(&site).contains(words));
    site.set_clocks(YEARS, 0);
    let told = site.run(&["run", "history"]);
    assert!(told.code == 0 && format!("{}{}", told.out, told.err).contains(words), "{told:?}");
    assert!(shown(&site).contains(words), "{}", shown(&site));
    let mails = site.mails();
    let one_line = |mail: &String| mail.replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(mails.iter().filter(|mail| one_line(mail).contains(words)).count(), 1, "{mails:?}");
    // A person has it believed, and nothing more is said.
    site.run(&["journal", "prune", "--clock-is-right"]).expect(0, "forgotten");
    let told = site.run(&["run", "history"]);
    assert!(told.code == 0 && !format!("{}{}", told.out, told.err).contains(words), "{told:?}");
}

fn last_run(site: &Site) -> String {
    site.json(&["history", "--json", "--limit", "1"])[0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_leap_under_a_running_daemon_is_told_at_once_and_a_person_has_it_believed_without_a_stop() {
    let site = site();
    let daemon = site.daemon();
    dealt_with(&site, "a.csv", &timetable(0..1));
    site.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    site.set_clocks(YEARS, 0);
    let began = std::time::Instant::now();
    wait_for("a mail about the clock", || about_the_clock(&site).first().cloned());
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
    site.run(&["list"]).expect(0, "the clock is not trusted");
    site.run(&["journal", "prune"]).expect(1, "nothing was forgotten, since the clock is not trusted");
    site.run(&["journal", "prune", "--clock-is-right"])
        .expect(0, "forgotten: 0 runs with 0 items, 1 meeting that is over");
    assert!(!site.run(&["list"]).out.contains("the clock is not trusted"));
    assert_eq!((site.files("done").len(), about_the_clock(&site).len()), (2, 1));
    drop(daemon);
    // It is believed by the next one, too.
    site.daemon().terminate();
    assert_eq!(about_the_clock(&site).len(), 1);
}

#[test]
fn a_file_that_came_while_the_clock_was_years_behind_is_no_older_than_it_is() {
    let site = site();
    site.set_clocks(-2500 * DAY, 0);
    let mut daemon = site.daemon();
    dealt_with(&site, "a.csv", &timetable(0..1));
    daemon.terminate();
    site.set_clocks(0, 0);
    told_of_the_clock(&site).terminate();
    assert_eq!(site.files("done").len(), 2);
    site.run(&["journal", "prune", "--clock-is-right"]).expect(0, "forgotten: 0 runs");
    site.daemon().terminate();
    assert_eq!(site.files("done").len(), 2);
    site.set_clocks(91 * DAY, 91 * DAY);
    let daemon = site.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    assert!(site.files("done").is_empty());
}

/// One file was dealt with, and the mail about it could not be written.
fn site_whose_mail_waits() -> Site {
    let site = site_without_mail();
    let mut daemon = site.daemon();
    dealt_with(&site, "a.csv", &timetable(0..1));
    daemon.wait_to_say("a mail waits");
    daemon.terminate();
    site
}

#[test]
fn a_clock_that_leaps_gives_no_mail_up_and_keeps_none_waiting() {
    let site = site_whose_mail_waits();
    // More attempts than are made in any case, and years by the wall clock.
    for round in 1..8 {
        site.set_clocks(YEARS, round * 2 * 3600);
        let mut daemon = site.daemon();
        daemon.wait_to_say("a mail waits");
        daemon.terminate();
        assert!(!daemon.log().contains("given up"), "{}", daemon.log());
    }
    // It is due again after an hour of living, though the wall clock has years to go until then.
    site.set_clocks(0, 16 * 3600);
    site.configure(&format!("{TO}{JOB}"));
    let _daemon = site.daemon();
    wait_until("the mail is there", || site.mails().iter().any(|mail| mail.contains("a.csv")));
}

#[test]
fn a_mail_that_nobody_takes_is_given_up_after_three_days_of_living() {
    let site = site_whose_mail_waits();
    for day in 1..5 {
        site.set_clocks(day * DAY, day * DAY);
        let mut daemon = site.daemon();
        daemon.wait_to_say(if day < 4 { "a mail waits" } else { "a mail was given up" });
        daemon.terminate();
    }
}

#[test]
fn new_pins_that_wait_for_their_mail_are_mailed_however_far_the_clock_leaps_meanwhile() {
    const ROTATION: &str = "[rotate_pins.pins]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n";
    let site = Site::new(&format!("{TO}{JOB}{ROTATION}"));
    std::fs::write(site.path("rooms.csv"), "user_id,email\nu00000,owner@example.org\n").unwrap();
    let mut command = site.command(&["run", "pins"]);
    command.env("ROOMKEEPER_FAILPOINTS", "mail.write=full:3:1000");
    // Before the reset, it is tried twice whether mails can be written; whatever it says of the one that waits.
    let ran = Ran::of(command.output().unwrap());
    let waiting = || {
        let mails = Reader::open(&site.path("state")).unwrap().open_letters().unwrap();
        mails.iter().filter(|mail| mail.is_sealed && mail.state != LetterState::Dead).count()
    };
    assert_eq!((waiting(), site.mails().len()), (1, 0), "{ran:?}");
    site.set_clocks(YEARS, 3 * 3600);
    let mut command = site.command(&["journal", "prune"]);
    command.env("ROOMKEEPER_FAILPOINTS", "mail.write=full:1:1000");
    Ran::of(command.output().unwrap()).expect(1, "clock");
    assert_eq!(waiting(), 1);
    let _daemon = site.daemon();
    let mail =
        wait_for("the owner's mail", || site.mails().into_iter().find(|mail| mail.contains("To: owner@example.org")));
    assert!(mail.contains("PIN"), "{mail}");
    wait_until("nothing waits", || waiting() == 0);
}

#[test]
fn a_row_that_was_put_off_under_a_clock_far_ahead_does_not_wait_for_those_years() {
    let busy = "[[fault]]\nmatch = 'POST /meetings'\nkind = 'busy_429'\nretry_after = 600\ntimes = 1\n";
    let site = site();
    site.script(busy);
    site.set_clocks(YEARS, 0);
    let mut daemon = site.daemon();
    // Two years from now the row's day has passed; five years on it has not.
    let day = SystemClock.now().plus(std::time::Duration::from_secs(5 * 365 * 24 * 3600)).to_api();
    let text =
        format!("ref,user_id,room_name,start_time,duration,moderators,participants\nr0,u00001,Later,{day},30,1,20\n");
    site.drop_renamed("a.csv", &text);
    wait_until("the row was put off", || by_hand::items_put_off(&site.path("state")) == 1);
    daemon.kill();
    site.set_clocks(0, 0);
    let _daemon = site.daemon();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    assert_eq!(site.sandbox.made().len(), 1);
}
