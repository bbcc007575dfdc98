//! Files that are still being written when the daemon looks: uploads that stall, that break, and that write over what lies there.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use crate::front::{Running, Sandbox, Told, World, column, timetable, wait_for};

pub(crate) const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"300ms\"\npoll = \"300ms\"\n";

fn patient(timeout: &str) -> String {
    format!("{JOB}writing_timeout = \"{timeout}\"\n")
}

pub(crate) fn done(world: &World, files: usize) {
    wait_for("the files are in done/", || (world.files("done").len() >= files).then_some(()));
}

/// Half of a text, which ends with a line.
pub(crate) fn half(text: &str) -> (&str, &str) {
    text.split_at(text[..text.len() / 2].rfind('\n').unwrap() + 1)
}

/// What `list` says of the only job's troubles.
pub(crate) fn standing(world: &World) -> Vec<String> {
    let list = world.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap();
    troubles.iter().map(|trouble| format!("{}: {}", trouble["kind"], trouble["detail"])).collect()
}

/// Drops a file that nothing is wrong with, and waits for it: whatever was ready before it would have been taken before it.
pub(crate) fn let_time_pass(world: &World, name: &str, row: usize) {
    let before = world.files("done").len();
    std::fs::write(world.path("inbox").join(name), timetable(row..row + 1)).unwrap();
    done(world, before + 2);
}

#[test]
fn an_upload_that_stalls_is_not_taken_by_halves_however_long_it_pauses() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let daemon = world.daemon();
    wait_for("the folder is watched", || daemon.is_watching().then_some(()));
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let path = world.path("inbox/slow.csv");
    let mut upload = File::create(&path).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    let_time_pass(&world, "x.csv", 50);
    // Its writer goes on under another name.
    let aside = world.path("inbox/slow.csv.part");
    std::fs::rename(&path, &aside).unwrap();
    std::fs::rename(&aside, &path).unwrap();
    let_time_pass(&world, "y.csv", 51);
    assert!(path.exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&world, 6);
    sandbox.expect_made((0..40).chain(50..52).collect::<Vec<_>>());
    assert!(world.mails().is_empty() && standing(&world).is_empty());
}

#[test]
fn an_upload_that_is_never_closed_is_told_and_taken_when_it_is() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &patient("1s"));
    let daemon = world.daemon();
    wait_for("the folder is watched", || daemon.is_watching().then_some(()));
    let mut upload = File::create(world.path("inbox/a.csv")).unwrap();
    upload.write_all(timetable(0..2).as_bytes()).unwrap();
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let mail = &world.mails()[0];
    assert!(mail.contains("a file is still being written") && mail.contains("a.csv"), "{mail}");
    assert!(standing(&world)[0].contains("neither written nor closed it for a second"), "{:?}", standing(&world));
    world.run(&["why", "timetable"]).expect(0, "a.csv");
    assert!(sandbox.made().is_empty() && world.path("inbox/a.csv").exists());
    drop(upload);
    done(&world, 2);
    wait_for("the trouble has ended", || standing(&world).is_empty().then_some(()));
    assert_eq!(world.mails().len(), 1);
    sandbox.expect_made(0..2);
}

