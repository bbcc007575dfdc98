//! Files that are written to after they were put away.

use std::fs::File;
use std::io::Write;
use std::time::SystemTime;

use crate::book;
use crate::by_hand;
use crate::site::{Running, Site, column, timetable, wait_until};
use crate::writing::{JOB, done, half, let_time_pass, standing};

#[test]
fn what_is_written_to_a_file_after_it_was_put_away_is_told_and_lies_in_a_retry_file() {
    let site = Site::new(JOB);
    // As on a network share: the daemon cannot see that a program has it open.
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, site.path("daemon.log"));
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let mut upload = File::create(site.path("inbox/a.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&site, 2);
    assert!(site.mails().is_empty());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    wait_until("a mail", || site.mails().len() == 1);
    let rows = first.lines().count();
    let words =
        format!("grew by {} bytes after it was read; the rows from line {} on are not done", rest.len(), rows + 1);
    let flat = site.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&words) && flat.contains("a file was written to after it was dealt with"), "{flat}");
    assert_eq!((site.files("failed").len(), site.files("done").len()), (2, 1));
    site.sandbox.expect_made(0..rows - 1);
    let retry = site.only("inbox/failed", "retry.csv");
    assert_eq!(column(&retry, "status"), vec!["not_run"; 41 - rows]);
    assert_eq!(standing(&site).len(), 1, "{:?}", standing(&site));
    site.drop_renamed("again.csv", &std::fs::read_to_string(retry).unwrap());
    done(&site, 3);
    site.sandbox.expect_made(0..40);
    wait_until("a copy of the retry file was dealt with", || standing(&site).is_empty());
    assert_eq!(site.mails().len(), 1, "{:?}", site.mails());
}

#[test]
fn late_rows_lie_in_a_workbook_where_results_are_workbooks() {
    let site = Site::new(&format!("{JOB}results_format = \"xlsx\"\n"));
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, site.path("daemon.log"));
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let mut upload = File::create(site.path("inbox/a.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&site, 2);
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    wait_until("a mail", || site.mails().len() == 1);
    let retry = site.only("inbox/failed", ".retry.xlsx");
    assert_eq!(book::column(&retry, "status"), vec!["not_run"; 41 - first.lines().count()]);
    std::fs::rename(retry, site.path("inbox/again.xlsx")).unwrap();
    wait_until("its rows are made", || site.sandbox.made().len() == 40);
    site.sandbox.expect_made(0..40);
    wait_until("the retry file was handed in", || standing(&site).is_empty());
    assert_eq!(site.mails().len(), 1, "{:?}", site.mails());
}

#[test]
fn a_workbook_that_nobody_touches_ends_well_and_one_that_is_saved_again_is_told() {
    let site = Site::new(JOB);
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, site.path("daemon.log"));
    site.drop_renamed("a.xlsx", &book::of(&timetable(0..3)));
    done(&site, 2);
    wait_until("its run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    assert!(site.mails().is_empty() && site.files("failed").is_empty(), "{:?}", site.mails());
    let put_away = site.files("done").into_iter().find(|name| !name.contains(".results.")).unwrap();
    std::fs::write(site.path("inbox/done").join(put_away), book::of(&timetable(0..4))).unwrap();
    wait_until("a mail", || site.mails().len() == 1);
    let flat = site.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("it was written over after it was read"), "{flat}");
    site.sandbox.expect_made(0..3);
}

#[test]
fn what_was_written_while_none_ran_is_told_by_the_next_daemon_and_stands_until_it_is_dealt_with() {
    let site = Site::new(JOB);
    let unwatched = || {
        let mut command = site.command(&["daemon"]);
        command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
        Running::of(command, site.path("daemon.log"))
    };
    let mut daemon = unwatched();
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let mut upload = File::create(site.path("inbox/a.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&site, 2);
    wait_until("it is put away, as the journal has it", || {
        by_hand::numbers_of_claims(&site.path("state"), "put_away").len() == 1
    });
    daemon.kill();
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);

    let mut daemon = unwatched();
    wait_until("a mail", || site.mails().len() == 1);
    let words = format!("it grew by {} bytes after it was read", rest.len());
    assert!(standing(&site)[0].contains(&words), "{:?}", standing(&site));
    site.run(&["why", "timetable"]).expect(0, &words);
    wait_until("the journal knows that it is told", || {
        by_hand::numbers_of_claims(&site.path("state"), "told").contains(&text.len())
    });
    daemon.kill();

    // It is told once, however often one starts.
    let _daemon = unwatched();
    let_time_pass(&site, "b.csv", 50);
    assert_eq!((standing(&site).len(), site.mails().len()), (1, 1), "{:?}", standing(&site));
    std::fs::rename(site.only("inbox/failed", "retry.csv"), site.path("inbox/again.csv")).unwrap();
    wait_until("the retry file was handed in", || standing(&site).is_empty());
    wait_until("its rows are made", || site.sandbox.made().len() == 41);
    site.sandbox.expect_made((0..40).chain([50]).collect::<Vec<_>>());
    assert_eq!(site.mails().len(), 1, "{:?}", site.mails());
}

#[test]
fn a_file_that_grew_and_is_taken_away_is_no_trouble_any_more_and_one_that_was_edited_later_is_none() {
    let site = Site::new(JOB);
    let mut daemon = site.daemon();
    for (name, rows) in [("a.csv", 0..2), ("b.csv", 2..4)] {
        site.drop_renamed(name, &timetable(rows));
    }
    wait_until("both are put away, as the journal has it", || {
        by_hand::numbers_of_claims(&site.path("state"), "put_away").len() == 2
    });
    daemon.kill();
    let edited = |name: &str, at: SystemTime| {
        let path = site.path("inbox/done").join(site.files("done").iter().find(|file| is_of(file, name)).unwrap());
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(b"r99,u00001,Lecture\n").unwrap();
        file.set_modified(at).unwrap();
    };
    edited("a.", SystemTime::now());
    edited("b.", SystemTime::now() + std::time::Duration::from_secs(3600));
    let _daemon = site.daemon();
    wait_until("the one is told", || standing(&site).len() == 1);
    let_time_pass(&site, "c.csv", 50);
    assert_eq!(standing(&site).len(), 1, "{:?}", standing(&site));
    let grown = site.files("failed").into_iter().find(|file| is_of(file, "a.") && !file.contains("late")).unwrap();
    std::fs::remove_file(site.path("inbox/failed").join(grown)).unwrap();
    wait_until("it is gone", || standing(&site).is_empty());
}

/// Tells whether this is the file itself, and not its results.
fn is_of(file: &str, name: &str) -> bool {
    file.starts_with(name) && !file.contains(".results.") && !file.contains(".retry.")
}
