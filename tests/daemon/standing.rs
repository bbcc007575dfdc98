//! Troubles that stand outside of any run: told by one mail, in `list` and in `why`, and over by themselves.

use crate::front::{Sandbox, World, timetable, wait_for};

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
