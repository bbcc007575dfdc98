//! `run`, `import` and `retry` while a daemon runs.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::json;

use crate::site::{Site, column, names, timetable, title, wait_for, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n";

#[test]
fn a_daemon_imports_what_a_command_hands_in_and_the_results_come_beside_the_file() {
    let site = Site::new(JOB);
    let mut daemon = site.daemon();
    std::fs::create_dir(site.path("mine")).unwrap();
    let bad = timetable(0..40).replace("Lecture 000007", "ab");
    std::fs::write(site.path("mine/a.csv"), &bad).unwrap();
    let told = site.run(&["import", "mine/a.csv"]);
    told.expect(3, "a.csv: partial: 39 created, 1 invalid");
    told.expect(3, "line 9  invalid 1612");
    let (results, retry) = (site.only("mine", "results.csv"), site.only("mine", "retry.csv"));
    assert!(told.out.contains(&results.display().to_string()), "{told:?}");
    assert!(told.out.contains(&retry.display().to_string()), "{told:?}");
    assert_eq!(std::fs::metadata(&results).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(column(&results, "status").iter().filter(|status| *status == "created").count(), 39);
    assert!(column(&results, "mpin").iter().filter(|pin| !pin.is_empty()).count() == 39);
    assert_eq!(std::fs::read_to_string(site.path("mine/a.csv")).unwrap(), bad);
    // Files with PINs do not stay behind in the state directory.
    wait_until("the received files are gone", || names(&site.path("state/results")).is_empty());
    assert!(names(&site.path("state/incoming")).is_empty());
    let history = site.json(&["history", "--json"]);
    assert_eq!((&history[0]["trigger"], &history[0]["file"]), (&json!("manual"), &json!("a.csv")));
    assert!(daemon.terminate().0.success());
    assert!(!site.path("state/control.sock").exists());
}

#[test]
fn what_a_program_reads_of_an_import_is_the_same_with_and_without_a_daemon() {
    let site = Site::new(JOB);
    for (name, rows) in [("a.csv", 0..3), ("b.csv", 3..6)] {
        std::fs::write(site.path(name), timetable(rows)).unwrap();
    }
    std::fs::create_dir(site.path("out")).unwrap();
    let keys = |answer: &serde_json::Value| {
        let keys: Vec<_> = answer["run"].as_object().unwrap().keys().cloned().collect();
        (keys, answer["run"]["counts"].clone(), answer["files"].as_array().unwrap().len())
    };
    let without = keys(&site.json(&["import", "--json", "--output", "out", "a.csv"]));
    let _daemon = site.daemon();
    let answer = site.json(&["import", "--json", "--output", "out", "b.csv"]);
    assert_eq!(keys(&answer), without);
    let file = answer["files"][0].as_str().unwrap();
    assert!(std::path::Path::new(file).exists(), "{file}");
    assert_eq!(names(&site.path("out")).len(), 2);
}

#[test]
fn a_results_file_of_that_name_is_never_written_over() {
    let site = Site::builder().delay(100).build(JOB);
    std::fs::create_dir(site.path("mine")).unwrap();
    std::fs::write(site.path("mine/a.csv"), timetable(0..30)).unwrap();
    let _daemon = site.daemon();
    let mut import = site.start("import", &["import", "mine/a.csv"]);
    let run = wait_for("the run has begun", || {
        let run = site.json(&["history", "--json"])[0]["run"].as_str().map(str::to_owned)?;
        (!site.sandbox.made().is_empty()).then_some(run)
    });
    let taken = site.path(&format!("mine/a.{run}.results.csv"));
    std::fs::write(&taken, "mine").unwrap();
    assert_eq!(import.wait().code(), Some(0));
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");
    assert!(import.log().contains("could not be written"), "{}", import.log());
    // It is not lost.
    assert_eq!(column(&site.only("state/results", "results.csv"), "status"), ["created"; 30]);
}

#[test]
fn progress_is_seen_while_a_daemon_works() {
    let site = Site::builder().delay(400).build(JOB);
    let _daemon = site.daemon();
    // At eight at once the rows take twelve seconds, and a line comes every ten.
    std::fs::write(site.path("a.csv"), timetable(0..240)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(0, "240 created");
    let line = told
        .err
        .lines()
        .find(|line| line.starts_with("a.csv: ") && line.contains(" done, "))
        .unwrap_or_else(|| panic!("{told:?}"));
    assert!(line.contains(" of 240 done, 0 failed"), "{line}");
}

#[test]
fn run_takes_what_lies_in_the_drop_folder_also_of_a_job_that_is_not_enabled() {
    let site = Site::new(&format!("{JOB}enabled = false\n"));
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..3));
    site.drop_renamed("b.csv", &timetable(3..5));
    let told = site.run(&["run", "timetable"]);
    told.expect(0, "a.csv: succeeded: 3 created");
    told.expect(0, "b.csv: succeeded: 2 created");
    assert_eq!(site.files("done").len(), 4);
    let answer = site.json(&["run", "timetable", "--json"]);
    let run = &answer["run"];
    assert_eq!((&run["trigger"], &run["counts"], &run["outcome"]), (&json!("manual"), &json!({}), &json!("succeeded")));
    site.run(&["run", "nobody"]).expect(2, "there is no job nobody");
    site.sandbox.expect_made(0..5);
}

#[test]
fn a_dry_run_is_told_by_the_daemon_in_the_same_words_and_changes_nothing() {
    let site = Site::new(&format!("{JOB}enabled = false\n"));
    let text = timetable(0..30).replace("Lecture 000003", "ab");
    std::fs::write(site.path("a.csv"), &text).unwrap();
    std::fs::write(site.path("inbox/b.csv"), &text).unwrap();
    let arguments = [
        &["import", "--dry-run", "a.csv"][..],
        &["run", "timetable", "--dry-run"],
        &["run", "timetable", "--dry-run", "--json"],
    ];
    let without: Vec<_> = arguments.iter().map(|arguments| site.run(arguments)).collect();
    let _daemon = site.daemon();
    for (arguments, without) in arguments.iter().zip(&without) {
        let told = site.run(arguments);
        assert_eq!((told.code, &told.out, &told.err), (3, &without.out, &without.err), "{arguments:?}");
    }
    assert!(without[0].out.contains("would be created  Lecture 000000"), "{without:?}");
    assert!(site.sandbox.made().is_empty() && site.path("inbox/b.csv").exists());
    assert_eq!(site.json(&["history", "--json"]), json!([]));
    assert!(names(&site.path("state/incoming")).is_empty());
}

#[test]
fn retry_is_done_by_the_daemon_and_its_results_come_to_whoever_asked() {
    let faults = "[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 2\n";
    let site = Site::builder().faults(faults).build(JOB);
    let _daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..5)).unwrap();
    site.run(&["import", "a.csv"]).expect(3, "2 failed");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    std::fs::create_dir(site.path("again")).unwrap();
    site.run(&["retry", &run, "--output", "again"]).expect(0, "2 created");
    assert_eq!(column(&site.only("again", "results.csv"), "status"), ["created"; 2]);
    site.sandbox.expect_made(0..5);
    site.run(&["retry", "01a20c12-7b61-70f1-bdb5-148dbe9077d3"]).expect(2, "there is no run");
}

