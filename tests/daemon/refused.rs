//! A file that is no CSV is refused whole, moved out of the way, and told of.

use std::path::Path;

use crate::site::{Site, timetable, wait_for, wait_until};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\nwriting_timeout = \"2s\"\nmax_file_size = \"4 KiB\"\n";

/// Drops something, and expects it in `failed/` with a failed run, and a mail, that say why.
#[track_caller]
fn is_refused(name: &str, make: impl FnOnce(&Path), words: &str) {
    let site = Site::new(JOB);
    let mut daemon = site.daemon();
    make(&site.path("inbox").join(name));
    wait_for("a file in failed/", || {
        let folder = std::fs::read_dir(site.path("inbox/failed")).ok()?;
        (folder.count() == 1).then_some(())
    });
    wait_until("a mail", || site.mails().len() == 1);
    assert!(std::fs::symlink_metadata(site.path("inbox").join(name)).is_err());
    let history = site.json(&["history", "--json"]);
    assert_eq!(history.as_array().unwrap().len(), 1, "{history}");
    assert_eq!((&history[0]["outcome"], &history[0]["trigger"]), (&"failed".into(), &"file".into()));
    let shown = site.json(&["show", history[0]["run"].as_str().unwrap(), "--json"]);
    let error = shown["run"]["error"].as_str().unwrap();
    assert!(error.contains(words), "{error}");
    let mail = &site.mails()[0];
    assert!(mail.contains("FAILED timetable"), "{mail}");
    assert!(daemon.terminate().0.success());
    assert!(site.sandbox.made().is_empty());
    // The next start does not take it up again.
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    assert_eq!(site.json(&["history", "--json"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_workbook_that_cannot_be_read_is_refused_with_advice() {
    is_refused(
        "week.xlsx",
        |path| std::fs::write(path, b"PK\x03\x04 half PK\x05\x06").unwrap(),
        "save it again as .xlsx",
    );
}

#[test]
fn a_web_page_that_is_called_a_workbook_is_refused() {
    is_refused("week.xls", |path| std::fs::write(path, "<html>\n<table>\n").unwrap(), "a web page or XML");
}

#[test]
fn a_file_whose_quotation_swallows_rows_is_refused_by_its_lines() {
    let text = timetable(0..3).replacen('\n', ",notes\n", 1);
    let lines: Vec<_> =
        text.lines().zip(["", ",\"see", ",ok", ",12\" screen"]).map(|(line, end)| format!("{line}{end}")).collect();
    is_refused("a.csv", |path| std::fs::write(path, lines.join("\n")).unwrap(), "is broken in line 4");
}

#[test]
fn a_file_whose_rows_are_shorter_or_longer_than_its_headings_loses_none_in_a_quotation() {
    for (headings, ends) in
        [(",notes,more,most", [",\"see", ",ok", ",12\""]), (",notes", [",\"see,", ",ok,", ",12\","])]
    {
        let text = timetable(0..3);
        let lines = text.lines().zip([headings].into_iter().chain(ends));
        let text = lines.map(|(line, end)| format!("{line}{end}\n")).collect::<Vec<_>>().concat();
        is_refused("a.csv", |path| std::fs::write(path, text).unwrap(), "line 3 looks like one");
    }
}

#[test]
fn a_symbolic_link_is_refused_and_what_it_leads_to_is_not_read() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("secret.csv");
    std::fs::write(&target, timetable(0..2)).unwrap();
    is_refused("a.csv", |path| std::os::unix::fs::symlink(&target, path).unwrap(), "symbolic link");
    assert!(target.exists());
}

#[test]
fn a_fifo_is_refused_and_holds_nothing_up() {
    let make = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    is_refused("a.csv", make, "no file that can be read");
}

#[test]
fn an_empty_file_is_refused() {
    is_refused("a.csv", |path| std::fs::write(path, "").unwrap(), "empty");
}

#[test]
fn a_file_that_is_too_large_is_refused_and_the_limit_named() {
    is_refused("a.csv", |path| std::fs::write(path, timetable(0..100)).unwrap(), "max_file_size");
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let picture: Vec<u8> = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0".iter().copied().cycle().take(2000).collect();
    is_refused("a.csv", |path| std::fs::write(path, picture).unwrap(), "a.csv");
}

#[test]
fn a_file_without_a_needed_column_is_refused_and_the_column_named() {
    is_refused("a.csv", |path| std::fs::write(path, "room_name,duration\nMaths,60\n").unwrap(), "start_time");
}
