//! Workbooks as people hand them in: made by another library than the one that reads them.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::years;
use crate::importing::{self, Imported, Row, job, new_site};
use crate::site::{Site, Writes};

pub const HEADINGS: [&str; 7] = ["ref", "user_id", "room_name", "start_time", "duration", "moderators", "participants"];

/// The serial number of the first of February in the coming year.
fn serial() -> f64 {
    let before = f64::from(years::coming()) - 1.0;
    // Day 1 is the first of January 1900, and one day is counted that never was.
    let days = |year: f64| year * 365.0 + (year / 4.0).floor() - (year / 100.0).floor() + (year / 400.0).floor();
    days(before) - days(1899.0) + 1.0 + 32.0
}

pub fn headings(sheet: &mut Worksheet, row: u32) {
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write_string(row, column, heading).unwrap();
    }
}

/// A row with a reference, a title and a start, as a spreadsheet stores them.
pub fn row(sheet: &mut Worksheet, row: u32, title: &str, time: f64) {
    let (date, zeros) = (Format::new().set_num_format("dd.mm.yyyy hh:mm"), Format::new().set_num_format("0000"));
    sheet.write_number_with_format(row, 0, f64::from(row), &zeros).unwrap();
    sheet.write_string(row, 1, "u00001").unwrap();
    sheet.write_string(row, 2, title).unwrap();
    sheet.write_number_with_format(row, 3, serial() + time, &date).unwrap();
    sheet.write_number(row, 4, 60.0).unwrap();
    sheet.write_number(row, 5, 1.0).unwrap();
    sheet.write_number(row, 6, 30.0).unwrap();
}

pub fn bytes(mut book: Workbook) -> Vec<u8> {
    book.save_to_buffer().unwrap()
}

