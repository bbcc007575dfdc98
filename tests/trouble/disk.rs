//! A disk without room: told in words, and nothing of what was done is lost or done again.

use std::process::Command;

use crate::site::{PROGRAM, Ran, Site, timetable};

#[test]
fn when_the_journal_may_grow_no_more_the_import_says_so_and_the_next_start_finishes_it() {
    let site = Site::new("timeout = \"1s\"\n");
    std::fs::write(site.path("a.csv"), timetable(0..400)).unwrap();
    // Half a MiB a file: enough to begin with, and not for the journal's log.
    let mut command = Command::new("bash");
    site.prepare(&mut command);
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f 512; exec '{PROGRAM}' import a.csv")]);
    let told = Ran::of(command.output().unwrap());
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.err.contains("the journal could not be written") || told.err.contains("disk"), "{told:?}");

    std::fs::write(site.path("b.csv"), timetable(400..403)).unwrap();
    site.run(&["import", "b.csv"]).expect(0, "3 created");
    site.sandbox.expect_made(0..403);
}
