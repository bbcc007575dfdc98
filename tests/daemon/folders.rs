//! What the daemon leaves alone, and what it clears out.

use std::os::unix::fs::PermissionsExt;

use roomkeeper::model::RunId;

use crate::front::{PROGRAM, Running, Sandbox, World, names, timetable, wait_for};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

#[test]
fn hidden_and_unfinished_files_and_strangers_are_let_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let strangers = [".a.csv", "a.csv.filepart", "a.csv.part", "a.csv.tmp", "notes.pdf", "~$a.csv", "~a.csv"];
    for name in strangers {
        world.drop_renamed(name, &timetable(0..1));
    }
    std::fs::create_dir(world.path("inbox/folder.csv")).unwrap();
    let mut daemon = world.daemon();
    // Dropped last, taken alone: the others had every chance to be taken before it.
    world.drop_renamed("z.csv", &timetable(1..2));
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    std::fs::write(world.path("inbox/zz.csv"), timetable(2..3)).unwrap();
    wait_for("the file is in done/", || (world.files("done").len() == 4).then_some(()));
    assert!(daemon.terminate().0.success());
    assert_eq!(world.files(""), strangers);
    assert!(world.path("inbox/folder.csv").is_dir());
    sandbox.expect_made(1..3);
}

#[test]
fn a_drop_folder_that_is_made_after_the_start_is_found_by_looking() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    std::fs::remove_dir(world.path("inbox")).unwrap();
    let daemon = world.daemon();
    daemon.wait_to_say("the drop folder cannot be used job");
    std::fs::create_dir(world.path("inbox")).unwrap();
    std::fs::write(world.path("inbox/a.csv"), timetable(0..1)).unwrap();
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    sandbox.expect_made(0..1);
    assert_eq!(daemon.log().matches("the drop folder cannot be used job").count(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_left_where_it_is_reported_once_and_taken_when_it_can_be() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let path = world.path("inbox/a.csv");
    std::fs::write(&path, timetable(0..1)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let daemon = as_somebody_plain(&world);
    daemon.wait_to_say("a file cannot be read job");
    // Another file, taken meanwhile, shows that the folder was looked at again.
    std::fs::write(world.path("inbox/b.csv"), timetable(1..2)).unwrap();
    wait_for("the other file is in done/", || (world.files("done").len() == 2).then_some(()));
    assert!(path.exists());
    assert_eq!(daemon.log().matches("a file cannot be read job").count(), 1, "{}", daemon.log());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    wait_for("the file is in done/", || (world.files("done").len() == 4).then_some(()));
    sandbox.expect_made(0..2);
}

#[test]
fn a_drop_folder_in_which_nothing_can_be_moved_makes_no_failed_runs() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(world.path("inbox").join(folder)).unwrap();
    }
    std::fs::write(world.path("inbox/a.csv"), timetable(0..1)).unwrap();
    let daemon = as_somebody_plain(&world);
    daemon.wait_to_say("roomkeeper is running");
    std::fs::set_permissions(world.path("inbox"), std::fs::Permissions::from_mode(0o555)).unwrap();
    daemon.wait_to_say("files cannot be moved in");
    std::fs::set_permissions(world.path("inbox"), std::fs::Permissions::from_mode(0o777)).unwrap();
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    assert_eq!(world.json(&["history", "--json"]).as_array().unwrap().len(), 1);
    sandbox.expect_made(0..1);
}

#[test]
fn old_files_of_ours_are_deleted_from_done_and_failed_and_nothing_else_is() {
    const DAY: i64 = 24 * 3600;
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, &format!("{JOB}keep_files = \"90d\"\n"));
    let (old, young) = (RunId::generate(), RunId::generate());
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(world.path("inbox").join(folder)).unwrap();
        for name in [format!("a.{old}.csv"), format!("a.{old}.results.csv"), format!("a.{old}.retry.csv")] {
            std::fs::write(world.path("inbox").join(folder).join(name), "").unwrap();
        }
        for name in ["a.csv".to_owned(), format!("a.{old}.csv.bak")] {
            std::fs::write(world.path("inbox").join(folder).join(name), "").unwrap();
        }
    }
    // They are as old as the journal has seen them lie there. The look comes with the start, before the socket is there.
    let mut daemon = world.daemon();
    wait_for("the files are seen", || has_seen(&world, old).then_some(()));
    daemon.terminate();
    for folder in ["done", "failed"] {
        assert_eq!(names(&world.path("inbox").join(folder)).len(), 5);
        std::fs::write(world.path("inbox").join(folder).join(format!("a.{young}.csv")), "").unwrap();
    }
    world.set_clocks(2 * DAY, 2 * DAY);
    let mut daemon = world.daemon();
    wait_for("the other is seen", || has_seen(&world, young).then_some(()));
    daemon.terminate();
    world.set_clocks(91 * DAY, 91 * DAY);
    let daemon = world.daemon();
    daemon.wait_to_say("files older than keep_files were deleted");
    for folder in ["done", "failed"] {
        let left = names(&world.path("inbox").join(folder));
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left.contains(&format!("a.{young}.csv")) && left.contains(&"a.csv".to_owned()));
    }
    assert_eq!(names(&world.path("inbox/processing")).len(), 5);
}

/// Whether the journal knows since when the files of a run lie where they are.
fn has_seen(world: &World, run: RunId) -> bool {
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    let seen = "SELECT count(*) FROM put_away WHERE run = ?1";
    journal.query_row(seen, [run.as_bytes().as_slice()], |row| row.get::<_, i64>(0)).is_ok_and(|seen| seen > 0)
}

/// A user who owns nothing, by number.
const NOBODY: u32 = 65534;

/// The daemon as a user whom permissions hold back: root would read everything.
pub fn as_somebody_plain(world: &World) -> Running {
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return world.daemon();
    }
    for path in ["", "config.toml", "inbox", "inbox/a.csv", "inbox/processing", "inbox/done", "inbox/failed"] {
        // Not every test has all of them.
        let _ = std::os::unix::fs::chown(world.path(path), Some(NOBODY), Some(NOBODY));
    }
    // The program may lie where only root can go.
    let program = world.path("roomkeeper");
    std::fs::copy(PROGRAM, &program).unwrap();
    let mut command = std::process::Command::new(program);
    world.prepare(&mut command);
    command.arg("daemon").uid(NOBODY).gid(NOBODY);
    Running::of(command, world.path("plain.log"))
}
