//! A person takes files away by hand while they are worked on: the rows' fates are told all the same, and no run waits for ever.

use std::path::PathBuf;

use crate::reader::Reader;
use crate::site::{Running, Site, column, timetable, wait_for, wait_until};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"problem\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"200ms\"\npoll = \"200ms\"\n";

fn no_trouble(site: &Site) {
    site.run(&["journal", "check"]).expect(0, "");
    wait_until("no file waits to be put away", || {
        Reader::open(&site.path("state")).unwrap().open_claims().unwrap().is_empty()
    });
    let list = site.json(&["list", "--json"]);
    assert_eq!(list[0]["troubles"].as_array().map(Vec::len), Some(0), "{list}");
}

fn processing(site: &Site) -> PathBuf {
    site.only("inbox/processing", ".csv")
}

/// The only mail, on one line.
fn mail(site: &Site) -> String {
    wait_until("a mail", || !site.mails().is_empty());
    let mails = site.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let parsed = mail_parser::MessageParser::default().parse(mails[0].as_bytes()).unwrap();
    parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_that_is_deleted_while_it_is_worked_on_is_told_once_and_the_run_tells_every_row() {
    let site = Site::builder().delay(60).build(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..40));
    wait_until("it is worked on", || !site.sandbox.made().is_empty());
    std::fs::remove_file(processing(&site)).unwrap();
    wait_for("results", || {
        (site.files("done").len() == 1 && site.files("done")[0].ends_with("results.csv")).then_some(())
    });
    let results = site.only("inbox/done", "results.csv");
    assert_eq!(column(&results, "status"), vec!["created"; 40]);
    let told = mail(&site);
    assert!(told.contains("40 created") && told.contains("was taken away while it was worked on"), "{told}");
    assert!(!told.contains("The file that was handed in"), "{told}");
    site.sandbox.expect_made(0..40);
    // The folder goes on.
    site.drop_renamed("b.csv", &timetable(40..42));
    wait_until("the next file is done", || site.files("done").len() == 3);
    no_trouble(&site);
    assert_eq!(site.mails().len(), 1, "{:?}", site.mails());
}

#[test]
fn a_file_that_is_deleted_while_the_service_is_down_ends_its_run_with_every_row_told() {
    let site = Site::builder().delay(300).build(JOB);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..60));
    wait_until("it is worked on", || !site.sandbox.made().is_empty());
    daemon.kill();
    std::fs::remove_file(processing(&site)).unwrap();
    let _daemon = site.daemon();
    wait_for("results", || {
        (site.files("done").len() == 1 && site.files("done")[0].ends_with("results.csv")).then_some(())
    });
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "status"), vec!["created"; 60]);
    assert!(mail(&site).contains("was taken away while it was worked on"), "{}", mail(&site));
    site.sandbox.expect_made(0..60);
    no_trouble(&site);
}

#[test]
fn a_file_that_is_deleted_before_it_was_read_ends_its_run_and_nothing_stands() {
    let site = Site::new(JOB);
    site.drop_renamed("a.csv", &timetable(0..2));
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.sync.after=kill:1");
    let mut dying = Running::of(command, site.path("dying.log"));
    dying.wait();
    std::fs::remove_file(processing(&site)).unwrap();
    let _daemon = site.daemon();
    let told = mail(&site);
    assert!(told.contains("FAILED") && told.contains("a.csv") && told.contains("No such file"), "{told}");
    no_trouble(&site);
    assert!(site.sandbox.made().is_empty());
}

#[test]
fn a_file_that_could_not_be_put_away_and_was_then_taken_away_by_hand_is_no_trouble_any_more() {
    let site = Site::new(JOB);
    let mut command = site.command(&["daemon"]);
    // The first renaming takes the file, and the next ones would put it away.
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.rename=full:2:1000");
    let daemon = Running::of(command, site.path("daemon.log"));
    daemon.wait_to_say("roomkeeper is running");
    site.drop_renamed("a.csv", &timetable(0..2));
    let told = mail(&site);
    assert!(told.contains("cannot be put away"), "{told}");
    std::fs::remove_file(processing(&site)).unwrap();
    no_trouble(&site);
    assert_eq!(site.mails().len(), 1);
    site.sandbox.expect_made(0..2);
}
