//! SIGHUP: a good configuration takes over without disturbing what runs, a bad one changes nothing.

use std::fs;

use rustix::process::Signal;

use crate::site::{Running, Site, timetable, wait_for, wait_until};

const TIMETABLE: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n";

/// Sends SIGHUP, and waits until it was heard for this time.
#[track_caller]
fn reload(daemon: &Running, words: &str) {
    let before = daemon.log().matches(words).count();
    daemon.signal(Signal::HUP);
    wait_for(&format!("the log says {words:?} once more"), || {
        (daemon.log().matches(words).count() > before).then_some(())
    });
}

#[test]
fn a_job_that_was_added_works_and_one_that_was_taken_out_does_not() {
    let site = Site::new(TIMETABLE);
    let daemon = site.daemon();
    fs::create_dir(site.path("other")).unwrap();
    site.configure("[schedule_meetings.other]\ninbox = \"other\"\nsettle = \"1s\"\n");
    reload(&daemon, "was read anew");
    site.drop_renamed("left.csv", &timetable(0..2));
    fs::write(site.path("aside"), timetable(2..5)).unwrap();
    fs::rename(site.path("aside"), site.path("other/taken.csv")).unwrap();
    wait_for("the new job's file is in done/", || {
        (crate::site::names(&site.path("other/done")).len() == 2).then_some(())
    });
    assert_eq!(site.files(""), ["left.csv"], "nobody looks after the other folder any more");
    site.configure(TIMETABLE);
    reload(&daemon, "was read anew");
    wait_until("the first job is back, and its file in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..5);
}

#[test]
fn a_bad_configuration_is_told_with_its_place_and_the_old_one_stays() {
    let site = Site::new(TIMETABLE);
    let daemon = site.daemon();
    site.configure("[schedule_meetings.timetable]\ninbx = \"inbox\"\nschedule = \"0 0 30 2 *\"\n");
    reload(&daemon, "stays in force");
    let log = daemon.log();
    assert!(log.contains("config.toml:7:1") && log.contains("inbx") && log.contains("config.toml:8:"), "{log}");
    site.drop_renamed("a.csv", &timetable(0..3));
    wait_until("the job still works", || site.files("done").len() == 2);
}

#[test]
fn another_state_directory_needs_a_restart_and_everything_else_is_taken_over() {
    let site = Site::new(TIMETABLE);
    let daemon = site.daemon();
    site.configure(&format!("[state]\ndirectory = \"elsewhere\"\n{TIMETABLE}"));
    reload(&daemon, "was read anew");
    assert!(daemon.log().contains("changed by a restart only"), "{}", daemon.log());
    site.drop_renamed("a.csv", &timetable(0..3));
    wait_until("the job still works", || site.files("done").len() == 2);
    assert!(!site.path("elsewhere/journal.db").exists());
}

#[test]
fn a_hundred_reloads_under_load_every_other_one_broken_lose_no_due_time_and_run_none_twice() {
    const ROWS: usize = 2_000;
    let ticking = "[schedule_meetings.ticking]\ninbox = \"ticks\"\nsettle = \"1s\"\nschedule = \"* * * * * *\"\n\
                   catch_up = \"latest\"\n";
    let good = format!("{TIMETABLE}{ticking}");
    let site = Site::builder().delay(20).build(&good);
    fs::create_dir(site.path("ticks")).unwrap();
    let mut daemon = site.daemon();
    site.drop_renamed("load.csv", &timetable(0..ROWS));
    let ran = || site.json(&["history", "ticking", "--limit", "100000", "--json"]).as_array().unwrap().len();
    for round in 0..100 {
        if round % 10 == 0 {
            let before = ran();
            wait_until("another due time has run", || ran() > before);
        }
        if round % 2 == 0 {
            fs::write(site.path("config.toml"), format!("[api\nbroken = {round}\n")).unwrap();
            reload(&daemon, "stays in force");
        } else {
            site.configure(&good);
            reload(&daemon, "was read anew");
        }
    }
    wait_until("the load is done", || site.files("done").len() == 2);
    assert!(daemon.terminate().0.success());
    site.sandbox.expect_made(0..ROWS);

    let runs = site.json(&["history", "ticking", "--limit", "100000", "--json"]);
    let why = site.json(&["why", "ticking", "--limit", "100000", "--json"]);
    let seconds = |answer: &serde_json::Value| -> Vec<i64> {
        let due = answer.as_array().unwrap().iter().filter_map(|one| one["due"].as_str().map(str::to_owned));
        due.map(|due| roomkeeper::clock::Timestamp::from_rfc3339(&due).unwrap().millis() / 1000).collect()
    };
    let mut all = seconds(&runs);
    assert!(all.len() >= 10, "only {} due times in the whole test", all.len());
    all.extend(seconds(&why));
    all.sort_unstable();
    // Each second from the first to the last is there, and none is there twice.
    let expected: Vec<_> = (all[0]..=all[all.len() - 1]).collect();
    assert_eq!(all, expected, "a due time is missing, or was dealt with twice");
}

#[test]
fn a_second_reload_while_the_first_goes_on_is_not_lost() {
    let site = Site::new(TIMETABLE);
    let daemon = site.daemon();
    for _ in 0..5 {
        daemon.signal(Signal::HUP);
    }
    site.configure("[schedule_meetings.other]\ninbox = \"other\"\nsettle = \"1s\"\n");
    fs::create_dir(site.path("other")).unwrap();
    daemon.signal(Signal::HUP);
    fs::write(site.path("aside"), timetable(0..2)).unwrap();
    fs::rename(site.path("aside"), site.path("other/a.csv")).unwrap();
    wait_for("the last configuration is in force", || {
        (crate::site::names(&site.path("other/done")).len() == 2).then_some(())
    });
}

#[test]
fn a_reload_that_is_asked_for_while_it_starts_ends_nothing() {
    let site = Site::new(TIMETABLE);
    let daemon = site.start("daemon", &["daemon"]);
    // Taking the lock is among the first things that it does.
    wait_until("the lock is there", || site.path("state/lock").exists());
    daemon.signal(Signal::HUP);
    daemon.wait_to_say("was read anew");
    site.drop_renamed("a.csv", &timetable(0..3));
    wait_until("the job works", || site.files("done").len() == 2);
}
