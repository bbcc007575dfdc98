//! The real program tells people and programs about schedules: `list`, `next`, `why`, `pause` and `resume`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

#[path = "support/site/mod.rs"]
mod site;

use roomkeeper::clock::{Clock, SystemClock, Timestamp};
use roomkeeper::journal::{Journal, Lock, Skip, Workspace};
use roomkeeper::model::{JobKind, SkipReason};
use serde_json::{Value, json};

use site::{Ran, Site};

const TABLES: &str = r#"
[schedule_meetings.nightly]
inbox = "inbox"
schedule = ["30 2 * * *", "0 14 * * *"]
[schedule_meetings.watched]
inbox = "watched"
[schedule_meetings.never]
inbox = "never"
schedule = "@hourly"
enabled = false
"#;

/// A site with these jobs, whose state directory is there.
fn new_site() -> Site {
    let site = Site::builder().timezone("Europe/Berlin").build(TABLES);
    for folder in ["state", "watched", "never"] {
        std::fs::create_dir(site.path(folder)).unwrap();
    }
    site
}

fn lock(site: &Site) -> Lock {
    Workspace::at(&site.path("state")).lock("a test").unwrap()
}

fn ledger_of_nightly(site: &Site) -> Value {
    site.json(&["why", "nightly", "--json"])
}

#[test]
fn the_list_tells_each_job_and_when_it_is_due_before_anything_has_run() {
    let site = new_site();
    let list = site.run(&["list", "--json"]).json();
    let jobs: Vec<_> = list.as_array().unwrap().iter().map(|job| job["job"].as_str().unwrap()).collect();
    assert_eq!(jobs, ["never", "nightly", "watched"]);
    let nightly = &list[1];
    assert_eq!(nightly["schedules"], json!(["30 2 * * *", "0 14 * * *"]));
    assert_eq!(
        (nightly["kind"].as_str(), nightly["timezone"].as_str()),
        (Some("schedule_meetings"), Some("Europe/Berlin"))
    );
    assert_eq!(
        (&nightly["paused"], &nightly["enabled"], &nightly["last"]),
        (&json!(false), &json!(true), &Value::Null)
    );
    assert!(Timestamp::from_rfc3339(nightly["next"].as_str().unwrap()).unwrap() > SystemClock.now());
    assert_eq!((&list[0]["enabled"], &list[0]["next"], &list[2]["next"]), (&json!(false), &Value::Null, &Value::Null));
    let told = site.run(&["list"]).out;
    let headings: Vec<_> = told.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(headings, ["NAME", "KIND", "SCHEDULE", "NEXT", "LEFT", "LAST", "OUTCOME"]);
    assert!(told.contains("disabled"), "{told}");
}

#[test]
fn next_tells_local_time_with_its_offset_and_where_a_clock_change_moves_one() {
    let site = new_site();
    let next = site.run(&["next", "nightly", "-n", "800", "--json"]).json();
    let next = next.as_array().unwrap();
    assert_eq!(next.len(), 800);
    let utc = |line: &Value| Timestamp::from_rfc3339(line["utc"].as_str().unwrap()).unwrap();
    assert!(next.windows(2).all(|pair| utc(&pair[0]) < utc(&pair[1])));
    assert!(next.iter().all(|line| Timestamp::from_rfc3339(line["local"].as_str().unwrap()) == Ok(utc(line))));
    // A year holds both clock changes of Berlin, and both touch 02:30.
    let noted: Vec<_> = next.iter().filter(|line| !line["note"].is_null()).collect();
    assert!(noted.iter().any(|line| line["note"] == "moved by the clock change from 02:30"), "{noted:?}");
    assert!(noted.iter().any(|line| line["local"].as_str().unwrap().contains("T02:30:00+02:00")), "{noted:?}");
    assert_eq!(site.run(&["next", "--json"]).json().as_array().unwrap().len(), 10);
    assert_eq!(site.run(&["next", "nobody"]).code, 2);
}

#[test]
fn a_paused_job_is_not_due_until_it_is_resumed() {
    let site = new_site();
    assert_eq!(site.run(&["pause", "nightly"]).code, 0);
    assert_eq!(site.run(&["pause", "nightly"]).out, "nightly was paused already\n");
    let list = site.run(&["list", "--json"]).json();
    assert_eq!((&list[1]["paused"], &list[1]["next"]), (&json!(true), &Value::Null));
    assert!(site.run(&["why", "nightly"]).out.starts_with("nightly is paused since 20"));
    assert_eq!(site.run(&["next", "nightly", "--json"]).json(), json!([]));
    assert_eq!(site.run(&["resume", "nightly"]).code, 0);
    assert_eq!(site.run(&["resume", "nightly"]).out, "nightly was not paused\n");
    assert!(!site.run(&["list", "--json"]).json()[1]["next"].is_null());
    assert_eq!(site.run(&["pause", "nobody"]).code, 2);
}