fn remarks(ran: &serde_json::Value) -> String {
    ran["remarks"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn is_refused(site: &Site, name: &str, bytes: &[u8], words: &[&str]) {
    site.write(name, bytes);
    importing::is_refused(site, name, words);
}

#[test]
fn a_workbook_is_read_as_its_author_sees_it() {
    let site = new_site();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write_string(0, 0, "not this one").unwrap();
    book.add_worksheet().set_name("Old").unwrap().set_hidden(true).write_string(0, 0, "nor this").unwrap();
    let plan = book.add_worksheet().set_name("Plan").unwrap();
    headings(plan, 0);
    row(plan, 1, "Algebra, \"I\"", 0.375);
    row(plan, 2, "=SUM(A1:A9)", 10.75 / 24.0);
    row(plan, 4, "History", 0.5);
    plan.set_row_hidden(4).unwrap();
    site.write("plan.xlsx", bytes(book));
    let ran = site.run(&["import", "--json", "plan.xlsx"]);
    let told = remarks(&ran.json());
    for words in ["from the sheet `Plan` of the workbook, which has 2 sheets", "row 5 is hidden"] {
        assert!(told.contains(words), "{told}");
    }
    let mut meetings = site.meetings();
    meetings.sort_by_key(|meeting| meeting.room_name.clone());
    let titles: Vec<_> = meetings.iter().map(|meeting| meeting.room_name.as_str()).collect();
    assert_eq!(titles, ["=SUM(A1:A9)", "Algebra, \"I\"", "History"]);
    assert!(meetings.iter().all(|meeting| meeting.user_id == "u00001"), "{meetings:?}");
    // The same rows as text are the same meetings.
    let year = years::coming();
    let text = format!(
        "{}\n0001,u00001,\"Algebra, \"\"I\"\"\",{year}-02-01 09:00,60,1,30\n0004,u00001,History,{year}-02-01 12:00,60,1,30\n",
        HEADINGS.join(",")
    );
    assert_eq!(site.import_text("plan.csv", &text).statuses(), ["unchanged"; 2]);
}

#[test]
fn a_sheet_is_chosen_by_its_name_also_a_hidden_one() {
    let site = new_site();
    site.configure(&job("sheet = \"plan b\""));
    let mut book = Workbook::new();
    for name in ["Plan A", "Plan B"] {
        let plan = book.add_worksheet().set_name(name).unwrap();
        headings(plan, 0);
        row(plan, 1, name, 0.375);
    }
    book.worksheet_from_name("Plan B").unwrap().set_hidden(true);
    site.write("plan.xlsx", bytes(book));
    assert_eq!(site.run(&["import", "plan.xlsx"]).code, 0);
    assert_eq!(site.meetings().iter().map(|meeting| meeting.room_name.clone()).collect::<Vec<_>>(), ["Plan B"]);
    let mut other = Workbook::new();
    other.add_worksheet().set_name("Other").unwrap();
    is_refused(&site, "other.xlsx", &bytes(other), &["there is no sheet `plan b`", "`Other`"]);
}

#[test]
fn errors_and_formulas_without_a_value_make_their_row_invalid() {
    let site = new_site();
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    for (at, title) in [(1, "Algebra"), (2, "History"), (3, "Music")] {
        row(plan, at, title, 0.375);
    }
    plan.write_formula(2, 2, Formula::new("=A9&\"x\"").set_result("x")).unwrap();
    plan.write_string(3, 2, "#REF!").unwrap();
    site.write("plan.xlsx", bytes(book));
    let ran = site.run(&["import", "--json", "plan.xlsx"]);
    // The library leaves its formulas to be computed by the program that opens the workbook.
    assert!(remarks(&ran.json()).contains("Formulas without a value: C3."), "{ran:?}");
    assert_eq!(ran.json()["run"]["counts"]["invalid"], 2, "{ran:?}");
}

#[test]
fn what_is_called_otherwise_is_recognised_and_told() {
    let site = new_site();
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    row(plan, 1, "Algebra", 0.375);
    site.write("plan.csv", bytes(book));
    let told = remarks(&site.run(&["import", "--json", "plan.csv"]).json());
    assert!(told.contains("the file plan.csv is a workbook"), "{told}");
    let year = years::coming();
    site.write("b.xlsx", format!("{}\n0001,u00001,Algebra,{year}-02-01 09:00,60,1,30\n", HEADINGS.join(",")));
    let ran = site.run(&["import", "--json", "b.xlsx"]).json();
    assert!(remarks(&ran).contains("the file b.xlsx is text, not a workbook"), "{ran}");
    assert_eq!(ran["run"]["counts"]["unchanged"], 1, "{ran}");
}

#[test]
fn what_is_packed_and_no_workbook_is_refused_with_advice() {
    let site = new_site();
    is_refused(&site, "a.xlsx", b"PK\x03\x04 a workbook", &["damaged", "save it again"]);
    is_refused(&site, "a.xls", b"<html><table><tr><td>ref</td></tr></table></html>", &["web page", "save it as .xlsx"]);
    is_refused(&site, "b.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 half", &["damaged"]);
    let mut book = Workbook::new();
    book.add_worksheet().set_name("One").unwrap().write_string(0, 0, "x").unwrap();
    book.add_worksheet().set_name("Two").unwrap();
    is_refused(&site, "c.xlsx", &bytes(book), &["no visible sheet of `One`, `Two`", "there is no column"]);
}

#[test]
fn errors_are_told_with_their_places() {
    let site = new_site();
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    for (at, title) in [(1, "Algebra"), (2, "History"), (3, "Music")] {
        row(plan, at, title, 0.375);
    }
    plan.write_string(0, 7, "Hall").unwrap();
    // The library writes no errors, but a formula's value that is one.
    plan.write_formula(2, 3, Formula::new("=A9+#REF!").set_result("#REF!")).unwrap();
    plan.write_formula(3, 7, Formula::new("=VLOOKUP(1,A9:B9,2)").set_result("#N/A")).unwrap();
    let computed = packed(&bytes(book), "xl/workbook.xml", &|book| book.replace("fullCalcOnLoad=\"1\"", ""));
    site.write("plan.xlsx", computed);
    let ran = site.run(&["import", "--json", "plan.xlsx"]);
    let told = remarks(&ran.json());
    assert!(told.contains("Cells hold an error of the spreadsheet: D3 (#REF!), H4 (#N/A)."), "{told}");
    // The hall is not needed.
    let counts = &ran.json()["run"]["counts"];
    assert_eq!((&counts["invalid"], &counts["created"]), (&1.into(), &2.into()), "{ran:?}");
}

/// The package `CompactXLSX` for Python writes such workbooks in its version 0.1.0. The format allows it: what names no place is the
/// next one, and a blank cell or row stands there with nothing in it. Some programs move what follows to the left.
#[test]
fn rows_and_cells_that_do_not_name_their_places_are_counted() {
    let site = new_site();
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    plan.write_string(0, 7, "Hall").unwrap();
    plan.write_string(0, 8, "Cost").unwrap();
    // The fourth row has no cells, and rows have others behind a blank one.
    for (at, title) in [(1, "Algebra"), (2, "Music"), (4, "History"), (5, "Biology")] {
        row(plan, at, title, 0.375);
    }
    plan.clear_cell(2, 5);
    plan.write_formula(4, 8, Formula::new("=A9+1").set_result("1")).unwrap();
    plan.write_number(5, 8, 4711.0).unwrap();
    plan.set_row_hidden(5).unwrap();
    // An error of a name that not every reader knows.
    let named = packed(&bytes(book), SHEET, &|sheet| sheet.replace("><v>4711<", " t=\"e\"><v>#SPILL!<"));
    let counted = packed(&named, SHEET, &without_places);
    let [(_, told, first), (writes, told_again, again)] = [named, counted].map(|book| {
        site.write("plan.xlsx", book);
        let (writes, ran) = site.writes_of(|| site.run(&["import", "--json", "plan.xlsx"]));
        (writes, remarks(&ran.json()), Imported::of(&ran))
    });
    for words in ["Formulas without a value: I5.", "hold an error of the spreadsheet: I6 (#SPILL!)", "row 6 is hidden"]
    {
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(first.statuses(), ["created", "invalid", "created", "created"], "{first:?}");
    assert_eq!((writes, told_again), (Writes::NONE, told));
    assert_eq!(again.statuses(), ["unchanged", "invalid", "unchanged", "unchanged"], "{again:?}");
    let handed_in = |imported: &Imported| {
        let cells = |row: &Row| {
            ["line", "error", "Hall", "Cost"].into_iter().chain(HEADINGS).map(|name| row[name].clone()).collect()
        };
        imported.rows.iter().map(cells).collect::<Vec<Vec<_>>>()
    };
    assert_eq!(handed_in(&again), handed_in(&first));
}

#[test]
fn a_workbook_that_a_password_protects_is_refused_with_advice() {
    let site = new_site();
    let mut office = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    for name in ["EncryptionInfo", "EncryptedPackage"] {
        std::io::Write::write_all(&mut office.create_stream(name).unwrap(), &[7; 5000]).unwrap();
    }
    office.flush().unwrap();
    let words = ["protected by a password", "The protection of a sheet alone may stay"];
    is_refused(&site, "plan.xlsx", &office.into_inner().into_inner(), &words);
    // The beginning of a workbook of 1997, and the record that says how what follows is encrypted.
    let mut old = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    let begin = [0x09, 0x08, 0x10, 0x00, 0x00, 0x06, 0x05, 0x00, 0xBB, 0x0D, 0xCC, 0x07, 0, 0, 0, 0, 0x06, 0, 0, 0];
    let encrypted = [&[0x2F, 0x00, 0x36, 0x00][..], &[7; 0x36], &[0x0A, 0, 0, 0]].concat();
    std::io::Write::write_all(&mut old.create_stream("Workbook").unwrap(), &[&begin[..], &encrypted].concat()).unwrap();
    old.flush().unwrap();
    is_refused(&site, "plan.xls", &old.into_inner().into_inner(), &words);
    let mut open = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", "\u{7}\u{1}\u{8}"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry \
             manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
        ),
    ] {
        open.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut open, text.as_bytes()).unwrap();
    }
    is_refused(&site, "plan.ods", &open.finish().unwrap().into_inner(), &words);
    // A sheet that is protected may be read.
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    row(plan, 1, "Algebra", 0.375);
    plan.protect_with_password("secret");
    site.write("sheet.xlsx", bytes(book));
    assert_eq!(site.run(&["import", "sheet.xlsx"]).code, 0);
}

