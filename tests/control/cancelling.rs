//! `cancel`, and Ctrl-C in a command that waits for the daemon.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::site::{Running, Site, timetable, wait_for, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n";
const ROWS: u64 = 60;

/// An import by the daemon, of which some rows are done and some are not.
fn under_way() -> (Site, Running, Running, String) {
    let site = Site::builder().delay(60).build(JOB);
    let daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let import = site.start("import", &["import", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    (site, daemon, import, run)
}

/// Fails unless what was under way is finished and the rest not run.
#[track_caller]
fn expect_cancelled(site: &Site) {
    let run: Value = wait_for("the run has ended", || {
        let history = site.json(&["history", "--json"]);
        (!history[0]["ended"].is_null()).then(|| history[0].clone())
    });
    let (created, not_run) = (run["counts"]["created"].as_u64().unwrap(), run["counts"]["not_run"].as_u64().unwrap());
    assert_eq!((&run["outcome"], created + not_run), (&json!("cancelled"), ROWS), "{run}");
    assert_eq!(created, site.sandbox.made().len() as u64);
    assert!(not_run > 0, "it ended too late to show anything");
}

#[test]
fn cancel_leaves_the_rest_of_a_run_undone() {
    let (site, _daemon, mut import, run) = under_way();
    site.run(&["cancel", &run]).expect(0, "what is under way finishes, the rest is left undone");
    assert_eq!(import.wait().code(), Some(3), "{}", import.log());
    expect_cancelled(&site);
    assert!(site.only("", "retry.csv").exists());
    site.run(&["cancel", &run]).expect(0, "is over already: cancelled");
    site.run(&["cancel", "01a20c12-7b61-70f1-bdb5-148dbe9077d3"]).expect(2, "there is no run");
}

#[test]
fn ctrl_c_in_the_command_cancels_the_run_and_waits_for_its_end() {
    let (site, _daemon, mut import, _) = under_way();
    import.signal(Signal::INT);
    assert_eq!(import.wait().code(), Some(3), "{}", import.log());
    assert!(import.log().contains("cancelled"), "{}", import.log());
    expect_cancelled(&site);
    assert!(site.only("", "results.csv").exists());
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_end() {
    let faults = "[[fault]]\nmatch = 'POST /meetings'\nkind = 'stall_before'\nfor_ms = 60000\n";
    let site = Site::builder().faults(faults).build(&format!("timeout = \"2s\"\n{JOB}"));
    let _daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("a request is under way", || site.writes().posts > 0);
    import.signal(Signal::INT);
    import.wait_to_say("Ctrl-C again does not wait for it");
    import.signal(Signal::INT);
    assert_eq!(import.wait().code(), Some(130));
    // It is cancelled all the same.
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    wait_for("the run stops", || {
        let told = site.run(&["cancel", &run]);
        (told.code == 0 && !site.json(&["history", "--json"])[0]["ended"].is_null()).then_some(())
    });
    assert_eq!(site.json(&["history", "--json"])[0]["outcome"], "cancelled");
}

#[test]
fn sigterm_in_the_command_leaves_the_run_alone() {
    let (site, _daemon, mut import, run) = under_way();
    import.signal(Signal::TERM);
    assert_eq!(import.wait().code(), Some(143));
    assert!(import.log().contains(&format!("the run {} goes on", &run[28..])), "{}", import.log());
    wait_until("the run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    site.sandbox.expect_made(0..60);
}

#[test]
fn a_run_of_a_dropped_file_can_be_cancelled_too() {
    let site = Site::builder().delay(60).build(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..60));
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["cancel", &run]).expect(0, "the rest is left undone");
    expect_cancelled(&site);
    wait_until("the file is in failed/", || site.files("failed").len() == 3);
}

#[test]
fn without_a_daemon_cancel_brings_an_interrupted_run_to_its_end() {
    let (site, mut daemon, _import, run) = under_way();
    assert!(daemon.terminate().0.success());
    let made = site.sandbox.made().len();
    site.run(&["cancel", &run]).expect(0, "cancelled");
    expect_cancelled(&site);
    assert_eq!(site.sandbox.made().len(), made);
}

#[test]
fn an_unfinished_run_of_a_job_that_is_not_configured_any_more_can_be_brought_to_its_end() {
    let (site, mut daemon, mut import, run) = under_way();
    daemon.kill();
    assert_ne!(import.wait().code(), Some(0));
    site.configure("");
    let mut daemon = site.daemon();
    site.run(&["cancel", &run]).expect(0, "cancelled");
    let shown = site.json(&["show", &run, "--json"])["run"].clone();
    assert_eq!(shown["outcome"], "cancelled", "{shown}");
    let counts = &shown["counts"];
    let count = |status: &str| counts[status].as_u64().unwrap_or(0);
    assert_eq!(count("created") + count("unknown") + count("not_run"), ROWS, "{shown}");
    assert!(count("not_run") > 0 && count("created") + count("unknown") > 0, "{shown}");
    // Rows that may have been sent when it was killed are told as unknown, and nothing was sent since.
    assert!(site.sandbox.made().len() as u64 <= count("created") + count("unknown"), "{shown}");
    assert!(daemon.terminate().0.success());
}
