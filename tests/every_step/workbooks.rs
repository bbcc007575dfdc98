//! Results of a workbook are a workbook: whole or not there, whenever the daemon is killed, and the same again at the next start.

use std::collections::BTreeMap;

use super::{ROWS, book, is_sent};
use crate::site::{Running, Site, at_each_time, timetable, wait_until};

/// The job. A file that lies still is taken at once.
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"100ms\"\n";

#[test]
fn killed_before_and_after_each_step_of_writing_a_workbook() {
    for step in ["file.sync.before", "file.rename.before", "file.rename.after", "file.sync.after"] {
        at_each_time(step, |time| killed_once(step, time));
    }
}

/// The results and retry files, each of which must be a whole workbook.
fn written(site: &Site) -> BTreeMap<String, Vec<u8>> {
    let is_in_place = |name: &String| [".results.xlsx", ".retry.xlsx"].iter().any(|ending| name.ends_with(ending));
    let ours = site.files("failed").into_iter().filter(is_in_place);
    let bytes = |name: String| {
        let path = site.path("inbox/failed").join(&name);
        assert!(!book::rows(&path).is_empty(), "{name}");
        let bytes = std::fs::read(path).unwrap();
        (name, bytes)
    };
    ours.map(bytes).collect()
}

/// Tells whether the daemon was killed.
fn killed_once(place: &str, time: u64) -> bool {
    let mail = "[mail]\nfrom = \"roomkeeper@example.org\"\nto = [\"it@example.org\"]\n";
    let site = Site::new(&format!("timeout = \"300ms\"\n{mail}{JOB}"));
    let text = format!("{}bad,u00001,PE,2027-02-01 09:00,60,1,30\n", timetable(0..ROWS));
    site.write("aside", book::of(&text));
    std::fs::rename(site.path("aside"), site.path("inbox/a.xlsx")).unwrap();
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
    let mut doomed = Running::of(command, site.path("doomed.log"));
    let is_done = || site.files("failed").len() == 3 && !site.mails().is_empty() && is_sent(&site);
    let mut killed = false;
    wait_until("it is killed, or done", || {
        killed = doomed.ended().is_some();
        killed || is_done()
    });
    if killed {
        let before = written(&site);
        let mut next = site.start("next", &["daemon"]);
        wait_until(&format!("the next start makes good what {place} at time {time} left"), is_done);
        next.wait_to_say("roomkeeper is running");
        assert!(next.terminate().0.success());
        let after = written(&site);
        for (name, bytes) in before {
            assert!(after[&name] == bytes, "{place} at time {time}: {name} is another");
        }
    } else {
        doomed.terminate();
    }
    site.sandbox.expect_made(0..ROWS);
    let results = site.only("inbox/failed", ".results.xlsx");
    assert_eq!(book::column(&results, "status"), [vec!["created"; ROWS], vec!["invalid"]].concat());
    assert_eq!(book::column(&site.only("inbox/failed", ".retry.xlsx"), "ref"), ["bad"]);
    let left = super::unfinished(&site.path(""));
    assert!(left.is_empty(), "{place} at time {time}: {left:?}");
    killed
}
