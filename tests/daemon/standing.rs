//! Troubles that stand outside of any run: told by one mail, in `list` and in `why`, and over by themselves.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::folders::as_somebody_plain;
use crate::front::{Running, Sandbox, World, names, timetable, wait_for};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

/// The kinds of the troubles that `list` shows of the only job.
fn standing(world: &World) -> Vec<String> {
    let list = world.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap();
    troubles.iter().map(|trouble| trouble["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_drop_folder_that_is_away_is_told_once_also_over_a_restart_and_the_trouble_ends_by_itself() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let (inbox, away) = (world.path("inbox"), world.path("away"));
    std::fs::rename(&inbox, &away).unwrap();
    let mut daemon = world.daemon();
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    let mail = &world.mails()[0];
    assert!(mail.contains("PROBLEM timetable@") && mail.contains("the drop folder cannot be used"), "{mail}");
    assert_eq!(standing(&world), ["inbox"]);
    world.run(&["list"]).expect(0, "timetable: the drop folder cannot be used: ");
    world.run(&["why", "timetable"]).expect(0, "the drop folder cannot be used");
    let why = world.json(&["why", "timetable", "--json"]);
    assert_eq!((&why[0]["reason"], &why[0]["due"]), (&"inbox".into(), &serde_json::Value::Null));
    assert!(why[0]["since"].is_string() && why[0]["subject"].as_str().unwrap().ends_with("/inbox"), "{why}");
    assert!(daemon.terminate().0.success());

    let _daemon = world.daemon();
    std::fs::rename(&away, &inbox).unwrap();
    wait_for("the trouble has ended", || standing(&world).is_empty().then_some(()));
    world.drop_renamed("a.csv", &timetable(0..2));
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    assert_eq!(world.mails().len(), 1, "it was told once");
    world.run(&["journal", "check"]).expect(0, "");
}

fn subjects(world: &World, kind: &str) -> Vec<String> {
    let list = world.json(&["list", "--json"]);
    let troubles = list[0]["troubles"].as_array().unwrap().iter().filter(|trouble| trouble["kind"] == kind);
    troubles.map(|trouble| trouble["subject"].as_str().unwrap().to_owned()).collect()
}

fn ended(world: &World) {
    wait_for("the troubles have ended", || standing(world).is_empty().then_some(()));
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

fn daemon_with(world: &World, failpoints: &str) -> Running {
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", failpoints);
    let running = Running::of(command, world.path("daemon.log"));
    running.wait_to_say("roomkeeper is running");
    running
}

#[test]
fn a_file_that_cannot_be_moved_is_left_and_told_once_and_taken_when_it_can_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let stuck = world.path("inbox/stuck.csv");
    std::fs::write(&stuck, timetable(0..2)).unwrap();
    let frozen = Frozen(&stuck);
    // Where no file may be marked so, the first renaming fails.
    let is_frozen = chattr("+i", &stuck);
    let mut daemon = daemon_with(&world, if is_frozen { "" } else { "inbox.rename=full:1:1" });
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let mail = &world.mails()[0];
    assert!(mail.contains("PROBLEM timetable@") && mail.contains("a file cannot be moved"), "{mail}");
    assert!(mail.contains("stuck.csv"), "{mail}");
    assert_eq!(subjects(&world, "file_not_movable"), ["stuck.csv"]);
    world.run(&["why", "timetable"]).expect(0, "a file cannot be moved: stuck.csv: ");

    world.drop_renamed("other.csv", &timetable(2..4));
    wait_for("the other file goes on", || (world.files("done").len() == 2).then_some(()));
    let history = world.json(&["history", "--json"]);
    let runs = history.as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["outcome"]), (1, &"succeeded".into()), "{history}");
    assert!(daemon.terminate().0.success());

    let _daemon = world.daemon();
    drop(frozen);
    wait_for("it is taken", || (world.files("done").len() == 4).then_some(()));
    ended(&world);
    assert_eq!(world.mails().len(), 1, "{:?}", world.mails());
    sandbox.expect_made(0..4);
}

#[test]
fn a_move_that_fails_takes_its_run_back_and_the_file_is_taken_once_something_about_it_changes() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    world.drop_renamed("a.csv", &timetable(0..2));
    let _daemon = daemon_with(&world, "inbox.rename=full:1:1");
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    assert!(world.json(&["history", "--json"]).as_array().unwrap().is_empty());
    std::fs::set_permissions(world.path("inbox/a.csv"), PermissionsExt::from_mode(0o664)).unwrap();
    wait_for("it is taken", || (world.files("done").len() == 2).then_some(()));
    ended(&world);
    sandbox.expect_made(0..2);
}

