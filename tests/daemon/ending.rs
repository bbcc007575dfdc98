//! The daemon stops, in order and not, and the next start goes on with its runs.

use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock};
use rustix::process::Signal;

use crate::site::{Site, column, timetable, wait_for, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n";

#[test]
fn after_a_clean_end_the_journal_is_one_file_and_for_its_owner_and_group_alone() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(JOB);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..50));
    wait_until("the file is in done/", || site.files("done").len() == 2);
    assert!(daemon.terminate().0.success());
    assert_eq!(crate::site::names(&site.path("state")), ["journal.db", "lock", "pin.key"]);
    for name in ["journal.db", "lock", "pin.key"] {
        let mode = std::fs::metadata(site.path("state").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o137, 0, "{name}: {mode:o}");
    }
}

#[test]
fn sigterm_lets_what_is_under_way_finish_and_the_next_start_does_the_rest() {
    let site = Site::builder().delay(60).build(JOB);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..60));
    wait_until("some meetings are made", || site.sandbox.made().len() >= 10);
    let (status, took) = daemon.terminate();
    assert!(status.success(), "{}", daemon.log());
    assert!(took < Duration::from_secs(20), "{took:?}");
    let before = site.sandbox.made().len();
    assert!(before < 60, "it ended too late to show anything");
    assert!(!site.path("state/journal.db-wal").exists());
    assert_eq!(site.files("processing").len(), 1);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let shown = site.json(&["show", &run, "--json"]);
    let done = shown["items"].as_array().unwrap().iter().filter(|item| item["status"] == "created").count();
    assert_eq!(done, before, "every request that went out was answered, and its outcome journaled");

    let _daemon = site.daemon();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..60);
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "attempts"), ["1"; 60]);
    let history = site.json(&["history", "--json"]);
    assert_eq!((history.as_array().unwrap().len(), &history[0]["run"]), (1, &run.into()));
}

#[test]
fn a_second_sigterm_ends_it_at_once() {
    let faults = "[[fault]]\nmatch = \"POST /meetings\"\nkind = \"stall_before\"\nfor_ms = 60000\n";
    let site = Site::builder().faults(faults).build(JOB);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..3));
    wait_until("a request is under way", || site.writes().posts > 0);
    daemon.signal(Signal::TERM);
    daemon.wait_to_say("stopping");
    let (_, took) = daemon.terminate();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(daemon.log().contains("ended at once"));
}

#[test]
fn killed_again_and_again_while_files_are_taken_it_loses_none_and_makes_nothing_twice() {
    let site = Site::builder().delay(5).build(&format!("timeout = \"1s\"\n{JOB}"));
    let mut rows = 0;
    for round in 0..12_u64 {
        let mut daemon = site.start("daemon", &["daemon"]);
        site.drop_renamed(&format!("f{round}.csv"), &timetable(rows..rows + 2));
        rows += 2;
        // Any moment will do: each round another one between the start, the claim, the move and the end of the run.
        std::thread::sleep(Duration::from_millis(40 + 17 * round));
        daemon.kill();
    }
    let mut daemon = site.daemon();
    wait_until("every file is in done/", || site.files("done").len() == 24);
    assert!(daemon.terminate().0.success());
    site.sandbox.expect_made(0..rows);
    assert!(site.files("").is_empty() && site.files("processing").is_empty() && site.files("failed").is_empty());
}

#[tokio::test]
async fn a_claim_that_was_journaled_and_never_moved_is_made_good() {
    use roomkeeper::journal::{Journal, NewClaim, NewRun, Workspace};
    use roomkeeper::model::{JobKind, RunId, Trigger};
    use std::os::unix::fs::MetadataExt;

    let site = Site::new(JOB);
    std::fs::write(site.path("inbox/a.csv"), timetable(0..2)).unwrap();
    let dropped = std::fs::canonicalize(site.path("inbox")).unwrap().join("a.csv");
    let id = RunId::generate();
    let claimed = dropped.with_file_name("processing").join(format!("a.{id}.csv"));
    let input = serde_json::json!({ "v": 1, "name": "a.csv", "file": claimed, "copy": false,
        "results": { "inbox": dropped.parent().unwrap() } });
    let claim = NewClaim {
        name: "a.csv".into(),
        inode: std::fs::metadata(&dropped).unwrap().ino(),
        dropped,
        claimed,
        shared: false,
    };
    let journal = Journal::open(Workspace::at(&site.path("state")).lock("a test").unwrap()).unwrap();
    let job = journal.job(&"timetable".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let run = NewRun {
        id,
        job,
        trigger: Trigger::File,
        due: None,
        started: SystemClock.now(),
        retry_of: None,
        input: input.to_string(),
        claim: Some(claim),
    };
    journal.begin(run).await.unwrap();
    journal.close().await;
    let _daemon = site.daemon();
    let names = wait_for("the file is in done/", || Some(site.files("done")).filter(|names| names.len() == 2));
    assert_eq!(names[0], format!("a.{id}.csv"));
    site.sandbox.expect_made(0..2);
}