#[test]
fn a_command_whose_job_is_busy_says_for_what_it_waits() {
    let site = Site::builder().delay(60).build(JOB);
    let _daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    std::fs::write(site.path("b.csv"), timetable(60..62)).unwrap();
    let mut first = site.start("first", &["import", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let told = site.run(&["import", "b.csv"]);
    told.expect(0, "2 created");
    assert!(told.err.contains(&format!("waits until the run {} of timetable is over", &run[28..])), "{told:?}");
    assert_eq!(first.wait().code(), Some(0));
    // Runs of one job follow one another.
    let mut last = site.sandbox.made().split_off(60);
    last.sort();
    assert_eq!(last, [title(60), title(61)]);
}

#[test]
fn a_run_goes_on_when_whoever_asked_for_it_is_gone() {
    let site = Site::builder().delay(60).build(JOB);
    let _daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    import.kill();
    wait_until("the run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    site.sandbox.expect_made(0..60);
    // Its results wait where no other user may look.
    assert_eq!(column(&site.only("state/results", "results.csv"), "status"), ["created"; 60]);
}

#[test]
fn a_daemon_that_is_killed_is_told_and_its_next_start_goes_on() {
    let site = Site::builder().delay(60).build(&format!("timeout = \"1s\"\n{JOB}"));
    let mut daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    daemon.kill();
    assert_eq!(import.wait().code(), Some(5), "{}", import.log());
    assert!(import.log().contains(&format!("`roomkeeper show {run}` tells")), "{}", import.log());
    let _daemon = site.daemon();
    wait_until("the run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    site.sandbox.expect_made(0..60);
}

#[test]
fn a_daemon_that_stops_says_that_its_next_start_goes_on() {
    let site = Site::builder().delay(60).build(JOB);
    let mut daemon = site.daemon();
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    let (status, took) = daemon.terminate();
    assert!(status.success() && took < Duration::from_secs(20), "{took:?}");
    assert_eq!(import.wait().code(), Some(3), "{}", import.log());
    assert!(import.log().contains("the next start goes on with it"), "{}", import.log());
    assert_eq!(names(&site.path("state")), ["journal.db", "lock", "pin.key"]);
    let _daemon = site.daemon();
    wait_until("the run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    site.sandbox.expect_made(0..60);
}

#[test]
fn kinds_that_read_no_file_are_run_and_retried_by_the_daemon_too() {
    let site = Site::builder().past(20).build("[export_meetings.past]\npath = \"out/past.csv\"\nformat = \"csv\"\n");
    std::fs::create_dir(site.path("out")).unwrap();
    let _daemon = site.daemon();
    site.run(&["run", "past"]).expect(0, "20 exported");
    assert_eq!(names(&site.path("out")), ["past.csv"]);
    let again = site.json(&["run", "past", "--again", "--json"]);
    assert_eq!(again["run"]["counts"], json!({ "exported": 20 }));
    assert_eq!(names(&site.path("out")).len(), 2);
    let run = site.json(&["history", "--json"])[1]["run"].as_str().unwrap().to_owned();
    let retried = site.json(&["retry", &run, "--json"]);
    assert_eq!((&retried["run"]["trigger"], &retried["run"]["outcome"]), (&json!("retry"), &json!("succeeded")));
    assert!(site.run(&["run", "past", "--again", "--dry-run"]).out.contains("would be exported"));
}

#[test]
fn a_file_that_is_dropped_and_asked_for_at_once_is_one_run_s() {
    let site = Site::builder().delay(30).build(JOB);
    let _daemon = site.daemon();
    // While this goes on, both who watches the folder and who says `run` wait for their turn with the files to come.
    site.drop_renamed("a.csv", &timetable(0..100));
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    for (number, name) in (0..).zip(["b.csv", "c.csv", "d.csv"]) {
        site.drop_renamed(name, &timetable(100 + number..101 + number));
    }
    let mut asking: Vec<_> = (0..3).map(|n| site.start(&format!("run{n}"), &["run", "timetable"])).collect();
    for run in &mut asking {
        assert_eq!(run.wait().code(), Some(0), "{}", run.log());
    }
    wait_until("all files are in done/", || site.files("done").len() == 8);
    let history = site.json(&["history", "--json"]);
    assert!(history.as_array().unwrap().iter().all(|run| run["outcome"] == "succeeded"), "{history}");
    assert!(site.files("failed").is_empty() && site.files("processing").is_empty());
    site.sandbox.expect_made(0..103);
}

#[test]
fn list_says_what_a_run_waits_for() {
    let site = Site::without_server(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..2));
    wait_for("list tells that the server cannot be reached", || {
        let waits = site.json(&["list", "--json"])[0]["last"]["waits"].as_str().unwrap_or_default().to_owned();
        waits.contains("no connection to 127.0.0.1").then_some(())
    });
    site.run(&["list"]).expect(0, "waits: ");
}

#[test]
fn what_is_asked_of_a_job_that_never_was_is_refused_though_nothing_has_ever_run() {
    let site = Site::without_server("");
    site.run(&["history", "nobody"]).expect(2, "there is no job nobody, and there was none");
    site.run(&["why", "nobody"]).expect(2, "there is no job nobody, and there was none");
    site.run(&["history"]).expect(0, "no runs");
}

#[test]
fn a_question_that_the_daemon_answers_is_answered_whole() {
    // A user who may not open the journal is answered over the socket: with the same data, item for item.
    let site = Site::builder()
        .users(6)
        .build("[sync_rooms.policy]\nrooms = { list = \"rooms.csv\" }\nset = { participants = 33 }\n");
    std::fs::write(site.path("rooms.csv"), "user_id\nu00001\nu00002\n").unwrap();
    let _daemon = site.daemon();
    site.run(&["run", "policy"]).expect(0, "2 updated");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let here = site.json(&["show", &run, "--json"]);
    let ask = crate::raw::line(&json!({ "ask": { "show": { "run": run, "problems": false } } }).to_string());
    let answer = crate::raw::post(&site.path("state/control.sock"), &ask);
    // The lengths of chunks stand between the lines, and some are numbers to JSON, too.
    let lines = answer.lines().filter(|line| line.starts_with('{'));
    let events: Vec<serde_json::Value> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(events[0]["reply"]["run"]["run"], here["run"], "{answer}");
    let there: Vec<_> = events.iter().filter_map(|event| event["reply"]["items"].as_array()).flatten().collect();
    let of =
        |item: &serde_json::Value| (item["item"].clone(), item["label"].clone(), item["attempts"][0]["at"].clone());
    let items = here["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(there.iter().map(|item| of(item)).collect::<Vec<_>>(), items.iter().map(of).collect::<Vec<_>>());
    assert!(answer.contains("\"over\"\n"), "{answer}");
}

#[test]
fn a_command_of_another_version_is_told_so_on_both_sides() {
    let site = Site::new(JOB);
    let daemon = site.daemon();
    let socket = site.path("state/control.sock");
    // A newer daemon, asked by an older command that did not look first.
    for old in ["{\"v\":1,\"command\":\"retry_mail\"}\n", "{\"v\":9,\"order\":\"retry_mail\"}\n"] {
        let answer = crate::raw::post(&socket, old);
        assert!(answer.contains("another version of roomkeeper") && answer.contains("\"unreachable\""), "{answer}");
    }
    drop(daemon);
    // An older daemon, asked by a newer command.
    let state = std::fs::canonicalize(site.path("state")).unwrap();
    let hello = json!({ "v": 1, "state": state, "purpose": "roomkeeper daemon", "process": 1 }).to_string();
    let lock = std::fs::File::open(state.join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let old = crate::raw::serve_hello(&socket, hello);
    site.run(&["pause", "timetable"]).expect(5, "is another version of roomkeeper, which this one cannot talk to");
    site.run(&["check", "--online"]).expect(5, "is another version of roomkeeper, which this one cannot talk to");
    drop(old);
}

#[test]
fn a_daemon_of_another_configuration_is_asked_nothing() {
    let site = Site::new(JOB);
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    let _daemon = site.daemon();
    // The same state directory, with a server that is not there.
    std::fs::write(site.path("new.toml"), text.replace(&format!(":{}/", site.sandbox.port()), ":2/")).unwrap();
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    let check = site.run(&["--config", "new.toml", "check", "--online"]);
    check.expect(1, "new.toml: api: no connection to 127.0.0.1");
    assert!(!check.out.contains("the configuration is valid"), "{check:?}");
    assert_eq!(site.json(&["--config", "new.toml", "check", "--online", "--json"])["valid"], false);
    for arguments in [&["pause", "timetable"][..], &["run", "timetable"], &["import", "a.csv"]] {
        let told = site.run(&[&["--config", "new.toml"], arguments].concat());
        told.expect(5, "by another configuration file");
        assert!(told.err.contains("config.toml") && told.err.contains("new.toml"), "{told:?}");
    }
    assert!(site.sandbox.made().is_empty());
    // Another way to the same file is none.
    std::os::unix::fs::symlink("config.toml", site.path("link.toml")).unwrap();
    site.run(&["--config", "link.toml", "check", "--online"]).expect(0, "the configuration is valid");
    site.run(&["--config", "link.toml", "pause", "timetable"]).expect(0, "");
}

#[test]
fn a_link_that_leads_to_another_file_since_is_still_the_daemon_s() {
    let site = Site::new(JOB);
    std::fs::copy(site.path("config.toml"), site.path("next.toml")).unwrap();
    std::fs::rename(site.path("config.toml"), site.path("first.toml")).unwrap();
    std::os::unix::fs::symlink("first.toml", site.path("config.toml")).unwrap();
    let _daemon = site.daemon();
    std::os::unix::fs::symlink("next.toml", site.path("aside")).unwrap();
    std::fs::rename(site.path("aside"), site.path("config.toml")).unwrap();
    site.run(&["pause", "timetable"]).expect(0, "");
    site.run(&["--config", "next.toml", "resume", "timetable"]).expect(5, "by another configuration file");
}
