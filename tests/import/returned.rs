//! Files of ours that went through a spreadsheet and back mean what they meant before, but for what a person has corrected.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use roomkeeper::sandbox::Options;

use super::years;
use crate::importing::{Imported, job, new_site, with};
use crate::site::{Site, Writes};

/// Makes of a file what a spreadsheet does: of each cell, by its heading.
fn through(path: &Path, make: impl Fn(&str, &str) -> String) -> String {
    let text = fs::read_to_string(path).unwrap();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings = rows.headers().unwrap().clone();
    let mut written = csv::Writer::from_writer(Vec::new());
    written.write_record(&headings).unwrap();
    for row in rows.records() {
        written.write_record(headings.iter().zip(&row.unwrap()).map(|(heading, cell)| make(heading, cell))).unwrap();
    }
    String::from_utf8(written.into_inner().unwrap()).unwrap()
}

/// Takes columns out of a file.
fn without(text: &str, columns: &[&str]) -> String {
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headings = rows.headers().unwrap().clone();
    let kept: Vec<usize> = (0..headings.len()).filter(|at| !columns.contains(&&headings[*at])).collect();
    let mut made = csv::Writer::from_writer(Vec::new());
    made.write_record(kept.iter().map(|at| &headings[*at])).unwrap();
    for row in rows.records() {
        let row = row.unwrap();
        made.write_record(kept.iter().map(|at| &row[*at])).unwrap();
    }
    String::from_utf8(made.into_inner().unwrap()).unwrap()
}

/// Numbers as Calc writes them, in any column.
fn numbers(cell: &str) -> String {
    let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    match cell.trim_start_matches('0') {
        bare if is_number && bare.len() > 15 => format!("{},{}E+0{}", &bare[..1], &bare[1..15], bare.len() - 1),
        "" if is_number => "0".to_owned(),
        bare if is_number => bare.to_owned(),
        _ => cell.to_owned(),
    }
}

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants,Hall";

/// A file of so many rows with refs and users that have zeros in front; starts as this writes the day and the hour.
fn file(rows: u32, start: impl Fn(u32, u32) -> String) -> String {
    let row = |at: u32| {
        let start = start(1 + at % 28, 8 + at / 28);
        format!("{at:04},{:05},Lesson {at},{start},60,1,30,2.{}\n", 27 + at, 10 + at % 9)
    };
    format!("{HEADINGS}\n{}", (1..=rows).map(row).collect::<String>())
}

fn iso(day: u32, hour: u32) -> String {
    format!("{}-02-{day:02} {hour:02}:15", years::coming())
}

/// A site whose users have numbers for ids.
fn numbered() -> Site {
    with(Options { numbered_users: true, ..Options::default() })
}

/// A site with an imported file, and its results.
fn imported(text: &str, keys: &str) -> (Site, Imported) {
    let site = numbered();
    site.configure(&job(keys));
    let made = site.import_text("a.csv", text);
    assert!(made.statuses().iter().all(|status| *status == "created"), "{made:?}");
    (site, made)
}

/// All that a dry run of a file tells.
fn said(site: &Site, name: &str) -> String {
    let ran = site.run(&["import", "--dry-run", name]);
    ran.out + &ran.err
}

#[test]
fn a_results_file_saved_by_calc_changes_the_one_row_that_was_edited() {
    let formats = "date_formats = ['%d.%m.%Y %H:%M']";
    let german = |day, hour| format!("{day:02}.02.{} {hour:02}:15", years::coming());
    let (site, made) = imported(&file(60, german), formats);
    let returned = through(made.file("results"), |heading, cell| match heading {
        // "Detect special numbers" writes seconds.
        "start_time" => format!("{cell}:00"),
        _ => numbers(cell),
    });
    let first = format!("{}:00", german(2, 8));
    assert_eq!(returned.matches(&first).count(), 1);
    let edited = returned.replace(&first, &first.replace("08:15", "10:45"));
    let (writes, again) = site.writes_of(|| site.import_text("a-results.csv", &edited));
    assert_eq!(writes, Writes::patches(1), "{again:?}");
    let updated: Vec<_> = again.rows.iter().filter(|row| row["status"] == "updated").collect();
    assert_eq!((updated.len(), updated[0]["ref"].as_str(), updated[0]["user_id"].as_str()), (1, "0001", "00028"));
    assert_eq!(again.statuses().iter().filter(|status| **status == "unchanged").count(), 59);
    assert_eq!(site.meetings().len(), 60);
    assert!(again.rows.iter().all(|row| row["Hall"].starts_with("2.1")), "{again:?}");
    // And what comes of that is a results file, too.
    let once_more = without(&through(again.file("results"), |_, cell| numbers(cell)), &["error", "code", "attempts"]);
    let (writes, once_more) = site.writes_of(|| site.import_text("again.csv", &once_more));
    assert_eq!((writes, once_more.statuses()), (Writes::NONE, vec!["unchanged"; 60]), "{once_more:?}");
    // No column of ours, and no PIN, has become one of the file's own.
    let mut headings = once_more.rows[0].keys().filter(|heading| !made.rows[0].contains_key(*heading));
    assert_eq!(headings.next(), None);
}

