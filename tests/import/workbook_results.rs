//! Results and retry files come as workbooks where a workbook was handed in, and mean what they meant before when they come back.

use std::path::Path;

use calamine::Data;
use rust_xlsxwriter::{Format, Workbook};

use super::years;
use crate::book::{self, cells, text};
use crate::importing::{Imported, job, new_site};
use crate::site::{Site, Writes};
use crate::workbooks::{HEADINGS, bytes, headings, row};

/// Hands in a workbook of two rows, of which the title of the second is too short.
fn handed_in(site: &Site) -> Imported {
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    row(plan, 1, "Algebra", 0.375);
    row(plan, 2, "PE", 10.75 / 24.0);
    site.write("plan.xlsx", bytes(book));
    let imported = site.import("plan.xlsx");
    assert_eq!(imported.statuses(), ["created", "invalid"]);
    imported
}

/// A part of a packed file.
fn part(path: &Path, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    std::io::read_to_string(zip.by_name(name).unwrap()).unwrap()
}

#[test]
fn results_of_a_workbook_are_a_workbook() {
    let site = new_site();
    let imported = handed_in(&site);
    let rows = book::rows(imported.file("results"));
    let at = |row: usize, heading: &str| rows[row][heading].clone();
    // Ids, tokens and PINs are texts; a start is a date, and a line a number.
    assert_eq!((at(0, "ref"), at(0, "user_id"), at(1, "code")), (text("0001"), text("u00001"), text("1612")));
    assert!(matches!(&at(0, "row"), Data::String(token) if token.starts_with("row_")), "{:?}", at(0, "row"));
    let pins: Vec<_> = ["mpin", "ppin"].iter().map(|name| at(0, name)).collect();
    assert!(pins.iter().all(|pin| matches!(pin, Data::String(pin) if pin.len() > 3)), "{pins:?}");
    assert!(matches!(&at(0, "start_time"), Data::DateTime(start) if start.is_datetime()), "{:?}", at(0, "start_time"));
    assert_eq!(at(0, "line"), Data::Float(2.0));
    // The token stands first. The title is coloured, and the reason is its note.
    assert_eq!(cells(imported.file("results"))[0][0], text("row"));
    let notes = part(imported.file("results"), "xl/comments1.xml");
    assert!(notes.contains("shorter than 3 characters") && notes.contains("ref=\"N3\""), "{notes}");
    let styles = part(imported.file("results"), "xl/styles.xml");
    assert!(styles.contains("FFFFC7CE"), "{styles}");
    // The workbook in the mail has no column of PINs.
    let mail = site.mails().pop().unwrap();
    let mail = mail_parser::MessageParser::new().parse(mail.as_bytes()).unwrap();
    let attached: Vec<_> = mail
        .attachments()
        .map(|found| {
            let name = mail_parser::MimeHeaders::attachment_name(found).unwrap().to_owned();
            site.write(&name, found.contents());
            (name.clone(), cells(&site.path(&name)).swap_remove(0))
        })
        .collect();
    let names: Vec<_> = attached.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["plan.retry.xlsx", "plan.results.xlsx"]);
    for (name, headings) in &attached {
        assert!(!headings.contains(&text("mpin")) && !headings.contains(&text("ppin")), "{name}: {headings:?}");
    }
}

/// The cells of a workbook as another program saves it, some of them otherwise.
fn saved(path: &Path, change: impl Fn(&str) -> Option<Data>) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    for (row, cells) in (0..).zip(cells(path)) {
        for (column, cell) in (0..).zip(cells) {
            match change(&cell.to_string()).unwrap_or(cell) {
                Data::String(text) => sheet.write_string(row, column, text),
                Data::Float(number) => sheet.write_number(row, column, number),
                Data::DateTime(at) => sheet.write_number_with_format(row, column, at.as_f64(), &date),
                _ => sheet.write_blank(row, column, &date),
            }
            .unwrap();
        }
    }
    bytes(book)
}