#[test]
fn a_run_by_hand_leaves_the_file_that_cannot_be_moved_and_works_on_the_others() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    world.drop_renamed("a.csv", &timetable(0..2));
    world.drop_renamed("b.csv", &timetable(2..4));
    let mut command = world.command(&["run", "timetable"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.rename=full:1:1");
    assert!(command.status().unwrap().success());
    let history = world.json(&["history", "--json"]);
    assert_eq!((history.as_array().unwrap().len(), &history[0]["outcome"]), (1, &"succeeded".into()), "{history}");
    assert_eq!(world.files("").len(), 1);
    assert_eq!(subjects(&world, "file_not_movable"), world.files(""));
    world.run(&["run", "timetable"]).expect(0, "");
    assert_eq!((world.files("").len(), world.files("done").len()), (0, 4));
    ended(&world);
    sandbox.expect_made(0..4);
}

#[test]
fn a_file_that_cannot_be_put_away_is_told_and_put_away_when_it_can_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    // The first renaming takes the file; the next one would put it away.
    let mut daemon = daemon_with(&world, "inbox.rename=full:2:9");
    world.drop_renamed("a.csv", &timetable(0..2));
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let mail = &world.mails()[0];
    assert!(mail.contains("cannot be put away"), "{mail}");
    assert_eq!(standing(&world), ["file_not_put_away"]);
    assert!(daemon.terminate().0.success());
    let _daemon = world.daemon();
    wait_for("it is put away", || (world.files("done").len() == 2).then_some(()));
    ended(&world);
    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_told_once_and_taken_when_it_can_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let _daemon = as_somebody_plain(&world);
    let path = world.path("inbox/a.csv");
    std::fs::write(&path, timetable(0..2)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let mail = &world.mails()[0];
    assert!(mail.contains("a file cannot be read") && mail.contains("Permission denied"), "{mail}");
    assert_eq!(subjects(&world, "file_not_readable"), ["a.csv"]);
    world.run(&["check", "--online"]).expect(1, "a.csv cannot be read: Permission denied");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    wait_for("it is taken", || (world.files("done").len() == 2).then_some(()));
    ended(&world);
    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_folder_on_another_file_system_is_told_and_nothing_is_taken_before_that_is_put_right() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| std::fs::metadata(path).unwrap().dev();
    assert_ne!(device(elsewhere.path()), device(world.folder.path()));
    let processing = world.path("inbox/processing");
    std::os::unix::fs::symlink(elsewhere.path(), &processing).unwrap();
    world.drop_renamed("a.csv", &timetable(0..2));
    let _daemon = world.daemon();
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    let list = world.json(&["list", "--json"]);
    let told = &list[0]["troubles"][0];
    assert!(told["detail"].as_str().unwrap().contains("another file system"), "{told}");
    assert_eq!(world.files("").len(), 2, "the file, and the link");
    world.run(&["check", "--online"]).expect(1, "is on another file system");
    std::fs::remove_file(&processing).unwrap();
    wait_for("the file is taken", || (world.files("done").len() == 2).then_some(()));
    ended(&world);
}

#[test]
fn texts_are_taken_whatever_their_ending_a_workbook_keeps_its_own_and_all_else_is_told_once() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let _daemon = world.daemon();
    for name in ["notes.pdf", "plan", ".hidden", "b.csv.part", "Thumbs.db"] {
        std::fs::write(world.path("inbox").join(name), "x").unwrap();
    }
    world.drop_renamed("a.txt", &timetable(0..2));
    world.drop_renamed("b.tsv", &timetable(2..4).replace(',', "\t"));
    world.drop_renamed("c.CSV", &timetable(4..6));
    wait_for("three files are done", || (world.files("done").len() == 6).then_some(()));
    wait_for("it is told", || (!world.mails().is_empty()).then_some(()));
    wait_for("both are told", || (subjects(&world, "unknown_ending") == ["notes.pdf", "plan"]).then_some(()));
    let done = world.files("done");
    for ending in [".txt", ".tsv", ".CSV", ".results.csv"] {
        assert!(done.iter().any(|name| name.ends_with(ending)), "{done:?}");
    }
    sandbox.expect_made(0..6);
    let told = world.mails().len();
    assert!(world.mails()[0].contains("not taken"), "{:?}", world.mails());

    world.drop_renamed("week.ODS", "PK\u{3}\u{4}");
    wait_for("the workbook is refused", || (world.files("failed").len() == 1).then_some(()));
    let failed = &world.files("failed")[0];
    assert!(
        failed.starts_with("week.") && Path::new(failed).extension().is_some_and(|ending| ending == "ODS"),
        "{failed}"
    );
    wait_for("that is told", || (world.mails().len() == told + 1).then_some(()));
    let mail = world.mails().pop().unwrap();
    assert!(mail.contains(".xlsx, .xls, .ods and .numbers"), "{mail}");

    for name in ["notes.pdf", "plan"] {
        std::fs::remove_file(world.path("inbox").join(name)).unwrap();
    }
    ended(&world);
    assert_eq!(world.mails().len(), told + 1, "each is told once");
}

