//! Without a daemon: a command that works by itself serves the socket meanwhile, and a daemon of another configuration is not
//! taken for ours.

use std::process::Command;

use roomkeeper::journal::Workspace;

use crate::site::{Ran, Running, Site, column, names, timetable, wait_until};

const JOBS: &str = "[schedule_meetings.timetable]\n[schedule_meetings.other]\n";

#[test]
fn a_long_import_takes_what_other_commands_ask_meanwhile() {
    let site = Site::builder().delay(60).build(JOBS);
    std::fs::write(site.path("a.csv"), timetable(0..600)).unwrap();
    std::fs::write(site.path("b.csv"), timetable(600..603)).unwrap();
    let mut first = site.start("first", &["import", "--job", "timetable", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    site.run(&["import", "--job", "other", "b.csv"]).expect(0, "b.csv: succeeded: 3 created");
    assert!(first.ended().is_none(), "the first ended too early to show anything");
    site.run(&["pause", "other"]).expect(0, "other is paused");
    let run = site.json(&["history", "timetable", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["cancel", &run]).expect(0, "the rest is left undone");
    assert_eq!(first.wait().code(), Some(3), "{}", first.log());
    assert!(!site.path("state/control.sock").exists());
    site.run(&["resume", "other"]).expect(0, "other runs again");
}

#[test]
fn an_import_waits_for_what_others_asked_of_it() {
    let site = Site::builder().delay(100).build(JOBS);
    std::fs::write(site.path("a.csv"), timetable(0..20)).unwrap();
    std::fs::write(site.path("b.csv"), timetable(20..320)).unwrap();
    let mut first = site.start("first", &["import", "--job", "timetable", "a.csv"]);
    wait_until("the socket is there", || site.path("state/control.sock").exists());
    let mut second = site.start("second", &["import", "--job", "other", "b.csv"]);
    // Its own work is done, and it is still there for yet others.
    first.wait_to_say("waiting for what others asked for");
    site.run(&["pause", "other"]).expect(0, "other is paused");
    assert!(first.ended().is_none(), "the second ended too early to show anything");
    assert_eq!(second.wait().code(), Some(0), "{}", second.log());
    assert_eq!(first.wait().code(), Some(0), "{}", first.log());
    site.sandbox.expect_made(0..320);
    assert_eq!(column(&site.path(&results(&site, "b.")), "status"), ["created"; 300]);
}

fn results(site: &Site, begins: &str) -> String {
    let mut found = names(&site.path("")).into_iter();
    found.find(|name| name.starts_with(begins) && name.ends_with("results.csv")).unwrap()
}

#[test]
fn a_daemon_of_another_configuration_is_not_handed_our_file() {
    let (site, other) = (Site::new(JOBS), Site::new(JOBS));
    // Both look for a socket in the same place.
    let runtime = tempfile::tempdir().unwrap();
    let with_runtime = |mut command: Command| {
        command.env("RUNTIME_DIRECTORY", runtime.path());
        command
    };
    let daemon = Running::of(with_runtime(other.command(&["daemon"])), other.path("daemon.log"));
    daemon.wait_to_say("roomkeeper is running");
    assert!(runtime.path().join("control.sock").exists() && !other.path("state/control.sock").exists());
    std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
    let import = with_runtime(site.command(&["import", "--job", "timetable", "a.csv"])).output().unwrap();
    Ran::of(import).expect(0, "3 created");
    site.sandbox.expect_made(0..3);
    assert!(other.sandbox.made().is_empty());
    // Its own socket was left alone meanwhile.
    let theirs = with_runtime(other.command(&["pause", "other"])).output().unwrap();
    Ran::of(theirs).expect(0, "other is paused");
}

#[test]
fn a_socket_that_a_killed_daemon_left_is_in_nobodys_way() {
    let site = Site::new(JOBS);
    let mut daemon = site.daemon();
    daemon.kill();
    assert!(site.path("state/control.sock").exists());
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    let mut daemon = site.daemon();
    site.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    assert!(daemon.terminate().0.success());
    assert!(!site.path("state/control.sock").exists());
}

#[test]
fn a_process_that_holds_the_lock_and_has_no_socket_yet_is_waited_for_a_while() {
    let site = Site::new(JOBS);
    std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
    // As a daemon that has just begun to start, whose secret no other process has.
    let lock = Workspace::at(&site.path("state")).lock("roomkeeper daemon").unwrap();
    let mut command = site.command(&["import", "--job", "timetable", "a.csv"]);
    command.env_remove("APP_KEY");
    let told = Ran::of(command.output().unwrap());
    told.expect(5, &format!("is held by roomkeeper daemon (process {})", std::process::id()));
    let mut waiting = site.start("import", &["-vv", "import", "--job", "timetable", "a.csv"]);
    waiting.wait_to_say("the lock is held, and no process answers for it yet");
    drop(lock);
    assert_eq!(waiting.wait().code(), Some(0), "{}", waiting.log());
    site.sandbox.expect_made(0..3);
}
