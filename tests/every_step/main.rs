//! Every step: the daemon is killed before and after each effect that leaves its memory (a commit, a request, a rename, a
//! sync, a mail), at each time that it comes there, once. The next start makes everything good: nothing is made twice,
//! nothing is lost, every file is in one place, and the mail about the run comes with one Message-ID.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the front door is shared; not every test goes through all of it")]

#[path = "../support/front.rs"]
mod front;
mod full;

use std::collections::BTreeSet;
use std::path::Path;

use front::{Running, Sandbox, World, column, timetable, wait_for};

/// Rows of the file: one window of intents, several requests.
const ROWS: usize = 3;
/// More times than a run of this size comes by any place; the test fails where this is not enough.
const MOST: u64 = 80;

/// Kills the daemon at each time that it comes by this place while it deals with one file.
fn killed_at(place: &str) {
    for time in 1..=MOST {
        if !killed_once(place, time) {
            assert!(time > 1, "the daemon never came by {place}");
            return;
        }
    }
    panic!("{place}: still reached for the {MOST}th time");
}

/// Tells whether the daemon was killed.
fn killed_once(place: &str, time: u64) -> bool {
    let sandbox = Sandbox::start(&[]);
    // A short time-out, since what was lost is looked for only after a multiple of it.
    let world = World::new(
        sandbox.port,
        "timeout = \"300ms\"\n[mail]\nfrom = \"roomkeeper@example.org\"\nto = [\"it@example.org\"]\n\
         [schedule_meetings.timetable]\ninbox = \"inbox\"\n",
    );
    let text = timetable(0..ROWS);
    world.drop_renamed("a.csv", &text);
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
    let mut doomed = Running::of(command, world.path("doomed.log"));
    let mut killed = false;
    wait_for("it is killed, or done", || {
        killed = doomed.ended().is_some();
        (killed || is_done(&world)).then_some(())
    });
    if killed {
        assert!(!doomed.log().contains("panicked"), "{}", doomed.log());
        let mut next = world.start("next", &["daemon"]);
        wait_for(&format!("the next start makes good what {place} at time {time} left"), || {
            is_done(&world).then_some(())
        });
        next.wait_to_say("roomkeeper is running");
        assert!(next.terminate().0.success());
    } else {
        doomed.terminate();
    }
    let what = format!("{place} at time {time}");
    sandbox.expect_made(0..ROWS);
    let done = world.path("inbox/done");
    let original = front::names(&done).into_iter().find(|name| !name.contains("results")).unwrap();
    assert_eq!(std::fs::read_to_string(done.join(original)).unwrap(), text, "{what}: the file's bytes");
    assert_eq!(world.files("done").len(), 2, "{what}: {:?}", world.files("done"));
    for empty in ["", "processing", "failed"] {
        assert!(world.files(empty).is_empty(), "{what}: {empty:?} {:?}", world.files(empty));
    }
    assert_eq!(column(&world.only("inbox/done", "results.csv"), "status"), ["created"; ROWS], "{what}");
    let runs = world.json(&["history", "--json"]);
    assert_eq!(runs.as_array().unwrap().len(), 1, "{what}: {runs}");
    assert_eq!((&runs[0]["outcome"], &runs[0]["counts"]["created"]), (&"succeeded".into(), &ROWS.into()), "{what}");
    let ids: BTreeSet<_> = world.mails().iter().map(|mail| message_id(mail)).collect();
    assert_eq!(ids.len(), 1, "{what}: one mail, however often it was sent");
    assert!(unfinished(&world.path("")).is_empty(), "{what}: {:?}", unfinished(&world.path("")));
    killed
}

fn is_done(world: &World) -> bool {
    world.files("done").len() == 2 && !world.mails().is_empty() && is_sent(world)
}

/// Whether the outbox has nothing to send any more.
fn is_sent(world: &World) -> bool {
    let Ok(journal) = rusqlite::Connection::open_with_flags(
        world.path("state/journal.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    ) else {
        return false;
    };
    let open = journal.query_row("SELECT count(*) FROM outbox WHERE state <> 'sent'", [], |row| row.get::<_, i64>(0));
    open.is_ok_and(|open| open == 0)
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