#[test]
fn a_retry_file_without_its_zeros_books_nobody_elses_meetings() {
    let site = numbered();
    let short = file(60, iso).replace("Lesson ", "L");
    let refused = site.import_text("a.csv", &short.replace(",L1", ",a").replace(",L2", ",a"));
    assert!(refused.statuses().contains(&"invalid"), "{refused:?}");
    let rows = refused.statuses().iter().filter(|status| **status == "invalid").count();
    let users: BTreeSet<String> =
        refused.rows.iter().filter(|row| row["status"] == "invalid").map(|row| row["user_id"].clone()).collect();
    let corrected = through(refused.file("retry"), |heading, cell| match heading {
        "room_name" => format!("Lesson {cell}"),
        _ => numbers(cell),
    });
    let (writes, again) = site.writes_of(|| site.import_text("retry.csv", &corrected));
    assert_eq!(again.statuses(), vec!["created"; rows], "{again:?}");
    assert_eq!(writes, Writes::posts(u64::try_from(rows).unwrap()));
    let booked: BTreeSet<String> = again.rows.iter().map(|row| row["user_id"].clone()).collect();
    assert_eq!(booked, users);
    assert!(booked.iter().all(|user| user.starts_with("00") && user.len() == 5), "{booked:?}");
}

#[test]
fn the_untouched_dates_prove_how_a_corrected_one_is_read() {
    let (site, made) = imported(&file(30, iso), "");
    let american = |cell: &str| {
        let (date, time) = cell.split_once(' ').unwrap();
        let parts: Vec<&str> = date.split('-').collect();
        format!("{}/{}/{} {time}:00", parts[1], parts[2], parts[0])
    };
    let returned = through(made.file("results"), |heading, cell| match heading {
        "start_time" => american(cell),
        _ => cell.to_owned(),
    });
    let edited = returned.replace(&american(&iso(3, 8)), &american(&iso(5, 13)));
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &edited));
    assert_eq!(writes, Writes::patches(1), "{again:?}");
    let moved: Vec<_> = site.meetings().into_iter().filter(|meeting| meeting.start_time.contains("12:15")).collect();
    assert_eq!((moved.len(), &moved[0].start_time[5..10]), (1, "02-05"), "{moved:?}");
}

#[test]
fn where_nothing_proves_the_order_of_a_corrected_date_it_is_1602() {
    let start = |_, hour| format!("{}-03-03 {hour:02}:15", years::coming());
    let (site, made) = imported(&file(2, start), "date_formats = ['%d/%m/%Y %H:%M']");
    let year = years::coming();
    let returned = through(made.file("results"), |heading, cell| match (heading, cell.ends_with('1')) {
        ("start_time", _) => format!("03/03/{year} 08:15"),
        _ => cell.to_owned(),
    });
    let edited = returned.replacen(&format!("03/03/{year}"), &format!("04/03/{year}"), 1);
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &edited));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["invalid", "unchanged"]), "{again:?}");
    assert_eq!(again.rows[0]["code"], "1602");
    assert!(again.rows[0]["error"].contains("which of its numbers is the day"), "{again:?}");
}

#[test]
fn columns_that_were_renamed_moved_or_deleted_change_no_meaning() {
    let (site, made) = imported(&file(4, iso), "");
    let text = through(made.file("results"), |_, cell| numbers(cell));
    let ours = ["line", "status", "code", "error", "meeting_id", "room_id", "direct_url", "mpin", "ppin", "attempts"];
    let text = without(&text, &[&ours[..1], &ours[3..9], &["duration"]].concat());
    let text = text.replacen("Hall", "Room", 1);
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; 4]), "{again:?}");
    assert_eq!((again.rows[0]["ref"].as_str(), again.rows[0]["duration"].as_str()), ("0001", "60"), "{again:?}");
    let said = said(&site, "b.csv");
    assert!(said.contains("no column `duration` any more"), "{said}");
    assert!(said.contains("no column `Hall` any more") && said.contains("`Room`"), "{said}");
}

