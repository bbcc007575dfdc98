//! A job with a schedule looks at its drop folder at its due times, and then only.

use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock, Timestamp};
use roomkeeper::journal::{Journal, Workspace};
use roomkeeper::model::JobKind;
use serde_json::{Value, json};

use crate::site::{Site, timetable, wait_for, wait_until};

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
async fn armed_long_ago(site: &Site, name: &str, schedule: &str, paused: bool) {
    std::fs::create_dir_all(site.path("state")).unwrap();
    let journal = Journal::open(Workspace::at(&site.path("state")).lock("a test").unwrap()).unwrap();
    let key = journal.job(&name.parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let then = SystemClock.now().minus(Duration::from_hours(3 * 366 * 24));
    journal.watch(key, format!("[[\"{schedule}\",\"UTC\"]]"), then).await.unwrap();
    if paused {
        journal.pause(key, then).await.unwrap();
    }
    journal.close().await;
}

fn runs(site: &Site, of: &str) -> Vec<Value> {
    site.json(&["history", of, "--json"]).as_array().unwrap().clone()
}

fn ended(site: &Site, of: &str, number: usize) -> Vec<Value> {
    wait_for("the runs have ended", || {
        let runs = runs(site, of);
        (runs.len() >= number && runs.iter().all(|run| !run["ended"].is_null())).then_some(runs)
    })
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once_and_takes_the_files_that_are_ready() {
    let schedule = yearly();
    let site = Site::new(&job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n")));
    armed_long_ago(&site, "timetable", &schedule, false).await;
    std::fs::write(site.path("inbox/first.csv"), timetable(0..3)).unwrap();
    std::fs::write(site.path("inbox/second.csv"), timetable(3..5)).unwrap();
    let mut daemon = site.daemon();
    let runs = ended(&site, "timetable", 2);
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|run| run["trigger"] == "catch_up" && run["outcome"] == "succeeded"), "{runs:?}");
    // The first of them answers the due time.
    assert_eq!((&runs[0]["due"], runs[1]["due"].is_string()), (&Value::Null, true));
    site.sandbox.expect_made(0..5);
    let missed = site.json(&["why", "timetable", "--json"]);
    assert_eq!(missed.as_array().unwrap().len(), 2, "{missed}");
    assert!(missed.as_array().unwrap().iter().all(|line| line["reason"] == "missed"), "{missed}");
    assert!(daemon.terminate().0.success());

    // Nothing is due at the next start, and so nothing is looked at: a job without a schedule is done with its file first.
    std::fs::write(site.path("inbox/third.csv"), timetable(5..6)).unwrap();
    std::fs::create_dir(site.path("watched")).unwrap();
    std::fs::write(site.path("watched/other.csv"), timetable(6..7)).unwrap();
    let scheduled = job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n"));
    site.configure(&(scheduled + &job("watched", "watched", "")));
    let _daemon = site.daemon();
    ended(&site, "watched", 1);
    assert_eq!(site.files(""), ["third.csv"]);
    assert_eq!(site.json(&["list", "--json"])[0]["last"]["run"], runs[0]["run"]);
}

#[test]
fn a_due_time_without_a_file_is_a_run_with_nothing_to_do() {
    let site = Site::new(&job("timetable", "inbox", "schedule = \"* * * * * *\"\n"));
    let mut daemon = site.daemon();
    let runs = wait_for("two due times have come", || {
        let ended: Vec<_> = runs(&site, "timetable").into_iter().filter(|run| !run["ended"].is_null()).collect();
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
    let schedule = yearly();
    let scheduled = job("scheduled", "inbox", &format!("schedule = \"{schedule}\"\n"));
    let site = Site::new(&(scheduled + &job("paused", "second", "") + &job("watched", "third", "")));
    armed_long_ago(&site, "scheduled", &schedule, true).await;
    site.run(&["pause", "paused"]).expect(0, "paused is paused");
    for (number, folder) in (0..).zip(["inbox", "second", "third"]) {
        std::fs::create_dir_all(site.path(folder)).unwrap();
        std::fs::write(site.path(folder).join("week.csv"), timetable(number..number + 1)).unwrap();
    }
    let _daemon = site.daemon();
    ended(&site, "watched", 1);
    let skipped = wait_for("the due times are in the ledger", || {
        let skipped = site.json(&["why", "scheduled", "--json"]);
        (skipped.as_array().unwrap().len() == 3).then_some(skipped)
    });
    assert!(skipped.as_array().unwrap().iter().all(|line| line["reason"] == "paused"), "{skipped}");
    assert!(site.path("inbox/week.csv").exists() && site.path("second/week.csv").exists());
    site.sandbox.expect_made(2..3);
}

#[tokio::test]
async fn what_is_due_at_the_start_overlaps_a_run_that_goes_on_from_before() {
    let schedule = yearly();
    let scheduled = job("timetable", "inbox", &format!("schedule = \"{schedule}\"\n"));
    let site = Site::builder().delay(60).build(&format!("timeout = \"1s\"\n{scheduled}"));
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let mut import = site.start("import", &["import", "--job", "timetable", "a.csv"]);
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    import.kill();
    armed_long_ago(&site, "timetable", &schedule, false).await;

    let _daemon = site.daemon();
    let last = wait_for("the last due time is dealt with", || {
        let skipped = site.json(&["why", "timetable", "--json"]);
        let last = skipped.as_array().unwrap().first().cloned();
        last.filter(|_| skipped.as_array().unwrap().len() == 3)
    });
    assert_eq!(last["reason"], "overlapped", "{last}");
    assert_eq!(ended(&site, "timetable", 1).len(), 1);
    site.sandbox.expect_made(0..60);
}