#[test]
fn what_is_larger_than_a_sheet_may_be_is_refused_and_not_held_in_memory() {
    let site = new_site();
    site.configure(&job("max_file_size = \"1 MiB\""));
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    for at in 1..40_000 {
        for column in 0..7 {
            plan.write_string(at, column, "the same text in every cell of the sheet").unwrap();
        }
    }
    let bomb = bytes(book);
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let beyond = packed(&bomb, SHEET, &|sheet| {
        let end = sheet.find("</sheetData>").unwrap();
        format!("{}{}{}", &sheet[..end], " ".repeat(22 << 20), &sheet[end..])
    });
    is_refused(&site, "bomb.xlsx", &beyond, &["unpacked, the workbook is larger"]);
    let says_more = packed(&bomb, "xl/sharedStrings.xml", &|texts| {
        let at = texts.find("uniqueCount=\"").unwrap() + "uniqueCount=\"".len();
        format!("{}4000000000{}", &texts[..at], &texts[at..])
    });
    is_refused(&site, "count.xlsx", &says_more, &["unpacked, the workbook is larger"]);
}

/// The part of a workbook that is its first sheet.
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A sheet whose rows and cells do not name their places: those that it leaves out stand there, blank.
fn without_places(sheet: &str) -> String {
    let (mut text, mut rows, mut cells) = (String::new(), 0, 0);
    for tag in sheet.split('<').skip(1) {
        let named = tag.split_once(" r=\"").and_then(|(tag, rest)| Some((tag, rest.split_once('"')?)));
        match named {
            Some(("row", (place, rest))) => {
                let row: usize = place.parse().unwrap();
                text.extend([&*"<row/>".repeat(row - rows - 1), "<row", rest]);
                (rows, cells) = (row, 0);
            }
            Some(("c", (place, rest))) => {
                let column = usize::from(place.as_bytes()[0] - b'A');
                text.extend([&*"<c/>".repeat(column - cells), "<c", rest]);
                cells = column + 1;
            }
            _ => text.extend(["<", tag]),
        }
    }
    assert!(text.contains("<row/>") && text.contains("<c/><c") && !text.contains(" r=\""), "{text}");
    text
}

/// The same workbook with one part changed.
fn packed(book: &[u8], part: &str, change: &dyn Fn(&str) -> String) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut from = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut file = from.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if name == part {
            bytes = change(std::str::from_utf8(&bytes).unwrap()).into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}
