//! Links and files that another user planted where our files go, and names of files that lead astray: nothing of others is
//! written through, read or lost.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::surroundings::timetable;
use crate::room_jobs::with_rooms;
use crate::site::{Site, wait_until};

const PRECIOUS: &str = "somebody else's\n";

/// A site with a job that writes to `out/file.csv`, and a precious file elsewhere.
fn site(job: &str) -> Site {
    let site = with_rooms(2, job);
    site.list(0..2);
    site.sandbox.add_meetings(3, 0);
    fs::create_dir(site.path("out")).unwrap();
    site.write("precious", PRECIOUS);
    site
}

const SHEET: &str = "[rotate_pins.job]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'out/file.csv'\n";
const EXPORT: &str = "[export_meetings.job]\npath = 'out/file.csv'\ninclude_pins = true\n";

#[test]
fn a_link_at_the_place_of_a_sheet_or_an_export_is_not_written_through() {
    for job in [SHEET, EXPORT] {
        let site = site(job);
        symlink(site.path("precious"), site.path("out/file.csv")).unwrap();
        symlink(site.path("nowhere"), site.path("out/file-2.csv")).unwrap();
        site.run_job("job", 0);
        assert_eq!(fs::read_to_string(site.path("precious")).unwrap(), PRECIOUS);
        assert!(!site.path("nowhere").exists(), "a link to nothing was written through");
        assert!(fs::symlink_metadata(site.path("out/file.csv")).unwrap().is_symlink());
        let written = fs::symlink_metadata(site.path("out/file-3.csv")).unwrap();
        assert!(written.is_file() && written.permissions().mode() & 0o777 == 0o600, "{written:?}");
    }
}

#[test]
fn a_hard_link_at_the_place_of_a_sheet_or_an_export_keeps_its_bytes() {
    for job in [SHEET, EXPORT] {
        let site = site(job);
        fs::hard_link(site.path("precious"), site.path("out/file.csv")).unwrap();
        site.run_job("job", 0);
        assert_eq!(fs::read_to_string(site.path("precious")).unwrap(), PRECIOUS);
        assert_eq!(fs::read_to_string(site.path("out/file.csv")).unwrap(), PRECIOUS);
        assert!(site.path("out/file-2.csv").is_file());
    }
}

#[test]
fn a_hard_link_to_an_export_does_not_grow_with_it() {
    let site = site(EXPORT);
    site.run_job("job", 0);
    fs::hard_link(site.path("out/file.csv"), site.path("kept")).unwrap();
    let before = fs::read(site.path("kept")).unwrap();
    site.sandbox.add_meetings(2, 0);
    site.run_job("job", 0);
    assert_eq!(fs::read(site.path("kept")).unwrap(), before);
    assert!(fs::read(site.path("out/file.csv")).unwrap().len() > before.len());
}

#[test]
fn a_fifo_or_a_folder_at_the_place_of_a_sheet_or_an_export_holds_nothing_up() {
    for job in [SHEET, EXPORT] {
        let site = site(job);
        let made = std::process::Command::new("mkfifo").arg(site.path("out/file.csv")).status().unwrap();
        assert!(made.success());
        fs::create_dir(site.path("out/file-2.csv")).unwrap();
        site.run_job("job", 0);
        assert!(site.path("out/file-3.csv").is_file());
    }
}

#[test]
fn a_folder_that_became_a_link_to_nothing_fails_the_run_and_changes_no_pin() {
    for job in [SHEET, EXPORT] {
        let site = site(job);
        fs::remove_dir(site.path("out")).unwrap();
        symlink(site.path("nowhere"), site.path("out")).unwrap();
        let before: Vec<_> = site.rooms().into_values().map(|room| room.mpin).collect();
        let ran = site.run(&["run", "job"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!site.path("nowhere").exists());
        assert_eq!(site.rooms().into_values().map(|room| room.mpin).collect::<Vec<_>>(), before);
    }
}

#[test]
fn names_in_a_drop_folder_lead_nowhere_else() {
    let site = with_rooms(1, "[schedule_meetings.timetable]\ninbox = 'inbox'\nsettle = '1s'\npoll = '1s'\n");
    // As long as a name may be: one of ours, which has the run in it, cannot hold all of it.
    let long = format!("{}.csv", "x".repeat(251));
    let names: [&[u8]; 6] = [b"..csv", b"...csv", b"a\nb.csv", b"a\\..\\..\\b.csv", b"\xff\xfe.csv", long.as_bytes()];
    for (n, name) in names.iter().enumerate() {
        let path = site.path("inbox").join(std::ffi::OsStr::from_bytes(name));
        fs::write(path, timetable(&format!("Title {n}"))).unwrap();
    }
    site.write("inbox/good.csv", timetable("A good title"));
    let mut daemon = site.start("daemon", &["daemon"]);
    let titles = || site.sandbox.snapshot().meetings.into_iter().map(|meeting| meeting.room_name).collect::<Vec<_>>();
    wait_until("the good files are imported", || {
        ["A good title", "Title 2", "Title 3", "Title 5"].iter().all(|title| titles().contains(&(*title).to_owned()))
    });
    wait_until("no file is worked on", || fs::read_dir(site.path("inbox/processing")).unwrap().next().is_none());
    daemon.signal(rustix::process::Signal::TERM);
    assert!(daemon.wait().success());
    let told = daemon.log();
    assert!(!told.contains("panicked") && !told.contains("a\nb.csv"), "{told}");
    // Names that begin with a dot, and those that are no text, are let be.
    for name in [names[0], names[1], names[4]] {
        assert!(site.path("inbox").join(std::ffi::OsStr::from_bytes(name)).exists());
    }
    let mut outside: Vec<_> =
        fs::read_dir(site.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    outside.sort();
    assert_eq!(outside, ["config.toml", "daemon.log", "inbox", "state", "tmp"]);
}
