//! A job that is called otherwise now (`was`) goes on as the same job; a name that comes to mean another kind of job does not.

use rustix::process::Signal;
use serde_json::json;

use crate::site::{Running, Site, column, timetable, wait_until};

const OLD: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n";
const NEW: &str = "[schedule_meetings.lessons]\nwas = \"timetable\"\ninbox = \"inbox\"\nsettle = \"100ms\"\n";

/// A daemon that works on a file under the old name.
fn under_way() -> (Site, Running) {
    let site = Site::builder().delay(60).build(OLD);
    let daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..40));
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    (site, daemon)
}

#[test]
fn a_run_that_a_kill_interrupted_goes_on_under_the_new_name() {
    let (site, mut daemon) = under_way();
    daemon.kill();
    site.configure(&format!("timeout = \"1s\"\n{NEW}"));
    // A command that only reads knows it by its new name already.
    assert_eq!(site.json(&["history", "lessons", "--json"]).as_array().unwrap().len(), 1);
    let mut daemon = site.daemon();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..40);
    let history = site.json(&["history", "--json"]);
    assert_eq!((history.as_array().unwrap().len(), &history[0]["job"]), (1, &json!("lessons")), "{history}");
    assert!(daemon.terminate().0.success());
}

#[test]
fn files_that_wait_during_a_reload_belong_to_the_job_under_its_new_name() {
    let site = Site::builder().delay(60).build(OLD);
    // Both lie there when the daemon looks for the first time.
    site.drop_renamed("a.csv", &timetable(0..240));
    site.drop_renamed("b.csv", &timetable(0..240));
    let daemon = site.daemon();
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    site.configure(NEW);
    daemon.signal(Signal::HUP);
    daemon.wait_to_say("was read anew");
    assert!(site.sandbox.made().len() < 240, "the first file was done too early to show anything");
    wait_until("both files are in done/", || site.files("done").len() == 4);
    site.sandbox.expect_made(0..240);
    // The second run knows the meetings of the first as the job's own.
    let run = site.json(&["history", "--json"]);
    assert!(run.as_array().unwrap().iter().all(|run| run["job"] == "lessons"), "{run}");
    let counts: Vec<_> = run.as_array().unwrap().iter().map(|run| run["counts"].clone()).collect();
    assert_eq!((&counts[0]["unchanged"], &counts[1]["created"]), (&json!(240), &json!(240)), "{run}");
}

#[test]
fn a_name_that_means_another_kind_of_job_now_is_refused_and_nothing_is_touched() {
    let (site, mut daemon) = under_way();
    let other = "[export_meetings.timetable]\npath = \"exports/all.csv\"\n";
    site.configure(other);
    daemon.signal(Signal::HUP);
    daemon.wait_to_say("stays in force");
    assert!(daemon.log().contains("give the new job a name of its own"), "{}", daemon.log());
    daemon.kill();
    let refused = site.run(&["daemon"]);
    refused.expect(4, "timetable is a export_meetings now, and the journal knows it as a schedule_meetings");
    site.configure(&format!("timeout = \"1s\"\n{OLD}"));
    let _daemon = site.daemon();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..40);
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "status"), ["created"; 40]);
}
