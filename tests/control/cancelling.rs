//! `cancel`, and Ctrl-C in a command that waits for the daemon.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::front::{Running, Sandbox, World, timetable, wait_for};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n";
const ROWS: u64 = 60;

/// An import by the daemon, of which some rows are done and some are not.
fn under_way() -> (Sandbox, World, Running, Running, String) {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    let daemon = world.daemon();
    std::fs::write(world.path("a.csv"), timetable(0..60)).unwrap();
    let import = world.start("import", &["import", "a.csv"]);
    wait_for("some meetings are made", || (sandbox.made().len() >= 5).then_some(()));
    let run = world.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    (sandbox, world, daemon, import, run)
}

/// Fails unless what was under way is finished and the rest not run.
#[track_caller]
fn expect_cancelled(sandbox: &Sandbox, world: &World) {
    let run: Value = wait_for("the run has ended", || {
        let history = world.json(&["history", "--json"]);
        (!history[0]["ended"].is_null()).then(|| history[0].clone())
    });
    let (created, not_run) = (run["counts"]["created"].as_u64().unwrap(), run["counts"]["not_run"].as_u64().unwrap());
    assert_eq!((&run["outcome"], created + not_run), (&json!("cancelled"), ROWS), "{run}");
    assert_eq!(created, sandbox.made().len() as u64);
    assert!(not_run > 0, "it ended too late to show anything");
}

#[test]
fn cancel_leaves_the_rest_of_a_run_undone() {
    let (sandbox, world, _daemon, mut import, run) = under_way();
    world.run(&["cancel", &run]).expect(0, "what is under way finishes, the rest is left undone");
    assert_eq!(import.wait().code(), Some(3), "{}", import.log());
    expect_cancelled(&sandbox, &world);
    assert!(world.only("", "retry.csv").exists());
    world.run(&["cancel", &run]).expect(0, "is over already: cancelled");
    world.run(&["cancel", "01a20c12-7b61-70f1-bdb5-148dbe9077d3"]).expect(2, "there is no run");
}

#[test]
fn ctrl_c_in_the_command_cancels_the_run_and_waits_for_its_end() {
    let (sandbox, world, _daemon, mut import, _) = under_way();
    import.signal(Signal::INT);
    assert_eq!(import.wait().code(), Some(3), "{}", import.log());
    assert!(import.log().contains("cancelled"), "{}", import.log());
    expect_cancelled(&sandbox, &world);
    assert!(world.only("", "results.csv").exists());
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_end() {
    let faults = "[[fault]]\nmatch = 'POST /meetings'\nkind = 'stall_before'\nfor_ms = 60000\n";
    let sandbox = Sandbox::with_faults(faults, &[]);
    let world = World::new(sandbox.port, &format!("timeout = \"2s\"\n{JOB}"));
    let _daemon = world.daemon();
    std::fs::write(world.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = world.start("import", &["import", "a.csv"]);
    wait_for("a request is under way", || sandbox.ledger().iter().any(|line| line["method"] == "POST").then_some(()));
    import.signal(Signal::INT);
    import.wait_to_say("Ctrl-C again does not wait for it");
    import.signal(Signal::INT);
    assert_eq!(import.wait().code(), Some(130));
    // It is cancelled all the same.
    let run = world.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    wait_for("the run stops", || {
        let told = world.run(&["cancel", &run]);
        (told.code == Some(0) && !world.json(&["history", "--json"])[0]["ended"].is_null()).then_some(())
    });
    assert_eq!(world.json(&["history", "--json"])[0]["outcome"], "cancelled");
}

#[test]
fn sigterm_in_the_command_leaves_the_run_alone() {
    let (sandbox, world, _daemon, mut import, run) = under_way();
    import.signal(Signal::TERM);
    assert_eq!(import.wait().code(), Some(143));
    assert!(import.log().contains(&format!("the run {} goes on", &run[28..])), "{}", import.log());
    wait_for("the run has ended", || (world.json(&["history", "--json"])[0]["outcome"] == "succeeded").then_some(()));
    sandbox.expect_made(0..60);
}

#[test]
fn a_run_of_a_dropped_file_can_be_cancelled_too() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    let _daemon = world.daemon();
    world.drop_renamed("a.csv", &timetable(0..60));
    wait_for("some meetings are made", || (sandbox.made().len() >= 5).then_some(()));
    let run = world.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    world.run(&["cancel", &run]).expect(0, "the rest is left undone");
    expect_cancelled(&sandbox, &world);
    wait_for("the file is in failed/", || (world.files("failed").len() == 3).then_some(()));
}

#[test]
fn without_a_daemon_cancel_brings_an_interrupted_run_to_its_end() {
    let (sandbox, world, mut daemon, _import, run) = under_way();
    assert!(daemon.terminate().0.success());
    let made = sandbox.made().len();
    world.run(&["cancel", &run]).expect(0, "cancelled");
    expect_cancelled(&sandbox, &world);
    assert_eq!(sandbox.made().len(), made);
}

#[test]
fn an_unfinished_run_of_a_job_that_is_not_configured_any_more_can_be_brought_to_its_end() {
    let (sandbox, world, mut daemon, mut import, run) = under_way();
    daemon.kill();
    assert_ne!(import.wait().code(), Some(0));
    world.configure(sandbox.port, "");
    let mut daemon = world.daemon();
    world.run(&["cancel", &run]).expect(0, "cancelled");
    let shown = world.json(&["show", &run, "--json"])["run"].clone();
    assert_eq!(shown["outcome"], "cancelled", "{shown}");
    let counts = &shown["counts"];
    let count = |status: &str| counts[status].as_u64().unwrap_or(0);
    assert_eq!(count("created") + count("unknown") + count("not_run"), ROWS, "{shown}");
    assert!(count("not_run") > 0 && count("created") + count("unknown") > 0, "{shown}");
    // What may have been sent when it was killed is told as unknown, and nothing was sent since.
    assert!(sandbox.made().len() as u64 <= count("created") + count("unknown"), "{shown}");
    assert!(daemon.terminate().0.success());
}