#[test]
fn a_file_that_is_written_over_while_the_one_before_it_is_worked_on_is_taken_when_it_is_whole() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    for (name, rows) in [("a.csv", 0..60), ("b.csv", 100..140)] {
        std::fs::write(world.path("inbox").join(name), timetable(rows)).unwrap();
    }
    let _daemon = world.daemon();
    wait_for("the first file is worked on", || (!sandbox.made().is_empty()).then_some(()));
    let text = timetable(200..240);
    let (first, rest) = half(&text);
    let mut upload = File::create(world.path("inbox/b.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&world, 2);
    let_time_pass(&world, "c.csv", 60);
    assert!(world.path("inbox/b.csv").exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&world, 6);
    sandbox.expect_made((0..61).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn a_run_by_hand_leaves_alone_what_was_written_over_since_it_began() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, &format!("{JOB}schedule = \"30 2 29 2 *\"\n"));
    for (name, rows) in [("a.csv", 0..60), ("b.csv", 100..140)] {
        std::fs::write(world.path("inbox").join(name), timetable(rows)).unwrap();
    }
    let mut run = world.start("run", &["run", "timetable"]);
    wait_for("the first file is worked on", || (!sandbox.made().is_empty()).then_some(()));
    let path = world.path("inbox/b.csv");
    std::fs::write(&path, half(&timetable(200..240)).0).unwrap();
    assert!(run.wait().success());
    assert!(path.exists() && world.files("done").len() == 2);
    std::fs::write(&path, timetable(200..240)).unwrap();
    world.run(&["run", "timetable"]).expect(0, "");
    sandbox.expect_made((0..60).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn half_a_file_with_the_date_that_rsync_gives_it_is_told_and_not_taken() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &patient("1s"));
    let aside = world.path("aside");
    std::fs::write(&aside, timetable(0..2)).unwrap();
    let date = |path: &Path, to| File::options().write(true).open(path).unwrap().set_modified(to).unwrap();
    date(&aside, SystemTime::UNIX_EPOCH);
    let _daemon = world.daemon();
    std::fs::rename(&aside, world.path("inbox/a.csv")).unwrap();
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let mail = world.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(mail.contains("1970-01-01") && mail.contains("a file looks like half an upload"), "{mail}");
    assert!(!mail.contains("being written"), "{mail}");
    world.run(&["why", "timetable"]).expect(0, "a file looks like half an upload: a.csv: ");
    assert!(world.path("inbox/a.csv").exists() && sandbox.made().is_empty());
    date(&world.path("inbox/a.csv"), SystemTime::now());
    done(&world, 2);
    sandbox.expect_made(0..2);
}

#[test]
fn a_file_that_was_renamed_deleted_and_begun_anew_is_no_file_that_was_renamed() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    world.drop_renamed("a.csv", &timetable(0..60));
    let daemon = world.daemon();
    wait_for("the first file is worked on", || (!sandbox.made().is_empty()).then_some(()));
    wait_for("the folder is watched", || daemon.is_watching().then_some(()));
    let path = world.path("inbox/b.csv");
    world.drop_renamed("b.csv", &timetable(100..110));
    std::fs::remove_file(&path).unwrap();
    let text = timetable(200..240);
    let (first, rest) = half(&text);
    let mut upload = File::create(&path).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&world, 2);
    let_time_pass(&world, "c.csv", 60);
    assert!(path.exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&world, 6);
    sandbox.expect_made((0..61).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn a_drop_folder_that_is_made_anew_is_watched_anew() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let daemon = world.daemon();
    wait_for("the folder is watched", || daemon.is_watching().then_some(()));
    std::fs::rename(world.path("inbox"), world.path("old")).unwrap();
    std::fs::create_dir(world.path("inbox")).unwrap();
    // Once it was found by looking, its files are known by what is reported again.
    let_time_pass(&world, "x.csv", 50);
    let mut upload = File::create(world.path("inbox/a.csv")).unwrap();
    upload.write_all(half(&timetable(0..40)).0.as_bytes()).unwrap();
    let_time_pass(&world, "y.csv", 51);
    assert!(world.path("inbox/a.csv").exists());
}

#[test]
fn a_table_whose_last_line_has_no_end_is_taken_later_and_refused_where_cells_are_missing() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &JOB.replace("300ms", "200ms"));
    let _daemon = world.daemon();
    let whole = timetable(0..3);
    std::fs::write(world.path("inbox/whole.csv"), whole.trim_end()).unwrap();
    done(&world, 2);
    sandbox.expect_made(0..3);
    let cut = timetable(3..6);
    std::fs::write(world.path("inbox/cut.csv"), &cut[..cut.trim_end().rfind(',').unwrap()]).unwrap();
    wait_for("the file is in failed/", || (world.files("failed").len() == 1).then_some(()));
    let error = world.json(&["history", "--json"])[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("cut short") && error.contains("row 4 has 6 cells"), "{error}");
    sandbox.expect_made(0..3);
    assert_eq!(column(&world.only("inbox/done", "results.csv"), "status"), ["created"; 3]);
}

