//! Every step: the daemon is killed before and after each effect that leaves its memory (a commit, a request, a rename, a
//! sync, a mail), at each time that it comes there, once. The next start makes everything good: nothing is made twice,
//! nothing is lost, every file is in one place, and the mail about the run comes with one Message-ID.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

#[path = "../support/book.rs"]
mod book;
mod full;
#[path = "../support/reader.rs"]
mod reader;
#[path = "../support/site/mod.rs"]
mod site;
mod workbooks;

use std::collections::BTreeSet;
use std::path::Path;

use reader::Reader;

use site::{Running, Site, at_each_time, column, timetable, wait_until};

/// Rows of the file: one window of intents, several requests.
const ROWS: usize = 3;
/// The job. A file that lies still is taken at once: what is waited for is no step.
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"100ms\"\n";

/// Kills the daemon at each time that it comes by this place while it deals with one file.
fn killed_at(place: &str) {
    at_each_time(place, |time| killed_once(place, time));
}

/// Tells whether the daemon was killed.
fn killed_once(place: &str, time: u64) -> bool {
    // A short time-out, since what was lost is looked for only after a multiple of it.
    let mail = "[mail]\nfrom = \"roomkeeper@example.org\"\nto = [\"it@example.org\"]\n";
    let site = Site::new(&format!("timeout = \"300ms\"\n{mail}{JOB}"));
    let text = timetable(0..ROWS);
    site.drop_renamed("a.csv", &text);
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
    let mut doomed = Running::of(command, site.path("doomed.log"));
    let mut killed = false;
    wait_until("it is killed, or done", || {
        killed = doomed.ended().is_some();
        killed || is_done(&site)
    });
    if killed {
        assert!(!doomed.log().contains("panicked"), "{}", doomed.log());
        let mut next = site.start("next", &["daemon"]);
        wait_until(&format!("the next start makes good what {place} at time {time} left"), || is_done(&site));
        next.wait_to_say("roomkeeper is running");
        assert!(next.terminate().0.success());
    } else {
        doomed.terminate();
    }
    let what = format!("{place} at time {time}");
    site.sandbox.expect_made(0..ROWS);
    let done = site.path("inbox/done");
    let original = site::names(&done).into_iter().find(|name| !name.contains("results")).unwrap();
    assert_eq!(std::fs::read_to_string(done.join(original)).unwrap(), text, "{what}: the file's bytes");
    assert_eq!(site.files("done").len(), 2, "{what}: {:?}", site.files("done"));
    for empty in ["", "processing", "failed"] {
        assert!(site.files(empty).is_empty(), "{what}: {empty:?} {:?}", site.files(empty));
    }
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "status"), ["created"; ROWS], "{what}");
    let runs = site.json(&["history", "--json"]);
    assert_eq!(runs.as_array().unwrap().len(), 1, "{what}: {runs}");
    assert_eq!((&runs[0]["outcome"], &runs[0]["counts"]["created"]), (&"succeeded".into(), &ROWS.into()), "{what}");
    let ids: BTreeSet<_> = site.mails().iter().map(|mail| message_id(mail)).collect();
    assert_eq!(ids.len(), 1, "{what}: one mail, however often it was sent");
    assert!(unfinished(&site.path("")).is_empty(), "{what}: {:?}", unfinished(&site.path("")));
    killed
}

fn is_done(site: &Site) -> bool {
    site.files("done").len() == 2 && !site.mails().is_empty() && is_sent(site)
}

/// Tells whether the outbox has nothing to send any more, and gave nothing up.
fn is_sent(site: &Site) -> bool {
    let outbox = Reader::open(&site.path("state")).and_then(|reader| reader.outbox());
    outbox.is_ok_and(|outbox| outbox.waiting == 0 && outbox.dead == 0)
}

fn message_id(mail: &str) -> String {
    mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
}

/// Files of ours that were begun and never came to their place.
fn unfinished(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(unfinished(&entry.path()));
        } else if name.starts_with('.') {
            found.push(name);
        }
    }
    found
}

#[test]
fn killed_before_each_commit() {
    killed_at("journal.commit.before");
}

#[test]
fn killed_after_each_commit() {
    killed_at("journal.commit.after");
}

#[test]
fn killed_before_and_after_a_new_journal_gets_its_name() {
    killed_at("journal.rename.before");
    killed_at("journal.rename.after");
}

#[test]
fn killed_before_each_request() {
    killed_at("request.before");
}

#[test]
fn killed_after_each_request() {
    killed_at("request.after");
}

#[test]
fn killed_before_and_after_each_move_of_the_file() {
    killed_at("inbox.rename.before");
    killed_at("inbox.rename.after");
    killed_at("inbox.sync.after");
}

#[test]
fn killed_before_and_after_each_step_of_writing_the_results() {
    for step in ["file.sync.before", "file.rename.before", "file.rename.after", "file.sync.after"] {
        killed_at(step);
    }
}

#[test]
fn killed_before_and_after_the_mail() {
    killed_at("mail.send.before");
    killed_at("mail.send.after");
}
