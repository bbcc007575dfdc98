//! Mails about dropped files: many files make one, and a recovery is told only where what failed was made good.

use std::fmt::Write;

use mail_parser::MessageParser;

use crate::by_hand;
use crate::reader::Reader;
use crate::site::{Site, timetable, wait_until};

const JOB: &str = "[mail]\nto = [\"it@example.org\"]\non = \"always\"\n\
     [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

/// The subjects of the mails of so many runs, once none waits any more.
fn subjects(site: &Site, runs: usize) -> Vec<String> {
    wait_until("the runs have ended, and their mails are sent", || {
        let Ok(journal) = Reader::open(&site.path("state")) else { return false };
        journal.runs().unwrap().len() == runs
            && journal.unfinished().unwrap().is_empty()
            && journal.outbox().unwrap().waiting == 0
    });
    by_hand::mails(&site.path("state")).into_iter().map(|mail| mail.subject).collect()
}

#[test]
fn more_than_ten_files_at_once_make_one_mail_that_names_those_with_problems() {
    let site = Site::new(JOB);
    for file in 0..12 {
        let mut text = timetable(2 * file..2 * file + 2);
        if file == 7 {
            writeln!(text, "bad,u00001,ab,2027,x,1,1").unwrap();
        }
        std::fs::write(site.path("inbox").join(format!("class {file}.csv")), text).unwrap();
    }
    let _daemon = site.daemon();
    let subjects = subjects(&site, 12);
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    assert!(subjects[0].contains("PARTIAL timetable@") && subjects[0].contains("1 of 12 files"), "{subjects:?}");
    let mail = &site.mails()[0];
    assert!(mail.contains("class 7.csv") && !mail.contains("class 8.csv"), "{mail}");
    assert!(mail.contains("24  created"), "{mail}");
    site.sandbox.expect_made(0..24);
}

#[test]
fn the_one_mail_tells_once_what_there_is_to_say_of_good_files() {
    let site = Site::builder().faults("lengths_of = 50\n").build(JOB);
    for file in 0..12 {
        let text = timetable(file..file + 1);
        let mut lines: Vec<_> = text.lines().map(|line| format!("{line},\"a note\"")).collect();
        lines[0] = text.lines().next().unwrap().to_owned() + if file < 5 { ",invitee_email" } else { ",Hall" };
        let text = lines.join("\r\n") + "\r\n";
        let text = match file {
            3 | 4 => text.replace("Lecture", "Prüfung für Anfänger"),
            8 => text.replace("Lecture", "Französische Übung"),
            _ => text,
        };
        // Windows-1252: its letters are the code points.
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        std::fs::write(site.path("inbox").join(format!("class {file:02}.csv")), bytes).unwrap();
    }
    let _daemon = site.daemon();
    let subjects = subjects(&site, 12);
    assert!(subjects.len() == 1 && subjects[0].contains("OK timetable@"), "{subjects:?}");
    let mail = site.mails().remove(0);
    let mail = MessageParser::default().parse(&mail).unwrap();
    let mail = mail.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(mail.matches("The column `invitee_email` is not used.").count(), 1, "{mail}");
    assert_eq!(mail.matches("Columns carried through unread: `Hall`.").count(), 1, "{mail}");
    assert!(mail.contains(", 2 more: The column `invitee_email`"), "{mail}");
    assert_eq!(mail.matches("windows-1252: Prüfung, für, Anfänger").count(), 1, "{mail}");
    assert!(mail.contains("class 08.csv windows-1252: Französische, Übung"), "{mail}");
    // The remarks of a run's end are told, too.
    assert!(mail.contains("class 02.csv: Line 2 (Lecture 000002"), "{mail}");
    assert_eq!(site.sandbox.made().len(), 12);
}

#[test]
fn files_that_end_one_after_the_other_within_a_minute_make_one_mail_too() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    // The next is dropped once the one before it has ended.
    for file in 0..14 {
        site.drop_renamed(&format!("class {file}.csv"), &timetable(file..file + 1));
        if file % 3 == 0 {
            wait_until("it has ended", || site.files("done").len() == 2 * (file + 1));
        }
    }
    let subjects = subjects(&site, 14);
    assert!(subjects.len() == 1 && subjects[0].contains("14 files"), "{subjects:?}");
    site.sandbox.expect_made(0..14);
}

#[test]
fn forty_cells_that_cannot_be_read_are_told_once_with_their_lines() {
    let site = Site::new(JOB);
    let mut text = timetable(0..1);
    for row in 1..=40 {
        writeln!(text, "r{row},u00001,Lecture {row},2031-99-{row:02} 09:00,30,1,1").unwrap();
    }
    std::fs::write(site.path("inbox/week.csv"), text).unwrap();
    let _daemon = site.daemon();
    assert_eq!(subjects(&site, 1).len(), 1);
    let mail = site.mails().remove(0);
    let mail = MessageParser::default().parse(&mail).unwrap();
    let mail = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert!(mail.contains("Problems\n  Lines 3-42\n    invalid, code 1602: the start `2031-99-01 09:00`"), "{mail}");
    assert_eq!(mail.matches("code 1602").count(), 1, "{mail}");
}

#[test]
fn a_recovery_is_told_when_what_failed_is_made_good_and_not_when_another_file_succeeds() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    let verdicts = |runs| {
        let subjects = subjects(&site, runs);
        subjects.iter().map(|subject| subject.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    site.drop_renamed("week.csv", &timetable(0..3).replace("Lecture 000001", "ab"));
    assert_eq!(verdicts(1), ["PARTIAL"]);
    site.drop_renamed("lacking.csv", "room_name,duration\nMaths,60\n");
    assert_eq!(verdicts(2), ["PARTIAL", "FAILED"]);
    site.drop_renamed("other.csv", &timetable(5..7));
    assert_eq!(verdicts(3).last().unwrap(), "OK");
    // A week later: the same name, and none of the rows that failed.
    site.drop_renamed("week.csv", &timetable(10..12));
    assert_eq!(verdicts(4).last().unwrap(), "OK");
    let retry = std::fs::read_to_string(site.only("inbox/failed", "retry.csv")).unwrap();
    site.drop_renamed("corrected.csv", &retry.replace(",ab,", ",Lecture 000001,"));
    assert_eq!(verdicts(5).last().unwrap(), "RECOVERED");
    // A failure that was made good once is not made good again.
    site.drop_renamed("corrected.csv", &timetable(1..2));
    assert_eq!(verdicts(6).last().unwrap(), "OK");
    // A file that was refused whole, by its name.
    site.drop_renamed("lacking.csv", &timetable(12..13));
    assert_eq!(verdicts(7).last().unwrap(), "RECOVERED");
}
