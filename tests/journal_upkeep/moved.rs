//! A journal that was moved here from another machine, or restored: its runs go on at once, and that is told.

use crate::journals::by_hand;
use crate::site::{Site, timetable, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n";
const NOTE: &str = "begun on another machine, and taken up here";

#[test]
fn a_run_of_another_machine_goes_on_at_once_and_that_is_told() {
    let site = Site::builder().delay(60).build(JOB);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..1000));
    wait_until("some meetings are made", || site.sandbox.made().len() >= 5);
    daemon.kill();
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let note = || {
        let (why, show) = (site.run(&["why", "timetable"]), site.run(&["show", &run]));
        (why.out.contains(&format!(": {NOTE}")), show.out.contains(&format!("note     {NOTE}")))
    };

    // This machine's own run needs no word.
    let before = site.sandbox.made().len();
    let mut daemon = site.daemon();
    // What the one before had on its way may arrive after its end.
    let goes_on = |log: &str, word: &str, before| log.contains(word) && site.sandbox.made().len() > before;
    wait_until("it goes on", || goes_on(&daemon.log(), "an interrupted run is resumed", before));
    daemon.kill();
    assert!(!daemon.log().contains("another machine"), "{}", daemon.log());
    assert_eq!(note(), (false, false));

    let journal = by_hand(&site.path("state"));
    let elsewhere = "UPDATE runs SET machine = randomblob(16), boot = randomblob(16) WHERE ended IS NULL";
    assert_eq!(journal.execute(elsewhere, []).unwrap(), 1);
    journal.close().unwrap();
    let before = site.sandbox.made().len();
    let mut daemon = site.daemon();
    wait_until("it goes on", || goes_on(&daemon.log(), "begun on another machine is taken up here", before));
    daemon.kill();
    let log = daemon.log();
    assert!(log.contains(&run), "{log}");
    assert_eq!(note(), (true, true));
    site.run(&["journal", "check"]).expect(0, "");
    let mut made = site.sandbox.made();
    let all = made.len();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), all, "nothing was made twice");
}
