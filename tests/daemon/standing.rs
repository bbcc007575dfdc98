//! Troubles that stand outside of any run: told by one mail, in `list` and in `why`, and over by themselves.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::folders::as_somebody_plain;
use crate::site::{Running, Site, names, timetable, wait_until};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

/// The kinds of the troubles that `list` shows of the only job.
fn standing(site: &Site) -> Vec<String> {
    let list = site.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap();
    troubles.iter().map(|trouble| trouble["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_drop_folder_that_is_away_is_told_once_also_over_a_restart_and_the_trouble_ends_by_itself() {
    let site = Site::new(JOB);
    let (inbox, away) = (site.path("inbox"), site.path("away"));
    std::fs::rename(&inbox, &away).unwrap();
    let mut daemon = site.daemon();
    wait_until("a mail", || site.mails().len() == 1);
    let mail = &site.mails()[0];
    assert!(mail.contains("PROBLEM timetable@") && mail.contains("the drop folder cannot be used"), "{mail}");
    assert_eq!(standing(&site), ["inbox"]);
    site.run(&["list"]).expect(0, "timetable: the drop folder cannot be used: ");
    site.run(&["why", "timetable"]).expect(0, "the drop folder cannot be used");
    let why = site.json(&["why", "timetable", "--json"]);
    assert_eq!((&why[0]["reason"], &why[0]["due"]), (&"inbox".into(), &serde_json::Value::Null));
    assert!(why[0]["since"].is_string() && why[0]["subject"].as_str().unwrap().ends_with("/inbox"), "{why}");
    assert!(daemon.terminate().0.success());

    let _daemon = site.daemon();
    std::fs::rename(&away, &inbox).unwrap();
    wait_until("the trouble has ended", || standing(&site).is_empty());
    site.drop_renamed("a.csv", &timetable(0..2));
    wait_until("the file is in done/", || site.files("done").len() == 2);
    assert_eq!(site.mails().len(), 1, "it was told once");
    site.run(&["journal", "check"]).expect(0, "");
}

fn subjects(site: &Site, kind: &str) -> Vec<String> {
    let list = site.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap().iter().filter(|trouble| trouble["kind"] == kind);
    troubles.map(|trouble| trouble["subject"].as_str().unwrap().to_owned()).collect()
}

fn ended(site: &Site) {
    wait_until("the troubles have ended", || standing(site).is_empty());
}

/// Marks a file as not to be changed, or takes that back; tells whether this machine lets us.
fn chattr(mark: &str, path: &Path) -> bool {
    Command::new("chattr").arg(mark).arg(path).output().is_ok_and(|output| output.status.success())
}

/// A mark that goes when the test does: else the folder could not be removed.
struct Frozen<'a>(&'a Path);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        chattr("-i", self.0);
    }
}

fn daemon_with(site: &Site, failpoints: &str) -> Running {
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", failpoints);
    let running = Running::of(command, site.path("daemon.log"));
    running.wait_to_say("roomkeeper is running");
    running
}

#[test]
fn a_file_that_cannot_be_moved_is_left_and_told_once_and_taken_when_it_can_be() {
    let site = Site::new(JOB);
    let stuck = site.path("inbox/stuck.csv");
    std::fs::write(&stuck, timetable(0..2)).unwrap();
    let frozen = Frozen(&stuck);
    // Where no file may be marked so, the first renaming fails.
    let is_frozen = chattr("+i", &stuck);
    let mut daemon = daemon_with(&site, if is_frozen { "" } else { "inbox.rename=full:1:1" });
    wait_until("it is told", || site.mails().len() == 1);
    let mail = &site.mails()[0];
    assert!(mail.contains("PROBLEM timetable@") && mail.contains("a file cannot be moved"), "{mail}");
    assert!(mail.contains("stuck.csv"), "{mail}");
    assert_eq!(subjects(&site, "file_not_movable"), ["stuck.csv"]);
    site.run(&["why", "timetable"]).expect(0, "a file cannot be moved: stuck.csv: ");

    site.drop_renamed("other.csv", &timetable(2..4));
    wait_until("the other file goes on", || site.files("done").len() == 2);
    let history = site.json(&["history", "--json"]);
    let runs = history.as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["outcome"]), (1, &"succeeded".into()), "{history}");
    assert!(daemon.terminate().0.success());

    let _daemon = site.daemon();
    drop(frozen);
    wait_until("it is taken", || site.files("done").len() == 4);
    ended(&site);
    assert_eq!(site.mails().len(), 1, "{:?}", site.mails());
    site.sandbox.expect_made(0..4);
}