#[test]
fn a_row_without_a_ref_is_edited_by_its_token_and_makes_no_second_meeting() {
    let without_ref = without(&file(3, iso), &["ref"]);
    let (site, made) = imported(&without_ref, "");
    let text = through(made.file("results"), |_, cell| numbers(cell));
    let edited = text.replace("Lesson 1,", "Algebra,").replace(&iso(2, 8), &iso(2, 14));
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &edited));
    assert_eq!(
        (writes, again.statuses()),
        (Writes::patches(1), vec!["updated", "unchanged", "unchanged"]),
        "{again:?}"
    );
    assert_eq!(site.meetings().len(), 3);
}

#[test]
fn new_rows_may_stand_among_those_that_came_back_and_copies_are_told() {
    let (site, made) = imported(&file(3, iso), "");
    let text = through(made.file("results"), |_, cell| cell.to_owned());
    let lines: Vec<&str> = text.lines().collect();
    let copy = lines[1].replace(",0001,", ",0009,").replace("Lesson 1", "Lesson 9").replace(&iso(2, 8), &iso(9, 19));
    let added = format!("{}0009,00028,Lesson 9,{},60,1,30,2.11", ",".repeat(11), iso(9, 19));
    let slip = if lines[2][6..].starts_with('x') { 'y' } else { 'x' };
    let mistyped = format!("{}{slip}{}", &lines[2][..6], &lines[2][7..]);
    let text = [&text, copy.as_str(), "\n", lines[1], "\n", &added, "\n", &mistyped, "\n"].concat();
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    let expected = ["unchanged", "unchanged", "unchanged", "invalid", "invalid", "created", "invalid"];
    assert_eq!((writes, again.statuses()), (Writes::posts(1), expected.to_vec()), "{again:?}");
    for (row, words) in [
        (3, "the ref was `0001` when this row was handed in, and is `0009` now"),
        (4, "this is the same meeting as in line 2: if another one is meant, empty the cell in the column row"),
        (6, "in the column row is not as roomkeeper wrote it"),
    ] {
        assert!(again.rows[row]["error"].contains(words), "{words}: {again:?}");
    }
    assert_eq!(site.meetings().len(), 4);
}

#[test]
fn a_cell_that_only_a_program_or_only_a_person_can_explain_is_refused_alone() {
    let (site, made) = imported(&file(4, iso).replace("Lesson 1,", "2.11 Lab,").replace("Lesson 2,", "12.5,"), "");
    let text = through(made.file("results"), |_, cell| cell.replace("12.5", "125"));
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    let expected = ["unchanged", "invalid", "unchanged", "unchanged"];
    assert_eq!((writes, again.statuses()), (Writes::NONE, expected.to_vec()), "{again:?}");
    let error = &again.rows[1]["error"];
    assert!(error.contains("room_name was `12.5` when it was handed in, and is `125` now"), "{error}");
}

#[test]
fn what_was_wrong_when_it_was_handed_in_may_be_corrected_to_what_a_spreadsheet_makes_of_it() {
    let site = numbered();
    let wrong = file(2, iso).replace(",00028,", ",28.0,").replace(",60,1,30,2.11", ",\"60,000\",1,30,2.11");
    let refused = site.import_text("a.csv", &wrong);
    assert_eq!(refused.statuses(), ["invalid", "created"], "{refused:?}");
    let text = through(refused.file("retry"), |_, cell| cell.replace("28.0", "00028").replace("60,000", "60"));
    let again = site.import_text("retry.csv", &text);
    assert_eq!(again.statuses(), ["created"], "{again:?}");
    assert_eq!(again.rows[0]["user_id"], "00028");
}

#[test]
fn rows_of_another_journal_are_read_as_new_ones_and_the_mail_says_so_once() {
    let (_elsewhere, made) = imported(&file(3, iso), "");
    let site = numbered();
    let text = through(made.file("results"), |_, cell| cell.to_owned());
    let (writes, read) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, read.statuses()), (Writes::posts(3), vec!["created"; 3]), "{read:?}");
    let words = "3 rows come back from another journal or job";
    let said = said(&site, "b.csv");
    assert_eq!(said.matches(words).count(), 1, "{said}");
}

