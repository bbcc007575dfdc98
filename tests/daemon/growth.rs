//! Files that are written to after they were put away.

use std::fs::File;
use std::io::Write;
use std::time::SystemTime;

use crate::front::{Running, Sandbox, World, column, timetable, wait_for};
use crate::writing::{JOB, done, half, let_time_pass, standing};

#[test]
fn what_is_written_to_a_file_after_it_was_put_away_is_told_and_lies_in_a_retry_file() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    // As on a network share: that somebody has it open cannot be seen.
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
    let _daemon = Running::of(command, world.path("daemon.log"));
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let mut upload = File::create(world.path("inbox/a.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&world, 2);
    assert!(world.mails().is_empty());
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    let rows = first.lines().count();
    let words =
        format!("grew by {} bytes after it was read; the rows from line {} on are not done", rest.len(), rows + 1);
    let flat = world.mails()[0].replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&words) && flat.contains("a file was written to after it was dealt with"), "{flat}");
    assert_eq!((world.files("failed").len(), world.files("done").len()), (2, 1));
    sandbox.expect_made(0..rows - 1);
    let retry = world.only("inbox/failed", "retry.csv");
    assert_eq!(column(&retry, "status"), vec!["not_run"; 41 - rows]);
    assert_eq!(standing(&world).len(), 1, "{:?}", standing(&world));
    world.drop_renamed("again.csv", &std::fs::read_to_string(retry).unwrap());
    done(&world, 3);
    sandbox.expect_made(0..40);
    wait_for("a copy of the retry file was dealt with", || standing(&world).is_empty().then_some(()));
    assert_eq!(world.mails().len(), 1, "{:?}", world.mails());
}

#[test]
fn what_was_written_while_none_ran_is_told_by_the_next_daemon_and_stands_until_it_is_dealt_with() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let unwatched = || {
        let mut command = world.command(&["daemon"]);
        command.env("ROOMKEEPER_FAILPOINTS", "inbox.unwatched=on");
        Running::of(command, world.path("daemon.log"))
    };
    let mut daemon = unwatched();
    let text = timetable(0..40);
    let (first, rest) = half(&text);
    let mut upload = File::create(world.path("inbox/a.csv")).unwrap();
    upload.write_all(first.as_bytes()).unwrap();
    done(&world, 2);
    wait_for("it is put away, as the journal has it", || (numbers(&world, "put_away").len() == 1).then_some(()));
    daemon.kill();
    upload.write_all(rest.as_bytes()).unwrap();
    drop(upload);

    let mut daemon = unwatched();
    wait_for("a mail", || (world.mails().len() == 1).then_some(()));
    let words = format!("it grew by {} bytes after it was read", rest.len());
    assert!(standing(&world)[0].contains(&words), "{:?}", standing(&world));
    world.run(&["why", "timetable"]).expect(0, &words);
    wait_for("the journal knows that it is told", || numbers(&world, "told").contains(&text.len()).then_some(()));
    daemon.kill();

    // It is told once, however often one starts.
    let _daemon = unwatched();
    let_time_pass(&world, "b.csv", 50);
    assert_eq!((standing(&world).len(), world.mails().len()), (1, 1), "{:?}", standing(&world));
    std::fs::rename(world.only("inbox/failed", "retry.csv"), world.path("inbox/again.csv")).unwrap();
    wait_for("the retry file was handed in", || standing(&world).is_empty().then_some(()));
    wait_for("its rows are made", || (sandbox.made().len() == 41).then_some(()));
    sandbox.expect_made((0..40).chain([50]).collect::<Vec<_>>());
    assert_eq!(world.mails().len(), 1, "{:?}", world.mails());
}

#[test]
fn a_file_that_grew_and_is_taken_away_is_no_trouble_any_more_and_one_that_was_edited_later_is_none() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let mut daemon = world.daemon();
    for (name, rows) in [("a.csv", 0..2), ("b.csv", 2..4)] {
        world.drop_renamed(name, &timetable(rows));
    }
    wait_for("both are put away, as the journal has it", || (numbers(&world, "put_away").len() == 2).then_some(()));
    daemon.kill();
    let edited = |name: &str, at: SystemTime| {
        let path = world.path("inbox/done").join(world.files("done").iter().find(|file| is_of(file, name)).unwrap());
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(b"r99,u00001,Lecture\n").unwrap();
        file.set_modified(at).unwrap();
    };
    edited("a.", SystemTime::now());
    edited("b.", SystemTime::now() + std::time::Duration::from_secs(3600));
    let _daemon = world.daemon();
    wait_for("the one is told", || (standing(&world).len() == 1).then_some(()));
    let_time_pass(&world, "c.csv", 50);
    assert_eq!(standing(&world).len(), 1, "{:?}", standing(&world));
    let grown = world.files("failed").into_iter().find(|file| is_of(file, "a.") && !file.contains("late")).unwrap();
    std::fs::remove_file(world.path("inbox/failed").join(grown)).unwrap();
    wait_for("it is gone", || standing(&world).is_empty().then_some(()));
}

/// Tells whether this is the file itself, and not its results.
fn is_of(file: &str, name: &str) -> bool {
    file.starts_with(name) && !file.contains(".results.") && !file.contains(".retry.")
}

/// The numbers in a column of the journal's claims.
fn numbers(world: &World, column: &str) -> Vec<usize> {
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    let sql = format!("SELECT {column} FROM claims WHERE {column} IS NOT NULL");
    let mut query = journal.prepare(&sql).unwrap();
    let numbers = query.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    numbers.map(|number| usize::try_from(number.unwrap()).unwrap()).collect()
}
