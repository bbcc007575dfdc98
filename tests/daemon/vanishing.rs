//! Files that somebody takes away by hand while they are worked on: the rows' fates are told all the same, and nothing is for ever.

use std::path::PathBuf;

use crate::front::{Running, Sandbox, World, column, timetable, wait_for};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"200ms\"\npoll = \"200ms\"\n";

fn no_trouble(world: &World) {
    world.run(&["journal", "check"]).expect(0, "");
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    wait_for("no file waits to be put away", || {
        let open: i64 =
            journal.query_row("SELECT count(*) FROM claims WHERE settled IS NULL", [], |row| row.get(0)).unwrap();
        (open == 0).then_some(())
    });
    let list = world.json(&["list", "--json"]);
    assert_eq!(list[0]["troubles"].as_array().map(Vec::len), Some(0), "{list}");
}

fn processing(world: &World) -> PathBuf {
    world.only("inbox/processing", ".csv")
}

/// The only mail, on one line.
fn mail(world: &World) -> String {
    wait_for("a mail", || (!world.mails().is_empty()).then_some(()));
    let mails = world.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let parsed = mail_parser::MessageParser::default().parse(mails[0].as_bytes()).unwrap();
    parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_that_is_deleted_while_it_is_worked_on_is_told_once_and_the_run_tells_every_row() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(sandbox.port, JOB);
    let _daemon = world.daemon();
    world.drop_renamed("a.csv", &timetable(0..40));
    wait_for("it is worked on", || (!sandbox.made().is_empty()).then_some(()));
    std::fs::remove_file(processing(&world)).unwrap();
    wait_for("results", || {
        (world.files("done").len() == 1 && world.files("done")[0].ends_with("results.csv")).then_some(())
    });
    let results = world.only("inbox/done", "results.csv");
    assert_eq!(column(&results, "status"), vec!["created"; 40]);
    let told = mail(&world);
    assert!(told.contains("40 created") && told.contains("was taken away while it was worked on"), "{told}");
    assert!(!told.contains("The file that was handed in"), "{told}");
    sandbox.expect_made(0..40);
    // The folder goes on.
    world.drop_renamed("b.csv", &timetable(40..42));
    wait_for("the next file is done", || (world.files("done").len() == 3).then_some(()));
    no_trouble(&world);
    assert_eq!(world.mails().len(), 1, "{:?}", world.mails());
}

#[test]
fn a_file_that_is_deleted_while_the_service_is_down_ends_its_run_with_every_row_told() {
    let sandbox = Sandbox::start(&["--delay", "300"]);
    let world = World::new(sandbox.port, JOB);
    let mut daemon = world.daemon();
    world.drop_renamed("a.csv", &timetable(0..60));
    wait_for("it is worked on", || (!sandbox.made().is_empty()).then_some(()));
    daemon.kill();
    std::fs::remove_file(processing(&world)).unwrap();
    let _daemon = world.daemon();
    wait_for("results", || {
        (world.files("done").len() == 1 && world.files("done")[0].ends_with("results.csv")).then_some(())
    });
    assert_eq!(column(&world.only("inbox/done", "results.csv"), "status"), vec!["created"; 60]);
    assert!(mail(&world).contains("was taken away while it was worked on"), "{}", mail(&world));
    sandbox.expect_made(0..60);
    no_trouble(&world);
}

#[test]
fn a_file_that_is_deleted_before_it_was_read_ends_its_run_and_nothing_stands() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    world.drop_renamed("a.csv", &timetable(0..2));
    let mut command = world.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.sync.after=kill:1");
    let mut dying = Running::of(command, world.path("dying.log"));
    dying.wait();
    std::fs::remove_file(processing(&world)).unwrap();
    let _daemon = world.daemon();
    let told = mail(&world);
    assert!(told.contains("FAILED") && told.contains("a.csv") && told.contains("No such file"), "{told}");
    no_trouble(&world);
    assert!(sandbox.made().is_empty());
}

#[test]
fn a_file_that_could_not_be_put_away_and_was_then_taken_away_by_hand_is_no_trouble_any_more() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(sandbox.port, JOB);
    let mut command = world.command(&["daemon"]);
    // The first renaming takes the file, and the next ones would put it away.
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.rename=full:2:1000");
    let daemon = Running::of(command, world.path("daemon.log"));
    daemon.wait_to_say("roomkeeper is running");
    world.drop_renamed("a.csv", &timetable(0..2));
    let told = mail(&world);
    assert!(told.contains("cannot be put away"), "{told}");
    std::fs::remove_file(processing(&world)).unwrap();
    no_trouble(&world);
    assert_eq!(world.mails().len(), 1);
    sandbox.expect_made(0..2);
}
