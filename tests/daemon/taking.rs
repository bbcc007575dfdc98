//! The daemon takes dropped files, and puts them and their results where they belong.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::site::{Site, column, timetable, wait_for, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n";

fn done(site: &Site, files: usize) -> Vec<String> {
    wait_for("the files are in done/", || Some(site.files("done")).filter(|names| names.len() >= files))
}

#[test]
fn a_file_that_is_copied_and_one_that_is_renamed_into_place_both_become_meetings() {
    // So long a time of settling that only the renaming can explain the first one.
    let site = Site::new(&JOB.replace("1s", "5m"));
    let mut daemon = site.daemon();
    wait_until("the folder is watched", || daemon.is_watching());
    site.drop_renamed("renamed.csv", &timetable(0..3));
    let names = done(&site, 2);
    assert!(names[0].starts_with("renamed.") && names.iter().any(|name| name.ends_with(".results.csv")), "{names:?}");
    assert!(daemon.terminate().0.success());

    site.configure(JOB);
    let _daemon = site.daemon();
    std::fs::write(site.path("inbox/copied.csv"), timetable(3..5)).unwrap();
    let names = done(&site, 4);
    assert!(names[0].starts_with("copied."), "{names:?}");
    site.sandbox.expect_made(0..5);
    assert!(site.files("").is_empty() && site.files("processing").is_empty() && site.files("failed").is_empty());
}

#[test]
fn a_file_that_still_grows_is_not_taken_by_halves() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    let text = timetable(0..40);
    let (mut written, path) = (String::new(), site.path("inbox/growing.csv"));
    for line in text.lines() {
        written += line;
        written.push('\n');
        std::fs::write(&path, &written).unwrap();
        // Slower than the daemon looks, and faster than a file settles.
        std::thread::sleep(std::time::Duration::from_millis(60));
        assert!(path.exists(), "it was taken after {written:?}");
    }
    done(&site, 2);
    site.sandbox.expect_made(0..40);
}

#[test]
fn a_file_with_a_bad_row_goes_to_failed_with_results_and_a_retry_file_that_can_be_dropped_again() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("week.csv", &timetable(0..3).replace("Lecture 000001", "ab"));
    let names = wait_for("three files in failed/", || Some(site.files("failed")).filter(|names| names.len() == 3));
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    assert_eq!(names, [format!("week.{run}.csv"), format!("week.{run}.results.csv"), format!("week.{run}.retry.csv")]);
    assert_eq!(column(&site.only("inbox/failed", "results.csv"), "status"), ["created", "invalid", "created"]);
    assert_eq!(column(&site.only("inbox/failed", "results.csv"), "line"), ["2", "3", "4"]);

    let retry = std::fs::read_to_string(site.only("inbox/failed", "retry.csv")).unwrap();
    assert_eq!(retry.lines().count(), 2);
    site.drop_renamed("week.csv", &retry.replace(",ab,", ",Lecture 000001,"));
    done(&site, 2);
    site.sandbox.expect_made(0..3);
    assert_eq!(site.files("failed"), names, "what lies in failed/ is not touched");
}

#[test]
fn what_lies_in_the_sub_folders_belongs_to_the_group_of_the_drop_folder_and_is_for_it_alone() {
    let site = Site::new(JOB);
    let inbox = site.path("inbox");
    // Only root can give a folder to a group that is not its own.
    let strangers = std::os::unix::fs::chown(&inbox, None, Some(4242)).is_ok();
    let group = std::fs::metadata(&inbox).unwrap().gid();
    assert!(!strangers || group == 4242);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..2).replace("Lecture 000001", "ab"));
    wait_until("three files in failed/", || site.files("failed").len() == 3);
    for ending in ["results.csv", "retry.csv"] {
        let file = std::fs::metadata(site.only("inbox/failed", ending)).unwrap();
        assert_eq!((file.permissions().mode() & 0o7777, file.gid()), (0o660, group), "{ending}");
    }
    for folder in ["processing", "done", "failed"] {
        let folder = std::fs::metadata(inbox.join(folder)).unwrap();
        assert_eq!((folder.permissions().mode() & 0o7777, folder.gid()), (0o2770, group));
    }
}

#[test]
fn the_same_file_dropped_twice_makes_no_second_meeting_and_overwrites_nothing() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..4));
    let first = done(&site, 2);
    let results = std::fs::read(site.only("inbox/done", "results.csv")).unwrap();
    site.drop_renamed("a.csv", &timetable(0..4));
    let both = done(&site, 4);
    assert!(first.iter().all(|name| both.contains(name)));
    let kept = first.iter().find(|name| name.ends_with("results.csv")).unwrap();
    assert_eq!(std::fs::read(site.path("inbox/done").join(kept)).unwrap(), results);
    let new = both.iter().find(|name| name.ends_with("results.csv") && *name != kept).unwrap();
    assert_eq!(column(&site.path("inbox/done").join(new), "status"), ["unchanged"; 4]);
    site.sandbox.expect_made(0..4);
}