#[test]
fn a_name_that_may_be_a_programs_is_told_when_it_stays_and_once_also_over_a_restart() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &format!("{JOB}writing_timeout = \"2s\"\n"));
    let mut daemon = world.daemon();
    for name in [".plan.csv", "~plan.csv", "20270201", ".plan.csv.Ab12Cd", "~$plan.xlsx"] {
        std::fs::write(world.path("inbox").join(name), timetable(5..6)).unwrap();
    }
    world.drop_renamed("#1 plan.csv", &timetable(0..2));
    wait_for("the table is done", || (world.files("done").len() == 2).then_some(()));
    let told = [".plan.csv", "20270201", "~plan.csv"];
    wait_for("all are told", || (subjects(&world, "unknown_ending") == told).then_some(()));
    world.run(&["why", "timetable"]).expect(0, "its name begins with `.`");
    assert!(daemon.terminate().0.success());

    let _daemon = world.daemon();
    std::fs::write(world.path("inbox/z.pdf"), "x").unwrap();
    wait_for("the newest is told", || (subjects(&world, "unknown_ending").len() == 4).then_some(()));
    for name in told {
        assert_eq!(world.mails().iter().filter(|mail| mail.contains(name)).count(), 1, "{name}: {:?}", world.mails());
    }
    sandbox.expect_made(0..2);
}

#[test]
fn folders_that_are_removed_while_a_run_goes_on_are_made_again_as_they_were() {
    let sandbox = Sandbox::start(&["--delay", "300"]);
    let world = World::new(sandbox.port, JOB);
    let inbox = world.path("inbox");
    let strangers = std::os::unix::fs::chown(&inbox, None, Some(4242)).is_ok();
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o2775)).unwrap();
    let group = std::fs::metadata(&inbox).unwrap().gid();
    assert!(!strangers || group == 4242);
    let _daemon = world.daemon();
    world.drop_renamed("a.csv", &timetable(0..20));
    wait_for("the run is under way", || (!sandbox.made().is_empty()).then_some(()));
    for folder in ["done", "failed"] {
        std::fs::remove_dir_all(inbox.join(folder)).unwrap();
    }
    wait_for("the file is put away", || (names(&inbox.join("done")).len() == 2).then_some(()));
    let history = world.json(&["history", "--json"]);
    assert_eq!(history[0]["outcome"], "succeeded", "{history}");
    for folder in ["processing", "done", "failed"] {
        let found = std::fs::metadata(inbox.join(folder)).unwrap();
        assert_eq!((found.permissions().mode() & 0o7777, found.gid()), (0o2770, group), "{folder}");
    }
    assert!(world.mails().is_empty(), "{:?}", world.mails());
}

#[test]
fn a_sticky_folder_of_somebody_else_is_told_before_a_file_is_stuck_in_it() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let inbox = world.path("inbox");
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(inbox.join(folder)).unwrap();
    }
    let _daemon = as_somebody_plain(&world);
    wait_for("it runs", || world.run(&["list"]).code.filter(|code| *code == 0));
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o1777)).unwrap();
    if std::os::unix::fs::chown(&inbox, Some(0), Some(0)).is_err() {
        // Whoever cannot give a folder away owns it, and may move everything in it.
        world.drop_renamed("a.csv", &timetable(0..2));
        wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
        return;
    }
    wait_for("it is told", || (world.mails().len() == 1).then_some(()));
    assert!(world.mails()[0].contains("the folder is sticky"), "{}", world.mails()[0]);
    world.run(&["check", "--online"]).expect(1, "the folder is sticky");
    // Root's file is stuck; the other goes on.
    world.drop_renamed("roots.csv", &timetable(0..2));
    wait_for("it is told", || (subjects(&world, "file_not_movable") == ["roots.csv"]).then_some(()));
    std::fs::set_permissions(&inbox, PermissionsExt::from_mode(0o777)).unwrap();
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    ended(&world);
}
