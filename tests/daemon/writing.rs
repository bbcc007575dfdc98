//! Files that are still being written when the daemon looks: uploads that stall, that break, and that write over what lies there.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use crate::site::{Ran, Running, Site, column, timetable, wait_until};

pub(crate) const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"300ms\"\npoll = \"300ms\"\n";

fn patient(timeout: &str) -> String {
    format!("{JOB}writing_timeout = \"{timeout}\"\n")
}

pub(crate) fn done(site: &Site, files: usize) {
    wait_until("the files are in done/", || site.files("done").len() >= files);
}

/// Half of a text, which ends with a line.
pub(crate) fn half(text: &str) -> (&str, &str) {
    text.split_at(text[..text.len() / 2].rfind('\n').unwrap() + 1)
}

/// Reads the troubles of the only job from `list`.
pub(crate) fn standing(site: &Site) -> Vec<String> {
    let list = site.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap();
    troubles.iter().map(|trouble| format!("{}: {}", trouble["kind"], trouble["detail"])).collect()
}

/// Drops a file that nothing is wrong with, and waits for it: whatever was ready before it would have been taken before it.
pub(crate) fn let_time_pass(site: &Site, name: &str, row: usize) {
    let before = site.files("done").len();
    std::fs::write(site.path("inbox").join(name), timetable(row..row + 1)).unwrap();
    done(site, before + 2);
}

#[test]
fn an_upload_that_stalls_is_not_taken_by_halves_however_long_it_pauses() {
    let site = Site::new(JOB);
    let daemon = site.daemon();
    wait_until("the folder is watched", || daemon.is_watching());
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let path = site.path("inbox/slow.csv");
    let mut upload = File::create(&path).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    let_time_pass(&site, "x.csv", 50);
    // Its writer goes on under another name.
    let aside = site.path("inbox/slow.csv.part");
    std::fs::rename(&path, &aside).unwrap();
    std::fs::rename(&aside, &path).unwrap();
    let_time_pass(&site, "y.csv", 51);
    assert!(path.exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&site, 6);
    site.sandbox.expect_made((0..40).chain(50..52).collect::<Vec<_>>());
    assert!(site.mails().is_empty() && standing(&site).is_empty());
}

#[test]
fn an_upload_that_is_never_closed_is_told_and_taken_when_it_is() {
    let site = Site::new(&patient("1s"));
    let daemon = site.daemon();
    wait_until("the folder is watched", || daemon.is_watching());
    let mut upload = File::create(site.path("inbox/a.csv")).unwrap();
    upload.write_all(timetable(0..2).as_bytes()).unwrap();
    wait_until("it is told", || site.mails().len() == 1);
    let mail = &site.mails()[0];
    assert!(mail.contains("a file is still being written") && mail.contains("a.csv"), "{mail}");
    assert!(standing(&site)[0].contains("neither written nor closed it for a second"), "{:?}", standing(&site));
    site.run(&["why", "timetable"]).expect(0, "a.csv");
    assert!(site.sandbox.made().is_empty() && site.path("inbox/a.csv").exists());
    drop(upload);
    done(&site, 2);
    wait_until("the trouble has ended", || standing(&site).is_empty());
    assert_eq!(site.mails().len(), 1);
    site.sandbox.expect_made(0..2);
}

