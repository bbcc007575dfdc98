//! A job with a schedule looks at its drop folder at its due times, and then only.

use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock, Timestamp};
use roomkeeper::journal::{Journal, Lock};
use roomkeeper::model::JobKind;
use serde_json::{Value, json};

use crate::front::{Sandbox, World, timetable, wait_for};

/// Due once a year, and not in the days around the test.
fn yearly() -> String {
    let months = ["1", "7"];
    let month = SystemClock.now().to_rfc3339()[5..7].parse::<u32>().unwrap();
    format!("0 0 1 {} *", months[usize::from(!(3..=9).contains(&month))])
}

fn job(name: &str, inbox: &str, schedule: &str) -> String {
    format!("[schedule_meetings.{name}]\ninbox = \"{inbox}\"\nsettle = \"100ms\"\n{schedule}")
}

/// Makes the journal remember that the job was armed so long ago, and paused where that is said.
async fn armed_long_ago(world: &World, name: &str, schedule: &str, paused: bool) {
    std::fs::create_dir_all(world.path("state")).unwrap();
    let journal = Journal::open(Lock::acquire(&world.path("state"), "a test").unwrap()).unwrap();
    let key = journal.job(&name.parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let then = SystemClock.now().minus(Duration::from_hours(3 * 366 * 24));
    journal.watch(key, format!("[[\"{schedule}\",\"UTC\"]]"), then).await.unwrap();
    if paused {
        journal.pause(key, then).await.unwrap();
    }
    journal.close().await;
}

fn runs(world: &World, of: &str) -> Vec<Value> {
    world.json(&["history", of, "--json"]).as_array().unwrap().clone()
}

fn ended(world: &World, of: &str, number: usize) -> Vec<Value> {
    wait_for("the runs have ended", || {
        let runs = runs(world, of);
        (runs.len() >= number && runs.iter().all(|run| !run["ended"].is_null())).then_some(runs)
    })
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once_and_takes_the_files_that_are_ready() {
    let sandbox = Sandbox::start(&[]);
    let schedule = yearly();
    let world = World::new(sandbox.port, &job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n")));
    armed_long_ago(&world, "timetable", &schedule, false).await;
    std::fs::write(world.path("inbox/first.csv"), timetable(0..3)).unwrap();
    std::fs::write(world.path("inbox/second.csv"), timetable(3..5)).unwrap();
    let mut daemon = world.daemon();
    let runs = ended(&world, "timetable", 2);
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|run| run["trigger"] == "catch_up" && run["outcome"] == "succeeded"), "{runs:?}");
    // The first of them answers the due time.
    assert_eq!((&runs[0]["due"], runs[1]["due"].is_string()), (&Value::Null, true));
    sandbox.expect_made(0..5);
    let missed = world.json(&["why", "timetable", "--json"]);
    assert_eq!(missed.as_array().unwrap().len(), 2, "{missed}");
    assert!(missed.as_array().unwrap().iter().all(|line| line["reason"] == "missed"), "{missed}");
    assert!(daemon.terminate().0.success());

    // Nothing is due at the next start, and so nothing is looked at: a job without a schedule is done with its file first.
    std::fs::write(world.path("inbox/third.csv"), timetable(5..6)).unwrap();
    std::fs::create_dir(world.path("watched")).unwrap();
    std::fs::write(world.path("watched/other.csv"), timetable(6..7)).unwrap();
    let scheduled = job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n"));
    world.configure(sandbox.port, &(scheduled + &job("watched", "watched", "")));
    let _daemon = world.daemon();
    ended(&world, "watched", 1);
    assert_eq!(world.files(""), ["third.csv"]);
    assert_eq!(world.json(&["list", "--json"])[0]["last"]["run"], runs[0]["run"]);
}

#[test]
fn a_due_time_without_a_file_is_a_run_with_nothing_to_do() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &job("timetable", "inbox", "schedule = \"* * * * * *\"\n"));
    let mut daemon = world.daemon();
    let runs = wait_for("two due times have come", || {
        let ended: Vec<_> = runs(&world, "timetable").into_iter().filter(|run| !run["ended"].is_null()).collect();
        (ended.len() >= 2).then_some(ended)
    });
    assert!(daemon.terminate().0.success());
    for run in &runs {
        let told = (&run["trigger"], &run["outcome"], &run["counts"], &run["file"]);
        assert_eq!(told, (&json!("schedule"), &json!("succeeded"), &json!({}), &Value::Null), "{run}");
        let time = |key: &str| Timestamp::from_rfc3339(run[key].as_str().unwrap()).unwrap();
        assert!(time("due") <= time("started"), "{run}");
    }
    let mut dues: Vec<_> = runs.iter().map(|run| run["due"].to_string()).collect();
    dues.dedup();
    assert_eq!(dues.len(), runs.len(), "a due time ran twice");
}

#[tokio::test]
async fn the_files_of_a_paused_job_stay_in_its_drop_folder() {
    let sandbox = Sandbox::start(&[]);
    let schedule = yearly();
    let scheduled = job("scheduled", "inbox", &format!("schedule = \"{schedule}\"\n"));
    let world = World::new(sandbox.port, &(scheduled + &job("paused", "second", "") + &job("watched", "third", "")));
    armed_long_ago(&world, "scheduled", &schedule, true).await;
    world.run(&["pause", "paused"]).expect(0, "paused is paused");
    for (number, folder) in (0..).zip(["inbox", "second", "third"]) {
        std::fs::create_dir_all(world.path(folder)).unwrap();
        std::fs::write(world.path(folder).join("week.csv"), timetable(number..number + 1)).unwrap();
    }
    let _daemon = world.daemon();
    ended(&world, "watched", 1);
    let skipped = wait_for("the due times are in the ledger", || {
        let skipped = world.json(&["why", "scheduled", "--json"]);
        (skipped.as_array().unwrap().len() == 3).then_some(skipped)
    });
    assert!(skipped.as_array().unwrap().iter().all(|line| line["reason"] == "paused"), "{skipped}");
    assert!(world.path("inbox/week.csv").exists() && world.path("second/week.csv").exists());
    sandbox.expect_made(2..3);
}

#[tokio::test]
async fn what_is_due_at_the_start_overlaps_a_run_that_goes_on_from_before() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let schedule = yearly();
    let scheduled = job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n"));
    let world = World::new(sandbox.port, &format!("timeout = \"1s\"\n{scheduled}"));
    std::fs::write(world.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = world.start("import", &["import", "--job", "timetable", "a.csv"]);
    wait_for("some meetings are made", || (sandbox.made().len() >= 5).then_some(()));
    import.kill();
    armed_long_ago(&world, "timetable", &schedule, false).await;

    let _daemon = world.daemon();
    let last = wait_for("the last due time is dealt with", || {
        let skipped = world.json(&["why", "timetable", "--json"]);
        let last = skipped.as_array().unwrap().first().cloned();
        last.filter(|_| skipped.as_array().unwrap().len() == 3)
    });
    assert_eq!(last["reason"], "overlapped", "{last}");
    assert_eq!(ended(&world, "timetable", 1).len(), 1);
    sandbox.expect_made(0..60);
}