#[test]
fn a_start_that_comes_back_without_its_time_means_what_it_meant_and_that_is_told() {
    let (site, made) = imported(&file(3, iso), "");
    let year = years::coming();
    // As SheetJS writes it: the time is gone, also the one that a person has changed.
    let dated = |cell: &str| {
        cell.strip_prefix(&format!("{year}-02-"))
            .map(|rest| format!("2/{}/{}", rest[..2].trim_start_matches('0'), year % 100))
    };
    let text = through(made.file("results"), |_, cell| dated(cell).unwrap_or_else(|| cell.to_owned()));
    assert!(text.contains(&format!(",2/2/{}", year % 100)), "{text}");
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; 3]), "{again:?}");
    let said = said(&site, "b.csv");
    assert_eq!(said.matches("3 rows come back without a time of day (the first in line 2)").count(), 1, "{said}");
    // Another day is a correction, and one without a time is refused.
    let moved = text.replacen(&format!(",2/2/{}", year % 100), &format!(",2/19/{}", year % 100), 1);
    let (writes, again) = site.writes_of(|| site.import_text("c.csv", &moved));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["invalid", "unchanged", "unchanged"]), "{again:?}");
}

#[test]
fn without_a_token_a_ref_or_a_user_that_has_lost_its_zeros_is_told() {
    let (site, made) = imported(&file(3, iso), "");
    let text = without(&through(made.file("results"), |_, cell| numbers(cell)), &["row"]);
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["invalid"; 3]), "{again:?}");
    let error = &again.rows[0]["error"];
    assert!(error.contains("the ref `1` is known to this job as `0001`"), "{error}");
    assert!(error.contains("the user_id `28` is known to this job as `00028`"), "{error}");
    assert!(error.contains("was made for the ref `0001`, and this row has the ref `1`"), "{error}");
    // The other way round, too: what this job knows has none.
    let plain = file(3, iso).replace("\n0001,00028", "\nB1,28").replace("\n0002", "\nB2").replace("\n0003", "\nB3");
    let again = site.import_text("c.csv", &plain);
    assert_eq!(again.statuses()[0], "invalid", "{again:?}");
    assert!(again.rows[0]["error"].contains("known to this job as `00028`"), "{again:?}");
}

#[test]
fn a_meeting_of_another_ref_is_not_made_a_second_time() {
    let (site, made) = imported(&file(2, iso), "");
    let text = without(&through(made.file("results"), |_, cell| cell.to_owned()), &["row"]);
    let text = text.replace(",0001,", ",N1,");
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["invalid", "unchanged"]), "{again:?}");
    let error = &again.rows[0]["error"];
    assert!(error.contains("was made for the ref `0001`, and this row has the ref `N1`"), "{error}");
}

#[test]
fn a_column_row_of_the_files_own_is_carried_through() {
    let site = new_site();
    let text = "row,ref,room_name,start_time,duration,moderators,participants\n";
    let text = format!("{text}front,A1,Algebra,{},60,1,30\n", iso(3, 9));
    let made = site.import_text("a.csv", &text);
    assert_eq!((made.row()["status"].as_str(), made.row()["input_row"].as_str()), ("created", "front"), "{made:?}");
    let said = said(&site, "a.csv");
    assert!(said.contains("Columns carried through unread: `row`."), "{said}");
    let text = through(made.file("results"), |_, cell| cell.to_owned());
    let again = site.import_text("b.csv", &text);
    assert_eq!(
        (again.row()["status"].as_str(), again.row()["input_row"].as_str()),
        ("unchanged", "front"),
        "{again:?}"
    );
}

#[test]
fn retry_of_an_edit_that_failed_means_the_meeting_that_it_meant() {
    let (site, made) = imported(&without(&file(2, iso), &["ref"]), "");
    let text = through(made.file("results"), |_, cell| numbers(cell)).replace(&iso(2, 8), &iso(2, 14));
    site.script("[[fault]]\nmatch = 'PATCH'\nkind = 'error_code'\ncode = 1617\nfirst = 1");
    let failed = site.import_text("b.csv", &text);
    assert_eq!(failed.statuses(), ["failed", "unchanged"], "{failed:?}");
    site.script("");
    let retry = || Imported::of(&site.run(&["retry", "--json", failed.run_id()]));
    let (writes, again) = site.writes_of(retry);
    assert_eq!((writes, again.statuses()), (Writes::patches(1), vec!["updated"]), "{again:?}");
    assert_eq!(site.meetings().len(), 2);
}