#[test]
fn a_move_that_fails_takes_its_run_back_and_the_file_is_taken_once_something_about_it_changes() {
    let site = Site::new(JOB);
    site.drop_renamed("a.csv", &timetable(0..2));
    let _daemon = daemon_with(&site, "inbox.rename=full:1:1");
    wait_until("it is told", || site.mails().len() == 1);
    assert!(site.json(&["history", "--json"]).as_array().unwrap().is_empty());
    std::fs::set_permissions(site.path("inbox/a.csv"), PermissionsExt::from_mode(0o664)).unwrap();
    wait_until("it is taken", || site.files("done").len() == 2);
    ended(&site);
    site.sandbox.expect_made(0..2);
}

#[test]
fn a_run_by_hand_leaves_the_file_that_cannot_be_moved_and_works_on_the_others() {
    let site = Site::new(JOB);
    site.drop_renamed("a.csv", &timetable(0..2));
    site.drop_renamed("b.csv", &timetable(2..4));
    let mut command = site.command(&["run", "timetable"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.rename=full:1:1");
    assert!(command.status().unwrap().success());
    let history = site.json(&["history", "--json"]);
    assert_eq!((history.as_array().unwrap().len(), &history[0]["outcome"]), (1, &"succeeded".into()), "{history}");
    assert_eq!(site.files("").len(), 1);
    assert_eq!(subjects(&site, "file_not_movable"), site.files(""));
    site.run(&["run", "timetable"]).expect(0, "");
    assert_eq!((site.files("").len(), site.files("done").len()), (0, 4));
    ended(&site);
    site.sandbox.expect_made(0..4);
}

#[test]
fn a_file_that_cannot_be_put_away_is_told_and_put_away_when_it_can_be() {
    let site = Site::new(JOB);
    // The first renaming takes the file; the next one would put it away.
    let mut daemon = daemon_with(&site, "inbox.rename=full:2:9");
    site.drop_renamed("a.csv", &timetable(0..2));
    wait_until("it is told", || site.mails().len() == 1);
    let mail = &site.mails()[0];
    assert!(mail.contains("cannot be put away"), "{mail}");
    assert_eq!(standing(&site), ["file_not_put_away"]);
    assert!(daemon.terminate().0.success());
    let _daemon = site.daemon();
    wait_until("it is put away", || site.files("done").len() == 2);
    ended(&site);
    assert_eq!(site.mails().len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_told_once_and_taken_when_it_can_be() {
    let site = Site::new(JOB);
    let _daemon = as_somebody_plain(&site);
    let path = site.path("inbox/a.csv");
    std::fs::write(&path, timetable(0..2)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    wait_until("it is told", || site.mails().len() == 1);
    let mail = &site.mails()[0];
    assert!(mail.contains("a file cannot be read") && mail.contains("Permission denied"), "{mail}");
    assert_eq!(subjects(&site, "file_not_readable"), ["a.csv"]);
    site.run(&["check", "--online"]).expect(1, "a.csv cannot be read: Permission denied");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    wait_until("it is taken", || site.files("done").len() == 2);
    ended(&site);
    assert_eq!(site.mails().len(), 1);
}

#[test]
fn a_folder_on_another_file_system_is_told_and_nothing_is_taken_before_that_is_put_right() {
    let site = Site::new(JOB);
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| std::fs::metadata(path).unwrap().dev();
    assert_ne!(device(elsewhere.path()), device(&site.path("")));
    let processing = site.path("inbox/processing");
    std::os::unix::fs::symlink(elsewhere.path(), &processing).unwrap();
    site.drop_renamed("a.csv", &timetable(0..2));
    let _daemon = site.daemon();
    wait_until("it is told", || site.mails().len() == 1);
    let list = site.json(&["list", "--json"]);
    let told = &list[0]["troubles"][0];
    assert!(told["detail"].as_str().unwrap().contains("another file system"), "{told}");
    assert_eq!(site.files("").len(), 2, "the file, and the link");
    site.run(&["check", "--online"]).expect(1, "is on another file system");
    std::fs::remove_file(&processing).unwrap();
    wait_until("the file is taken", || site.files("done").len() == 2);
    ended(&site);
}

#[test]
fn texts_are_taken_whatever_their_ending_a_workbook_keeps_its_own_and_all_else_is_told_once() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    for name in ["notes.pdf", "plan", ".hidden", "b.csv.part", "Thumbs.db"] {
        std::fs::write(site.path("inbox").join(name), "x").unwrap();
    }
    site.drop_renamed("a.txt", &timetable(0..2));
    site.drop_renamed("b.tsv", &timetable(2..4).replace(',', "\t"));
    site.drop_renamed("c.CSV", &timetable(4..6));
    wait_until("three files are done", || site.files("done").len() == 6);
    wait_until("it is told", || !site.mails().is_empty());
    wait_until("both are told", || subjects(&site, "unknown_ending") == ["notes.pdf", "plan"]);
    let done = site.files("done");
    for ending in [".txt", ".tsv", ".CSV", ".results.csv"] {
        assert!(done.iter().any(|name| name.ends_with(ending)), "{done:?}");
    }
    site.sandbox.expect_made(0..6);
    let told = site.mails().len();
    assert!(site.mails()[0].contains("not taken"), "{:?}", site.mails());

    site.drop_renamed("week.ODS", "PK\u{3}\u{4} no parts PK\u{5}\u{6}");
    wait_until("the workbook is refused", || site.files("failed").len() == 1);
    let failed = &site.files("failed")[0];
    assert!(
        failed.starts_with("week.") && Path::new(failed).extension().is_some_and(|ending| ending == "ODS"),
        "{failed}"
    );
    wait_until("that is told", || site.mails().len() == told + 1);
    let mail = site.mails().pop().unwrap();
    assert!(mail.contains("the workbook is damaged"), "{mail}");

    for name in ["notes.pdf", "plan"] {
        std::fs::remove_file(site.path("inbox").join(name)).unwrap();
    }
    ended(&site);
    assert_eq!(site.mails().len(), told + 1, "each is told once");
}

#[test]
fn a_name_that_may_be_a_programs_is_told_when_it_stays_and_once_also_over_a_restart() {
    let site = Site::new(&format!("{JOB}writing_timeout = \"2s\"\n"));
    let mut daemon = site.daemon();
    for name in [".plan.csv", "~plan.csv", "20270201", ".plan.csv.Ab12Cd", "~$plan.xlsx"] {
        std::fs::write(site.path("inbox").join(name), timetable(5..6)).unwrap();
    }
    site.drop_renamed("#1 plan.csv", &timetable(0..2));
    wait_until("the table is done", || site.files("done").len() == 2);
    let told = [".plan.csv", "20270201", "~plan.csv"];
    wait_until("all are told", || subjects(&site, "unknown_ending") == told);
    site.run(&["why", "timetable"]).expect(0, "its name begins with `.`");
    assert!(daemon.terminate().0.success());

    let _daemon = site.daemon();
    std::fs::write(site.path("inbox/z.pdf"), "x").unwrap();
    wait_until("the newest is told", || subjects(&site, "unknown_ending").len() == 4);
    for name in told {
        assert_eq!(site.mails().iter().filter(|mail| mail.contains(name)).count(), 1, "{name}: {:?}", site.mails());
    }
    site.sandbox.expect_made(0..2);
}

#[test]
fn folders_that_are_removed_while_a_run_goes_on_are_made_again_as_they_were() {
    let site = Site::builder().delay(300).build(JOB);
    let inbox = site.path("inbox");
    let strangers = std::os::unix::fs::chown(&inbox, None, Some(4242)).is_ok();
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o2775)).unwrap();
    let group = std::fs::metadata(&inbox).unwrap().gid();
    assert!(!strangers || group == 4242);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..20));
    wait_until("the run is under way", || !site.sandbox.made().is_empty());
    for folder in ["done", "failed"] {
        std::fs::remove_dir_all(inbox.join(folder)).unwrap();
    }
    wait_until("the file is put away", || names(&inbox.join("done")).len() == 2);
    let history = site.json(&["history", "--json"]);
    assert_eq!(history[0]["outcome"], "succeeded", "{history}");
    for folder in ["processing", "done", "failed"] {
        let found = std::fs::metadata(inbox.join(folder)).unwrap();
        assert_eq!((found.permissions().mode() & 0o7777, found.gid()), (0o2770, group), "{folder}");
    }
    assert!(site.mails().is_empty(), "{:?}", site.mails());
}

#[test]
fn a_sticky_folder_of_somebody_else_is_told_before_a_file_is_stuck_in_it() {
    let site = Site::new(JOB);
    let inbox = site.path("inbox");
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(inbox.join(folder)).unwrap();
    }
    let _daemon = as_somebody_plain(&site);
    wait_until("it runs", || site.run(&["list"]).code == 0);
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o1777)).unwrap();
    if std::os::unix::fs::chown(&inbox, Some(0), Some(0)).is_err() {
        // A user who cannot give a folder away owns it, and may move everything in it.
        site.drop_renamed("a.csv", &timetable(0..2));
        wait_until("the file is in done/", || site.files("done").len() == 2);
        return;
    }
    wait_until("it is told", || site.mails().len() == 1);
    assert!(site.mails()[0].contains("the folder is sticky"), "{}", site.mails()[0]);
    site.run(&["check", "--online"]).expect(1, "the folder is sticky");
    // Root's file is stuck; the other goes on.
    site.drop_renamed("roots.csv", &timetable(0..2));
    wait_until("it is told", || subjects(&site, "file_not_movable") == ["roots.csv"]);
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o777)).unwrap();
    wait_until("the file is in done/", || site.files("done").len() == 2);
    ended(&site);
}
