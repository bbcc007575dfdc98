//! A process that is killed: no line is lost, none is doubled, and no half of one is ever seen.

use std::collections::BTreeMap;
use std::time::Duration;

use roomkeeper::sandbox::Options;
use serde_json::Value;

use crate::exporting::{FAULTS, Watch, count, ids, job, with, with_past};
use crate::site::{Chance, at_each_time, names, wait_until};

const PAST: usize = 2500;

/// Seeded moments after the start of an export, in thousandths of a second.
fn moments(seed: u64, longest: u64) -> Vec<u64> {
    let mut chance = Chance::new(seed);
    (0..12).map(|_| chance.below(longest)).collect()
}

#[test]
fn killed_at_seeded_moments_every_meeting_is_exported_once() {
    let site = with_past(PAST);
    site.configure(&job("exports/all.csv", "include_pins = true"));
    site.script(FAULTS);
    let (mut watch, path) = (Watch::default(), site.path("exports/all.csv"));
    for moment in moments(3, 1500) {
        let mut child = site.start_export();
        let until = std::time::Instant::now() + Duration::from_millis(moment);
        wait_until("its moment has come", || {
            watch.look(&path);
            std::time::Instant::now() >= until || child.ended().is_some()
        });
        child.kill();
        child.wait();
        watch.look(&path);
        site.sandbox.add_meetings(1, 0);
    }
    site.export();
    let (rows, meetings) = (site.rows("exports/all.csv"), site.meetings());
    assert_eq!(ids(&rows), site.ids());
    let pins: BTreeMap<_, _> = meetings.iter().map(|meeting| (&meeting.meeting_id, &meeting.mpin)).collect();
    assert!(rows.iter().all(|row| row["mpin"] == *pins[&row["meeting_id"]]));
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
}

#[test]
fn lines_whose_draft_cannot_be_read_come_from_the_journal() {
    let site = with_past(120);
    site.configure(&job("exports/all.csv", ""));
    let mut command = site.command(&["run", "history"]);
    command.env("ROOMKEEPER_FAILPOINTS", "export.draft.read=full:1:9");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
}

#[test]
fn killed_when_the_lines_are_there_and_the_run_is_not_over_none_is_written_twice() {
    let site = with_past(PAST);
    let mut expected = 0;
    // First a file of this run alone, then one that had lines before.
    for users in [["u00000", "u00001", "u00002", "u00003"], ["u00004", "u00005", "u00006", "u00007"]] {
        site.configure(&job("exports/all.csv", &format!("select = {{ user_ids = {users:?} }}")));
        let of_this = site.meetings().iter().filter(|meeting| users.contains(&meeting.user_id.as_str())).count();
        expected += of_this;
        assert!(site.export_killed_at("file.rename.after", 1));
        assert_eq!(ids(&site.rows("exports/all.csv")).len(), expected);
        let open = site.json(&["history", "--json"]);
        assert_eq!(open[0]["ended"], Value::Null, "it was over before it was killed: {open}");
        assert_eq!(count(&site.export(), "exported"), 0);
        assert_eq!(ids(&site.rows("exports/all.csv")).len(), expected);
        assert_eq!(names(&site.path("exports")), ["all.csv"]);
        let history = site.json(&["history", "--json"]);
        assert_eq!((&history[1]["outcome"], count(&history[1], "exported")), (&"succeeded".into(), of_this as u64));
    }
}

#[test]
fn stopped_when_the_lines_are_there_those_that_do_not_count_as_exported_are_taken_out_again() {
    let site = with_past(PAST);
    let mut child = site.start_export();
    wait_until("the lines are there", || site.path("exports/all.csv").exists());
    child.signal(rustix::process::Signal::INT);
    child.wait();
    let history = site.json(&["history", "--json"]);
    let exported = count(&history[0], "exported");
    assert_eq!(exported + count(&history[0], "not_run"), PAST as u64, "{history}");
    let there = if site.path("exports/all.csv").exists() { site.rows("exports/all.csv").len() } else { 0 };
    assert_eq!(there as u64, exported);
    site.export();
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}

/// Every place at which something lasts from there on, or is about to.
const PLACES: [&str; 6] = [
    "journal.commit.before",
    "journal.commit.after",
    "file.sync.before",
    "file.rename.before",
    "file.rename.after",
    "file.sync.after",
];

#[test]
fn killed_at_every_step_each_meeting_is_exported_once() {
    for place in PLACES {
        at_each_time(place, |time| {
            let site = with(Options { past: 45, users: 2, page_cap: 20, ..Options::default() });
            // A file that has lines already.
            site.configure(&job("exports/all.csv", "select = { user_ids = ['owner'] }"));
            site.export();
            site.configure(&job("exports/all.csv", "include_pins = false"));
            let was_killed = site.export_killed_at(place, time);
            site.export();
            assert_eq!(ids(&site.rows("exports/all.csv")), site.ids(), "{place} {time}");
            assert_eq!(names(&site.path("exports")), ["all.csv"], "{place} {time}");
            was_killed
        });
    }
}

#[test]
fn where_the_file_cannot_be_written_any_more_nothing_counts_as_exported() {
    let site = with_past(30);
    assert!(site.export_killed_at("file.rename.before", 1));
    // The plan is in the journal by now. A file where a folder is needed stops also who may write everywhere.
    std::fs::rename(site.path("exports"), site.path("elsewhere")).unwrap();
    std::fs::write(site.path("exports"), "").unwrap();
    site.run(&["run", "history"]);
    let history = site.json(&["history", "--json"]);
    for run in history.as_array().unwrap() {
        assert_eq!((&run["outcome"], count(run, "exported")), (&"failed".into(), 0), "{history}");
    }
    assert_eq!(count(&history[1], "not_run"), 30);
    std::fs::remove_file(site.path("exports")).unwrap();
    std::fs::rename(site.path("elsewhere"), site.path("exports")).unwrap();
    assert_eq!(count(&site.export(), "exported"), 30);
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
}
