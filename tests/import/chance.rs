//! Timetables made by chance, mistakes and all, while replies are lost: whatever stands in them, the results account for every
//! row, in order, and what they say is what the server has.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::losses::LOSSES;
use super::years;
use crate::importing::new_site;
use crate::site::Chance;

const HEADINGS: &str = "action,ref,user_id,room_name,start_time,duration,moderators,participants,note";
const ROWS: u64 = 150;

/// A row that may be right or wrong, new or known, about few enough refs and times that they meet.
fn row(chance: &mut Chance, number: u64) -> String {
    let year = years::coming();
    let user = chance.below(10);
    let (day, hour) = (1 + chance.below(28), 8 + chance.below(10));
    let start = format!("{year}-02-{day:02} {hour:02}:00");
    let reference = chance.below(80);
    let people = chance.below(3);
    let row = match chance.below(10) {
        0 => format!("cancel,R{reference},,,,,,"),
        1 => format!("update,R{reference},,,,,,{people}"),
        2 => format!(",R{reference},u{user:05},ab,{start},60,1,{people}"),
        3 => format!(",R{reference},u{user:05},Too late,2020-01-01 09:00,60,1,{people}"),
        4 => format!(",,u{user:05},Open hour,{start},60,1,30"),
        5 => format!("cancel,,u{user:05},Open hour,{start},60,,"),
        6 => format!("{people},R{reference},,,,,,"),
        _ => {
            let user = reference % 10;
            format!(",R{reference},u{user:05},Lesson {reference},{year}-03-02 09:00,60,1,{people}")
        }
    };
    format!("{row},n{number}")
}

#[test]
fn whatever_stands_in_a_file_its_results_account_for_every_row_and_for_the_server() {
    let site = new_site();
    site.script(LOSSES);
    let mut chance = Chance::new(3);
    let mut standing = BTreeSet::new();
    for name in ["one.csv", "two.csv", "three.csv"] {
        let mut text = HEADINGS.to_owned() + "\n";
        for number in 0..ROWS {
            writeln!(text, "{}", row(&mut chance, number)).unwrap();
        }
        let imported = site.import_text(name, &text);
        let notes: Vec<_> = imported.rows.iter().map(|row| row["note"].clone()).collect();
        assert_eq!(notes, (0..ROWS).map(|number| format!("n{number}")).collect::<Vec<_>>());
        for (at, row) in imported.rows.iter().enumerate() {
            assert_eq!(row["line"], (at + 2).to_string());
            let id = row["meeting_id"].clone();
            match row["status"].as_str() {
                "created" => assert!(standing.insert(id), "{row:?}"),
                "cancelled" => assert!(standing.remove(&id), "{row:?}"),
                "updated" => assert!(!id.is_empty() && !row["mpin"].is_empty(), "{row:?}"),
                "unchanged" | "exists" => assert!(!id.is_empty(), "{row:?}"),
                "invalid" => assert!(!row["error"].is_empty() && row["attempts"] == "0", "{row:?}"),
                other => panic!("{other}: {row:?}"),
            }
        }
        let there: BTreeSet<_> = site.meetings().into_iter().map(|meeting| meeting.meeting_id).collect();
        assert_eq!(standing, there);
        for status in ["created", "updated", "cancelled", "unchanged", "invalid"] {
            let told = imported.statuses().contains(&status);
            assert!(told || name == "one.csv", "{name} has no row that is {status}: chance is too kind");
        }
    }
}