#[tokio::test]
async fn what_was_due_in_a_pause_is_in_the_ledger_when_it_ends() {
    let site = new_site();
    let journal = Journal::open(lock(&site)).unwrap();
    let job = journal.job(&"nightly".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let three_days_ago = SystemClock.now().minus(std::time::Duration::from_hours(72));
    let schedule = "[[\"30 2 * * *\",\"UTC\"]]".to_owned();
    journal.watch(job, schedule, three_days_ago).await.unwrap();
    journal.pause(job, three_days_ago).await.unwrap();
    journal.close().await;
    assert_eq!(site.run(&["resume", "nightly"]).code, 0);
    let skipped = ledger_of_nightly(&site);
    assert_eq!(skipped.as_array().unwrap().len(), 3, "{skipped}");
    assert!(skipped.as_array().unwrap().iter().all(|line| line["reason"] == "paused"), "{skipped}");
}

#[tokio::test]
async fn why_tells_each_due_time_that_did_not_run_and_its_reason() {
    let site = new_site();
    assert_eq!(site.run(&["why", "nightly"]).out, "no due time of nightly was skipped\n");
    assert_eq!(site.run(&["why", "nobody"]).code, 2);
    let journal = Journal::open(lock(&site)).unwrap();
    let job = journal.job(&"nightly".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let due = |text: &str| Timestamp::from_rfc3339(text).unwrap();
    let skip = |due: Timestamp, reason: SkipReason| Skip { due, reason, detail: "so it was".to_owned() };
    let skips = vec![
        skip(due("2026-11-20T01:30:00Z"), SkipReason::Missed),
        skip(due("2026-11-21T01:30:00Z"), SkipReason::Overlapped),
    ];
    journal.skip(job, skips, SystemClock.now()).await.unwrap();
    journal.close().await;
    let expected = json!([
        {"job": "nightly", "due": "2026-11-21T01:30:00Z", "reason": "overlapped", "detail": "so it was"},
        {"job": "nightly", "due": "2026-11-20T01:30:00Z", "reason": "missed", "detail": "so it was"},
    ]);
    assert_eq!(ledger_of_nightly(&site), expected);
    assert!(site.run(&["why", "nightly"]).out.contains("2026-11-21 02:30  overlapped  so it was"));
}

#[test]
fn pause_and_resume_say_who_holds_the_journal_and_exit_5() {
    let site = new_site();
    let _held = lock(&site);
    for command in ["pause", "resume"] {
        let ran = site.run(&[command, "nightly"]);
        assert_eq!(ran.code, 5, "{}", ran.err);
        assert!(ran.err.contains("is held by a test (process "), "{}", ran.err);
    }
}

/// A zone file of one offset for ever: nine hours east of Greenwich.
fn nine_hours_east() -> Vec<u8> {
    let mut block = b"TZif2".to_vec();
    block.extend([0; 15]);
    // No leap second and no change; one type of time, whose abbreviation has four bytes.
    for count in [0_u32, 0, 0, 0, 1, 4] {
        block.extend(count.to_be_bytes());
    }
    block.extend((9 * 3600_i32).to_be_bytes());
    block.extend([0, 0]);
    block.extend(b"JST\0");
    [block.as_slice(), block.as_slice(), b"\nJST-9\n"].concat()
}

#[test]
fn check_warns_where_this_machines_time_zone_data_and_our_own_are_not_of_one_mind() {
    let site = new_site();
    let ours = site.run(&["check"]);
    assert!(!ours.out.contains("time zone data") && !ours.err.contains("time zone data"), "{}{}", ours.out, ours.err);
    let data = site.path("zoneinfo");
    std::fs::create_dir_all(data.join("Europe")).unwrap();
    std::fs::write(data.join("Europe/Berlin"), nine_hours_east()).unwrap();
    let other = Ran::of(site.command(&["check"]).env("TZDIR", &data).output().unwrap());
    let told = [other.out, other.err].concat();
    assert!(told.contains("this machine's time zone data has other clocks for Europe/Berlin"), "{told}");
    assert!(other.code == ours.code && told.contains("Debian's package tzdata"), "{told}");
}
