//! `pause` and `resume` while a daemon runs.

use serde_json::json;

use crate::site::{Site, timetable, wait_for, wait_until};

#[test]
fn a_pause_takes_effect_at_once_and_so_does_its_end() {
    let site =
        Site::new("[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\nschedule = \"* * * * * *\"\n");
    let mut daemon = site.daemon();
    let runs = || site.json(&["history", "--json", "--limit", "1000"]).as_array().unwrap().len();
    wait_until("a due time has come", || runs() > 0);
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    site.run(&["pause", "timetable"]).expect(0, "timetable was paused already");
    let before = runs();
    let skipped = wait_for("due times pass by", || {
        let skipped = site.json(&["why", "timetable", "--json"]);
        (skipped.as_array().unwrap().iter().filter(|line| line["reason"] == "paused").count() >= 2).then_some(skipped)
    });
    // The run of a due time that came just before the pause may have begun beside it.
    assert!(runs() <= before + 1, "{skipped}");
    assert_eq!(site.json(&["list", "--json"])[0]["paused"], json!(true));
    // A person who runs it by hand is obeyed all the same.
    site.run(&["run", "timetable"]).expect(0, "succeeded");
    let by_hand = runs();
    site.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    wait_until("due times are met again", || runs() > by_hand);
    assert!(daemon.terminate().0.success());
}

#[test]
fn a_drop_folder_is_left_alone_while_its_job_is_paused() {
    let site = Site::new(
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"1s\"\n\
         [schedule_meetings.other]\ninbox = \"other\"\nsettle = \"100ms\"\npoll = \"1s\"\n",
    );
    std::fs::create_dir(site.path("other")).unwrap();
    let _daemon = site.daemon();
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    site.drop_renamed("a.csv", &timetable(0..2));
    std::fs::write(site.path("other/b.csv"), timetable(2..4)).unwrap();
    wait_until("the other's file is done", || crate::site::names(&site.path("other/done")).len() == 2);
    assert_eq!(site.files(""), ["a.csv"]);
    site.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    wait_until("the file is in done/", || site.files("done").len() == 2);
    site.sandbox.expect_made(0..4);
}

#[test]
fn files_that_were_seen_before_the_pause_stay_where_they_are() {
    let site = Site::builder()
        .delay(60)
        .build("[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\npoll = \"1s\"\n");
    // All of them are ready when the folder is looked at for the first time.
    for (name, rows) in [("a.csv", 0..240), ("b.csv", 240..242), ("c.csv", 242..244)] {
        site.drop_renamed(name, &timetable(rows));
    }
    let mut daemon = site.daemon();
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    assert!(site.sandbox.made().len() < 240, "the first file was done too early to show anything");
    wait_until("the first file is done", || site.files("done").len() == 2);
    assert!(daemon.terminate().0.success());
    assert_eq!(site.files(""), ["b.csv", "c.csv"]);
    site.sandbox.expect_made(0..240);
}