#[test]
fn a_file_that_is_written_over_while_the_one_before_it_is_worked_on_is_taken_when_it_is_whole() {
    let site = Site::builder().delay(60).build(JOB);
    for (name, rows) in [("a.csv", 0..60), ("b.csv", 100..140)] {
        std::fs::write(site.path("inbox").join(name), timetable(rows)).unwrap();
    }
    let _daemon = site.daemon();
    wait_until("the first file is worked on", || !site.sandbox.made().is_empty());
    let text = timetable(200..240);
    let (first, rest) = half(&text);
    let mut upload = File::create(site.path("inbox/b.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&site, 2);
    let_time_pass(&site, "c.csv", 60);
    assert!(site.path("inbox/b.csv").exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&site, 6);
    site.sandbox.expect_made((0..61).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn a_run_by_hand_leaves_alone_what_was_written_over_since_it_began() {
    let site = Site::builder().delay(60).build(&format!("{JOB}schedule = \"30 2 29 2 *\"\n"));
    for (name, rows) in [("a.csv", 0..60), ("b.csv", 100..140)] {
        std::fs::write(site.path("inbox").join(name), timetable(rows)).unwrap();
    }
    let mut run = site.start("run", &["run", "timetable"]);
    wait_until("the first file is worked on", || !site.sandbox.made().is_empty());
    let path = site.path("inbox/b.csv");
    std::fs::write(&path, half(&timetable(200..240)).0).unwrap();
    assert!(run.wait().success());
    assert!(path.exists() && site.files("done").len() == 2);
    std::fs::write(&path, timetable(200..240)).unwrap();
    site.run(&["run", "timetable"]).expect(0, "");
    site.sandbox.expect_made((0..60).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn half_a_file_with_the_date_that_rsync_gives_it_is_told_and_not_taken() {
    let site = Site::new(&patient("1s"));
    let aside = site.path("aside");
    std::fs::write(&aside, timetable(0..2)).unwrap();
    let date = |path: &Path, to| File::options().write(true).open(path).unwrap().set_modified(to).unwrap();
    date(&aside, SystemTime::UNIX_EPOCH);
    let _daemon = site.daemon();
    std::fs::rename(&aside, site.path("inbox/a.csv")).unwrap();
    wait_until("it is told", || site.mails().len() == 1);
    let mail = site.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(mail.contains("1970-01-01") && mail.contains("a file looks like half an upload"), "{mail}");
    assert!(!mail.contains("being written"), "{mail}");
    site.run(&["why", "timetable"]).expect(0, "a file looks like half an upload: a.csv: ");
    assert!(site.path("inbox/a.csv").exists() && site.sandbox.made().is_empty());
    date(&site.path("inbox/a.csv"), SystemTime::now());
    done(&site, 2);
    site.sandbox.expect_made(0..2);
}

#[test]
fn a_file_that_was_renamed_deleted_and_begun_anew_is_no_file_that_was_renamed() {
    let site = Site::builder().delay(60).build(JOB);
    site.drop_renamed("a.csv", &timetable(0..60));
    let daemon = site.daemon();
    wait_until("the first file is worked on", || !site.sandbox.made().is_empty());
    wait_until("the folder is watched", || daemon.is_watching());
    let path = site.path("inbox/b.csv");
    site.drop_renamed("b.csv", &timetable(100..110));
    std::fs::remove_file(&path).unwrap();
    let text = timetable(200..240);
    let (first, rest) = half(&text);
    let mut upload = File::create(&path).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&site, 2);
    let_time_pass(&site, "c.csv", 60);
    assert!(path.exists());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    done(&site, 6);
    site.sandbox.expect_made((0..61).chain(200..240).collect::<Vec<_>>());
}

#[test]
fn a_drop_folder_that_is_made_anew_is_watched_anew() {
    let site = Site::new(JOB);
    let daemon = site.daemon();
    wait_until("the folder is watched", || daemon.is_watching());
    std::fs::rename(site.path("inbox"), site.path("old")).unwrap();
    std::fs::create_dir(site.path("inbox")).unwrap();
    // Once it was found by looking, its files are known by what is reported again.
    let_time_pass(&site, "x.csv", 50);
    let mut upload = File::create(site.path("inbox/a.csv")).unwrap();
    upload.write_all(half(&timetable(0..40)).0.as_bytes()).unwrap();
    let_time_pass(&site, "y.csv", 51);
    assert!(site.path("inbox/a.csv").exists());
}

#[test]
fn a_table_whose_last_line_has_no_end_is_taken_later_and_refused_where_cells_are_missing() {
    let site = Site::new(&JOB.replace("300ms", "200ms"));
    let _daemon = site.daemon();
    let whole = timetable(0..3);
    std::fs::write(site.path("inbox/whole.csv"), whole.trim_end()).unwrap();
    done(&site, 2);
    site.sandbox.expect_made(0..3);
    let cut = timetable(3..6);
    std::fs::write(site.path("inbox/cut.csv"), &cut[..cut.trim_end().rfind(',').unwrap()]).unwrap();
    wait_until("the file is in failed/", || site.files("failed").len() == 1);
    let error = site.json(&["history", "--json"])[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("cut short") && error.contains("row 4 has 6 cells"), "{error}");
    site.sandbox.expect_made(0..3);
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "status"), ["created"; 3]);
}

#[test]
fn a_folder_that_cannot_be_watched_is_polled_and_said_to_be() {
    let site = Site::new(JOB);
    let unwatched = |arguments: &[&str]| {
        let mut command = site.command(arguments);
        command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
        command
    };
    let checked = Ran::of(unwatched(&["check", "--online"]).output().unwrap());
    assert!(checked.out.contains("warning: ") && checked.out.contains("inbox is only polled: "), "{checked:?}");
    let checked = site.run(&["check", "--online"]);
    assert!(!checked.out.contains("polled"), "{checked:?}");

    let daemon = Running::of(unwatched(&["daemon"]), site.path("daemon.log"));
    daemon.wait_to_say("the folder cannot be watched");
    std::fs::write(site.path("inbox/a.csv"), timetable(0..2)).unwrap();
    done(&site, 2);
    assert_eq!(daemon.log().matches("the folder cannot be watched").count(), 1);
    site.sandbox.expect_made(0..2);
}

#[test]
fn what_is_written_to_a_file_after_it_was_read_is_told_and_lies_in_a_retry_file() {
    let site = Site::builder().delay(60).build(JOB);
    let daemon = site.daemon();
    wait_until("the folder is watched", || daemon.is_watching());
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    // Opened elsewhere and renamed while it is open: from outside it cannot be told that there is more to come.
    let mut upload = File::create(site.path("aside")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    std::fs::rename(site.path("aside"), site.path("inbox/a.csv")).unwrap();
    wait_until("it is worked on", || !site.sandbox.made().is_empty());
    upload.write_all(rest.as_bytes()).unwrap();
    wait_until("three files in failed/", || site.files("failed").len() == 3);
    wait_until("a mail", || site.mails().len() == 1);
    let rows = first.lines().count();
    let words =
        format!("grew by {} bytes after it was read; the rows from line {} on are not done", rest.len(), rows + 1);
    let flat = site.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&words), "{flat}");
    site.sandbox.expect_made(0..rows - 1);
    let retry = site.only("inbox/failed", "retry.csv");
    assert_eq!(column(&retry, "status"), vec!["not_run"; 41 - rows]);
    site.drop_renamed("again.csv", &std::fs::read_to_string(retry).unwrap());
    done(&site, 2);
    site.sandbox.expect_made(0..40);
}

#[test]
fn a_file_that_is_written_over_while_it_is_worked_on_is_told_once() {
    let site = Site::builder().delay(60).build(JOB);
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, site.path("daemon.log"));
    site.drop_renamed("a.csv", &timetable(0..30));
    wait_until("it is worked on", || !site.sandbox.made().is_empty());
    std::fs::write(site.only("inbox/processing", ".csv"), timetable(100..140)).unwrap();
    wait_until("a mail", || site.mails().len() == 1);
    assert!(site.mails()[0].contains("written over after it was read"), "{}", site.mails()[0]);
    assert_eq!((site.files("failed").len(), site.files("done").len()), (2, 0));
    // Another file, which grows later, is told when both were looked at.
    let mut upload = File::create(site.path("inbox/b.csv")).unwrap();
    upload.write_all(timetable(40..42).as_bytes()).unwrap();
    done(&site, 2);
    upload.write_all(b"r42,u00001,Lecture\n").unwrap();
    wait_until("another mail", || site.mails().len() == 2);
    assert!(site.mails().iter().any(|mail| mail.contains("it grew by 19 bytes")), "{:?}", site.mails());
    site.sandbox.expect_made((0..30).chain(40..42).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_written_over_after_it_was_put_away_is_told_with_what_is_true() {
    let site = Site::new(JOB);
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, site.path("daemon.log"));
    site.drop_renamed("a.csv", &timetable(0..2));
    done(&site, 2);
    let done = site.files("done").into_iter().find(|name| !name.contains(".results.")).unwrap();
    std::fs::write(site.path("inbox/done").join(done), timetable(1..4)).unwrap();
    wait_until("a mail", || site.mails().len() == 1);
    let mail = site.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(mail.contains("what is done already is not done twice"), "{mail}");
    assert!(!mail.contains("nothing of what it says") && !mail.contains("still stands"), "{mail}");
    assert_eq!(standing(&site).len(), 1, "{:?}", standing(&site));
    // And so it is.
    let failed = site.files("failed").remove(0);
    site.drop_renamed("again.csv", &std::fs::read_to_string(site.path("inbox/failed").join(failed)).unwrap());
    wait_until("it is done", || site.files("done").len() == 3);
    site.sandbox.expect_made(0..4);
    wait_until("a copy of it was dealt with", || standing(&site).is_empty());
}