#[test]
fn a_retry_workbook_comes_back_with_what_a_person_corrected() {
    let site = new_site();
    let imported = handed_in(&site);
    let retry = imported.file("retry");
    site.write("again.xlsx", saved(retry, |_| None));
    let (writes, again) = site.writes_of(|| site.import("again.xlsx"));
    assert_eq!((again.statuses(), writes), (vec!["invalid"], Writes::NONE));
    // Meanwhile the spreadsheet has made a number of the reference.
    let correct = |cell: &str| match cell {
        "PE" => Some(text("Sports")),
        "0002" => Some(Data::Float(2.0)),
        _ => None,
    };
    site.write("corrected.xlsx", saved(again.file("retry"), correct));
    let (writes, corrected) = site.writes_of(|| site.import("corrected.xlsx"));
    assert_eq!((corrected.statuses(), writes), (vec!["created"], Writes::posts(1)));
    assert_eq!(corrected.row()["ref"], "0002", "{corrected:?}");
}

#[test]
fn a_results_workbook_comes_back_and_its_edits_are_those_of_its_meetings() {
    let site = new_site();
    let imported = handed_in(&site);
    let results = imported.file("results").to_owned();
    let numbers = |cell: &str| if cell == "0001" { Some(Data::Float(1.0)) } else { None };
    site.write("results.xlsx", saved(&results, numbers));
    let (writes, unchanged) = site.writes_of(|| site.import("results.xlsx"));
    assert_eq!((unchanged.statuses(), writes), (vec!["unchanged", "invalid"], Writes::NONE));
    let edit = |cell: &str| if cell == "Algebra" { Some(text("Geometry")) } else { numbers(cell) };
    site.write("edited.xlsx", saved(&results, edit));
    let (writes, edited) = site.writes_of(|| site.import("edited.xlsx"));
    assert_eq!((edited.statuses(), writes), (vec!["updated", "invalid"], Writes::patches(1)));
    assert_eq!(site.meetings()[0].room_name, "Geometry");
}

#[test]
fn the_form_of_results_may_be_said() {
    let site = new_site();
    let year = years::coming();
    site.configure(&job("results_format = \"xlsx\""));
    let table = format!("{}\n0001,u00001,Algebra,{year}-02-01 09:00,60,1,30\n", HEADINGS.join(","));
    let imported = site.import_text("a.csv", &table);
    let row = &book::rows(imported.file("results"))[0];
    assert_eq!((&row["status"], &row["ref"]), (&text("created"), &text("0001")));
    assert!(matches!(&row["start_time"], Data::DateTime(_)), "{row:?}");
    site.configure(&job("results_format = \"csv\""));
    site.write("b.xlsx", book::of(&table));
    let imported = site.import("b.xlsx");
    assert_eq!(imported.statuses(), ["unchanged"]);
    assert!(imported.files.iter().all(|file| file.extension().is_some_and(|ending| ending == "csv")), "{imported:?}");
    // The rows that are done again are written as the first time.
    site.configure(&job(""));
    site.write("c.xlsx", book::of(&format!("{}\n9,nobody,Music,{year}-02-01 09:00,60,1,3\n", HEADINGS.join(","))));
    let failed = site.import("c.xlsx");
    assert_eq!(failed.statuses(), ["failed"]);
    let again = Imported::of(&site.run(&["retry", "--json", failed.run_id()]));
    assert!(again.files.iter().all(|file| file.extension().is_some_and(|ending| ending == "xlsx")), "{again:?}");
}

#[test]
fn what_looks_like_a_date_or_a_number_is_a_text_where_no_dates_are_expected() {
    let site = new_site();
    let year = years::coming();
    let table = format!("{},Hall\n{year}-02-01,u00001,09:00,{year}-02-01 09:00,1:30,1,30,0012\n", HEADINGS.join(","));
    site.write("a.xlsx", book::of(&table));
    let imported = site.import("a.xlsx");
    assert_eq!(imported.statuses(), ["created"]);
    let row = &book::rows(imported.file("results"))[0];
    let reference = format!("{year}-02-01");
    assert_eq!((&row["ref"], &row["room_name"], &row["Hall"]), (&text(&reference), &text("09:00"), &text("0012")));
    assert!(matches!(&row["duration"], Data::DateTime(length) if length.is_duration()), "{row:?}");
}