#[test]
fn a_folder_that_cannot_be_watched_is_polled_and_said_to_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let unwatched = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
        command
    };
    let checked = Told::of(unwatched(&["check", "--online"]).output().unwrap());
    assert!(checked.out.contains("warning: ") && checked.out.contains("inbox is only polled: "), "{checked:?}");
    let checked = world.run(&["check", "--online"]);
    assert!(!checked.out.contains("polled"), "{checked:?}");

    let daemon = Running::of(unwatched(&["daemon"]), world.path("daemon.log"));
    daemon.wait_to_say("the folder cannot be watched");
    std::fs::write(world.path("inbox/a.csv"), timetable(0..2)).unwrap();
    done(&world, 2);
    assert_eq!(daemon.log().matches("the folder cannot be watched").count(), 1);
    sandbox.expect_made(0..2);
}

#[test]
fn what_is_written_to_a_file_after_it_was_read_is_told_and_lies_in_a_retry_file() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    let daemon = world.daemon();
    wait_for("the folder is watched", || daemon.is_watching().then_some(()));
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    // Opened elsewhere and renamed while it is open: nobody can tell from outside that there is more to come.
    let mut upload = File::create(world.path("aside")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    std::fs::rename(world.path("aside"), world.path("inbox/a.csv")).unwrap();
    wait_for("it is worked on", || (!sandbox.made().is_empty()).then_some(()));
    upload.write_all(rest.as_bytes()).unwrap();
    wait_for("three files in failed/", || (world.files("failed").len() == 3).then_some(()));
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    let rows = first.lines().count();
    let words =
        format!("grew by {} bytes after it was read; the rows from line {} on are not done", rest.len(), rows + 1);
    let flat = world.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&words), "{flat}");
    sandbox.expect_made(0..rows - 1);
    let retry = world.only("inbox/failed", "retry.csv");
    assert_eq!(column(&retry, "status"), vec!["not_run"; 41 - rows]);
    world.drop_renamed("again.csv", &std::fs::read_to_string(retry).unwrap());
    done(&world, 2);
    sandbox.expect_made(0..40);
}

#[test]
fn a_file_that_is_written_over_while_it_is_worked_on_is_told_once() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, world.path("daemon.log"));
    world.drop_renamed("a.csv", &timetable(0..30));
    wait_for("it is worked on", || (!sandbox.made().is_empty()).then_some(()));
    std::fs::write(world.only("inbox/processing", ".csv"), timetable(100..140)).unwrap();
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    assert!(world.mails()[0].contains("written over after it was read"), "{}", world.mails()[0]);
    assert_eq!((world.files("failed").len(), world.files("done").len()), (2, 0));
    // Another file, which grows later, is told when both were looked at.
    let mut upload = File::create(world.path("inbox/b.csv")).unwrap();
    upload.write_all(timetable(40..42).as_bytes()).unwrap();
    done(&world, 2);
    upload.write_all(b"r42,u00001,Lecture\n").unwrap();
    wait_for("a mail", || world.mails().iter().any(|mail| mail.contains("b.")).then_some(()));
    assert_eq!(world.mails().len(), 2, "{:?}", world.mails());
    sandbox.expect_made((0..30).chain(40..42).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_written_over_after_it_was_put_away_is_told_with_what_is_true() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, world.path("daemon.log"));
    world.drop_renamed("a.csv", &timetable(0..2));
    done(&world, 2);
    let done = world.files("done").into_iter().find(|name| !name.contains(".results.")).unwrap();
    std::fs::write(world.path("inbox/done").join(done), timetable(1..4)).unwrap();
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    let mail = world.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(mail.contains("what is done already is not done twice"), "{mail}");
    assert!(!mail.contains("nothing of what it says") && !mail.contains("still stands"), "{mail}");
    assert_eq!(standing(&world).len(), 1, "{:?}", standing(&world));
    // And so it is.
    let failed = world.files("failed").remove(0);
    world.drop_renamed("again.csv", &std::fs::read_to_string(world.path("inbox/failed").join(failed)).unwrap());
    wait_for("it is done", || (world.files("done").len() == 3).then_some(()));
    sandbox.expect_made(0..4);
    wait_for("a copy of it was dealt with", || standing(&world).is_empty().then_some(()));
}
