//! `pause` and `resume` while a daemon runs.

use serde_json::json;

use crate::front::{Sandbox, World, timetable, wait_for};

#[test]
fn a_pause_takes_effect_at_once_and_so_does_its_end() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(
        sandbox.port,
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\nschedule = \"* * * * * *\"\n",
    );
    let mut daemon = world.daemon();
    let runs = || world.json(&["history", "--json", "--limit", "1000"]).as_array().unwrap().len();
    wait_for("a due time has come", || (runs() > 0).then_some(()));
    world.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    world.run(&["pause", "timetable"]).expect(0, "timetable was paused already");
    let before = runs();
    let skipped = wait_for("due times pass by", || {
        let skipped = world.json(&["why", "timetable", "--json"]);
        (skipped.as_array().unwrap().iter().filter(|line| line["reason"] == "paused").count() >= 2).then_some(skipped)
    });
    // The run of a due time that came just before the pause may have begun beside it.
    assert!(runs() <= before + 1, "{skipped}");
    assert_eq!(world.json(&["list", "--json"])[0]["paused"], json!(true));
    // Who says so by hand is obeyed all the same.
    world.run(&["run", "timetable"]).expect(0, "succeeded");
    let by_hand = runs();
    world.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    wait_for("due times are met again", || (runs() > by_hand).then_some(()));
    assert!(daemon.terminate().0.success());
}

#[test]
fn a_drop_folder_is_left_alone_while_its_job_is_paused() {
    let sandbox = Sandbox::start(&[]);
    let world = World::new(
        sandbox.port,
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"1s\"\n\
         [schedule_meetings.other]\ninbox = \"other\"\nsettle = \"100ms\"\npoll = \"1s\"\n",
    );
    std::fs::create_dir(world.path("other")).unwrap();
    let _daemon = world.daemon();
    world.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    world.drop_renamed("a.csv", &timetable(0..2));
    std::fs::write(world.path("other/b.csv"), timetable(2..4)).unwrap();
    wait_for("the other's file is done", || (crate::front::names(&world.path("other/done")).len() == 2).then_some(()));
    assert_eq!(world.files(""), ["a.csv"]);
    world.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    wait_for("the file is in done/", || (world.files("done").len() == 2).then_some(()));
    sandbox.expect_made(0..4);
}

#[test]
fn files_that_were_seen_before_the_pause_stay_where_they_are() {
    let sandbox = Sandbox::start(&["--delay", "60"]);
    let world = World::new(
        sandbox.port,
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"1s\"\n",
    );
    // All of them are ready when the folder is looked at for the first time.
    for (name, rows) in [("a.csv", 0..240), ("b.csv", 240..242), ("c.csv", 242..244)] {
        world.drop_renamed(name, &timetable(rows));
    }
    let mut daemon = world.daemon();
    wait_for("some meetings are made", || (sandbox.made().len() >= 5).then_some(()));
    world.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    assert!(sandbox.made().len() < 240, "the first file was done too early to show anything");
    wait_for("the first file is done", || (world.files("done").len() == 2).then_some(()));
    assert!(daemon.terminate().0.success());
    assert_eq!(world.files(""), ["b.csv", "c.csv"]);
    sandbox.expect_made(0..240);
}
