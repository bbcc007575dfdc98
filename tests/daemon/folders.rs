//! The daemon leaves alone what is not its own, and clears out what it left.

use std::os::unix::fs::PermissionsExt;

use roomkeeper::model::RunId;

use crate::by_hand;
use crate::site::{PROGRAM, Running, Site, names, timetable, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

#[test]
fn hidden_and_unfinished_files_and_strangers_are_let_be() {
    let site = Site::new(JOB);
    let strangers = [".a.csv", "a.csv.filepart", "a.csv.part", "a.csv.tmp", "notes.pdf", "~$a.csv", "~a.csv"];
    for name in strangers {
        site.drop_renamed(name, &timetable(0..1));
    }
    std::fs::create_dir(site.path("inbox/folder.csv")).unwrap();
    let mut daemon = site.daemon();
    // Dropped last, taken alone: the others had every chance to be taken before it.
    site.drop_renamed("z.csv", &timetable(1..2));
    wait_until("the file is in done/", || site.files("done").len() == 2);
    std::fs::write(site.path("inbox/zz.csv"), timetable(2..3)).unwrap();
    wait_until("the file is in done/", || site.files("done").len() == 4);
    assert!(daemon.terminate().0.success());
    assert_eq!(site.files(""), strangers);
    assert!(site.path("inbox/folder.csv").is_dir());
    site.sandbox.expect_made(1..3);
}

#[test]
fn a_drop_folder_that_is_made_after_the_start_is_found_by_looking() {
    let site = Site::new(JOB);
    std::fs::remove_dir(site.path("inbox")).unwrap();
    let daemon = site.daemon();
    daemon.wait_to_say("the drop folder cannot be used job");
    std::fs::create_dir(site.path("inbox")).unwrap();
    std::fs::write(site.path("inbox/a.csv"), timetable(0..1)).unwrap();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..1);
    assert_eq!(daemon.log().matches("the drop folder cannot be used job").count(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_left_where_it_is_reported_once_and_taken_when_it_can_be() {
    let site = Site::new(JOB);
    let path = site.path("inbox/a.csv");
    std::fs::write(&path, timetable(0..1)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let daemon = as_somebody_plain(&site);
    daemon.wait_to_say("a file cannot be read job");
    // Another file, taken meanwhile, shows that the folder was looked at again.
    std::fs::write(site.path("inbox/b.csv"), timetable(1..2)).unwrap();
    wait_until("the other file is in done/", || site.files("done").len() == 2);
    assert!(path.exists());
    assert_eq!(daemon.log().matches("a file cannot be read job").count(), 1, "{}", daemon.log());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    wait_until("the file is in done/", || site.files("done").len() == 4);
    site.sandbox.expect_made(0..2);
}

#[test]
fn a_drop_folder_in_which_nothing_can_be_moved_makes_no_failed_runs() {
    let site = Site::new(JOB);
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(site.path("inbox").join(folder)).unwrap();
    }
    std::fs::write(site.path("inbox/a.csv"), timetable(0..1)).unwrap();
    let daemon = as_somebody_plain(&site);
    daemon.wait_to_say("roomkeeper is running");
    std::fs::set_permissions(site.path("inbox"), std::fs::Permissions::from_mode(0o555)).unwrap();
    daemon.wait_to_say("files cannot be moved in");
    std::fs::set_permissions(site.path("inbox"), std::fs::Permissions::from_mode(0o777)).unwrap();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    assert_eq!(site.json(&["history", "--json"]).as_array().unwrap().len(), 1);
    site.sandbox.expect_made(0..1);
}

#[test]
fn old_files_of_ours_are_deleted_from_done_and_failed_and_nothing_else_is() {
    const DAY: i64 = 24 * 3600;
    let site = Site::new(&format!("{JOB}keep_files = \"90d\"\n"));
    let (old, young) = (RunId::generate(), RunId::generate());
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(site.path("inbox").join(folder)).unwrap();
        for name in [format!("a.{old}.csv"), format!("a.{old}.results.csv"), format!("a.{old}.retry.csv")] {
            std::fs::write(site.path("inbox").join(folder).join(name), "").unwrap();
        }
        for name in ["a.csv".to_owned(), format!("a.{old}.csv.bak")] {
            std::fs::write(site.path("inbox").join(folder).join(name), "").unwrap();
        }
    }
    // They are as old as the journal has seen them lie there. The look comes with the start, before the socket is there.
    let mut daemon = site.daemon();
    wait_until("the files are seen", || by_hand::has_seen_files_of(&site.path("state"), old));
    daemon.terminate();
    for folder in ["done", "failed"] {
        assert_eq!(names(&site.path("inbox").join(folder)).len(), 5);
        std::fs::write(site.path("inbox").join(folder).join(format!("a.{young}.csv")), "").unwrap();
    }
    site.set_clocks(2 * DAY, 2 * DAY);
    let mut daemon = site.daemon();
    wait_until("the other is seen", || by_hand::has_seen_files_of(&site.path("state"), young));
    daemon.terminate();
    site.set_clocks(91 * DAY, 91 * DAY);
    let daemon = site.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    for folder in ["done", "failed"] {
        let left = names(&site.path("inbox").join(folder));
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left.contains(&format!("a.{young}.csv")) && left.contains(&"a.csv".to_owned()));
    }
    assert_eq!(names(&site.path("inbox/processing")).len(), 5);
}

/// A user who owns nothing, by number.
const NOBODY: u32 = 65534;

/// The daemon as a user whom permissions hold back: root would read everything.
pub fn as_somebody_plain(site: &Site) -> Running {
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return site.daemon();
    }
    for path in ["", "config.toml", "inbox", "inbox/a.csv", "inbox/processing", "inbox/done", "inbox/failed"] {
        // Not every test has all of them.
        let _ = std::os::unix::fs::chown(site.path(path), Some(NOBODY), Some(NOBODY));
    }
    // The program may lie where only root can go.
    let program = site.path("roomkeeper");
    std::fs::copy(PROGRAM, &program).unwrap();
    let mut command = std::process::Command::new(program);
    site.prepare(&mut command);
    command.arg("daemon").uid(NOBODY).gid(NOBODY);
    Running::of(command, site.path("plain.log"))
}
