//! The state directory, the journal, the configuration, the folders that results go to.

use std::path::Path;

use roomkeeper::journal::Workspace;

use crate::by_hand;
use crate::site::{Site, timetable};

fn site() -> Site {
    let site = Site::new("");
    std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
    site
}

#[test]
fn a_journal_that_is_held_is_exit_code_5_and_its_holder_is_named() {
    let site = site();
    let lock = Workspace::at(&site.path("state")).lock("a test without a socket").unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(5, &format!("a test without a socket (process {})", std::process::id()));
    assert!(site.sandbox.made().is_empty());
    site.run(&["history"]).expect(0, "");
    drop(lock);
    site.run(&["import", "a.csv"]).expect(0, "3 created");
}

#[test]
fn a_journal_of_a_later_version_is_refused_and_left_byte_for_byte() {
    let site = site();
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    let journal = site.path("state/journal.db");
    by_hand::make_later_version(&site.path("state"));
    is_refused_and_left(&site, &journal, "later version");
}

#[test]
fn a_damaged_journal_is_refused_and_left_byte_for_byte() {
    let site = site();
    std::fs::create_dir(site.path("state")).unwrap();
    let journal = site.path("state/journal.db");
    std::fs::write(&journal, "not a database, and long enough to be seen as none ".repeat(100)).unwrap();
    is_refused_and_left(&site, &journal, "damaged");
    assert!(site.sandbox.made().is_empty());
}

#[track_caller]
fn is_refused_and_left(site: &Site, journal: &Path, words: &str) {
    let before = std::fs::read(journal).unwrap();
    for arguments in [&["import", "a.csv"][..], &["daemon"], &["history"]] {
        let told = site.run(arguments);
        told.expect(1, words);
        told.expect(1, "journal.db");
    }
    assert_eq!(std::fs::read(journal).unwrap(), before);
    // Reading leaves an empty log beside it, and nothing in it.
    assert_eq!(std::fs::metadata(site.path("state/journal.db-wal")).map_or(0, |log| log.len()), 0);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_told_by_name() {
    let site = site();
    std::fs::write(site.path("state"), "a file is in the way").unwrap();
    site.run(&["import", "a.csv"]).expect(4, "state is not a folder");
    assert!(site.sandbox.made().is_empty());
}

#[test]
fn an_output_folder_that_is_not_there_is_told_before_anything_is_sent() {
    let site = site();
    let told = site.run(&["import", "a.csv", "--output", "nowhere"]);
    told.expect(1, "nowhere");
    told.expect(1, "Nothing was begun");
    assert!(site.sandbox.made().is_empty());
}

#[test]
fn a_wrong_configuration_is_exit_code_4_and_an_unknown_run_is_2() {
    let site = site();
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    site.run(&["show", "01a20c1f-0000-7000-8000-000000000000"]).expect(2, "");
    site.run(&["retry", "01a20c1f-0000-7000-8000-000000000000"]).expect(2, "");
    site.configure("ratelimit = \"1/s\"\n");
    for arguments in [&["import", "a.csv"][..], &["daemon"], &["check"], &["history"]] {
        site.run(arguments).expect(4, "ratelimit");
    }
}

#[test]
fn a_run_is_named_by_the_beginning_or_the_end_of_its_id_where_it_is_the_only_one() {
    let site = site();
    std::fs::write(site.path("b.csv"), timetable(3..5).replace("Lecture 000004", "ab")).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    let told = site.run(&["import", "b.csv"]);
    let short = told.out.split("(run ").nth(1).unwrap().split(')').next().unwrap();
    let runs = site.json(&["history", "--json"]);
    let [whole, first] = [0, 1].map(|at| runs[at]["run"].as_str().unwrap());
    assert!(short.len() == 8 && whole.ends_with(short), "{short} of {whole}");
    assert!(site.run(&["history"]).out.contains(&format!("\n{short}  import")));
    for name in [short, whole, &whole[..23], &whole.replace('-', ""), &short.to_uppercase()] {
        site.run(&["show", name]).expect(0, &format!("run      {whole}\n"));
    }
    let mails = site.mails();
    assert!(mails.iter().any(|mail| mail.contains(&format!("roomkeeper show {short}"))), "{mails:?}");
    site.run(&["retry", short]).expect(1, "1 invalid");
    // Ids begin with their time.
    let common = whole.bytes().zip(first.bytes()).take_while(|(one, other)| one == other).count();
    site.run(&["show", &whole[..common]]).expect(2, "several runs are named");
    for name in ["abc", "zzzz", "%%%%", "0000000000"] {
        site.run(&["show", name]).expect(2, "there is no run");
    }
}

#[test]
fn after_an_import_the_journal_is_one_file_without_a_log_beside_it() {
    let site = site();
    for _ in 0..3 {
        site.run(&["import", "a.csv"]).expect(0, "");
        assert_eq!(crate::site::names(&site.path("state")), ["journal.db", "lock", "pin.key"]);
    }
}
