//! `results` writes the files of a run once more from the journal: the same bytes, but for the PINs, which are told once.

use std::fs;

use rust_xlsxwriter::Workbook;

use crate::book;
use crate::importing::{Imported, job, new_site, read};
use crate::site::{Site, timetable, wait_for, wait_until};
use crate::workbooks::{bytes, headings, row};

/// Rows with semicolons and German starts, of which one has a title that is too short and one would be a formula.
fn german() -> String {
    let rows = timetable(0..4).replace("Lecture 000003", "ab").replace("Lecture 000002", "=Lecture; \"2\"");
    let mut text = String::new();
    for line in rows.lines() {
        let cells = line.split(',').map(|cell| match cell.split_once([' ', 'T']) {
            Some((day, time)) if day.len() == 10 && day.as_bytes()[4] == b'-' => {
                format!("{}.{}.{} {}", &day[8..], &day[5..7], &day[..4], &time[..5])
            }
            _ if cell.contains(';') => format!("\"{}\"", cell.replace('"', "\"\"")),
            _ => cell.to_owned(),
        });
        text.push_str(&cells.collect::<Vec<_>>().join(";"));
        text.push('\n');
    }
    text
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let plan = book.add_worksheet();
    headings(plan, 0);
    row(plan, 1, "Algebra", 0.375);
    row(plan, 2, "PE", 10.75 / 24.0);
    bytes(book)
}

/// The file that the journal makes of a run.
fn rewritten(site: &Site, run: &str, retry: bool) -> Vec<u8> {
    let more: &[&str] = if retry { &["--retry"] } else { &[] };
    let _ = fs::remove_file(site.path("again"));
    site.run(&[&["results", run, "--to", "again"], more].concat()).expect(0, "again");
    fs::read(site.path("again")).unwrap()
}

#[track_caller]
fn expect_the_same_bytes(site: &Site, imported: &Imported) {
    for (what, retry) in [("results", false), ("retry", true)] {
        let own = fs::read(imported.file(what)).unwrap();
        assert!(rewritten(site, imported.run_id(), retry) == own, "{what}");
    }
}

#[test]
fn the_same_bytes_come_from_the_journal_as_text_and_as_a_workbook() {
    let site = new_site();
    site.write("german.csv", german());
    site.write("plan.xlsx", workbook());
    let dates = "date_formats = [\"%d.%m.%Y %H:%M\"]\nresults_pins = false\n";
    for (name, format) in [("german.csv", "same"), ("german.csv", "xlsx"), ("plan.xlsx", "same"), ("plan.xlsx", "csv")]
    {
        site.configure(&job(&format!("{dates}results_format = \"{format}\"")));
        let imported = site.import(name);
        assert!(imported.statuses().contains(&"invalid"), "{imported:?}");
        expect_the_same_bytes(&site, &imported);
        // By itself it has the name of the run's own file.
        fs::remove_file(imported.file("retry")).unwrap();
        let own = imported.file("retry").file_name().unwrap().to_str().unwrap();
        site.run(&["results", &imported.run_id()[24..], "--retry"]).expect(0, own);
        assert!(imported.file("retry").exists());
    }
}

#[test]
fn all_but_the_pins_is_there_and_it_is_said_that_they_are_not() {
    let site = new_site();
    site.write("plan.xlsx", workbook());
    for (name, text) in [("a.csv", Some(timetable(0..3).replace("Lecture 000002", "ab"))), ("plan.xlsx", None)] {
        let imported = match text {
            Some(text) => site.import_text(name, &text),
            None => site.import(name),
        };
        let told = site.run(&["results", imported.run_id(), "--to", &format!("again-{name}")]);
        told.expect(0, "it has no PINs: they were told once, in the run's own results file");
        let again = site.path(&format!("again-{name}"));
        if name == "a.csv" {
            let (mut own, again) = (imported.rows.clone(), read(&again));
            assert!(own.iter().any(|row| row["mpin"].len() > 3) && again.iter().all(|row| row["mpin"].is_empty()));
            own.iter_mut()
                .flat_map(|row| [row.insert("mpin".into(), String::new()), row.insert("ppin".into(), String::new())])
                .for_each(drop);
            assert_eq!(again, own);
        } else {
            let (own, again) = (book::rows(imported.file("results")), book::rows(&again));
            assert_ne!(own, again);
            let bare = |rows: Vec<book::Row>| {
                rows.into_iter()
                    .map(|mut row| {
                        row.retain(|name, _| !name.ends_with("pin"));
                        row
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(bare(own), bare(again));
        }
        // The retry file never had any.
        expect_the_same_retry(&site, &imported);
    }
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[track_caller]
fn expect_the_same_retry(site: &Site, imported: &Imported) {
    assert!(rewritten(site, imported.run_id(), true) == fs::read(imported.file("retry")).unwrap());
}

#[test]
fn a_run_of_a_job_that_is_not_configured_any_more_has_its_results() {
    let site = new_site();
    site.configure(&job("results_pins = false"));
    let imported = site.import_text("a.csv", &timetable(0..3).replace("Lecture 000002", "ab"));
    for tables in ["", "[schedule_meetings.another]\nwas = \"timetable\"\nresults_pins = false\n"] {
        site.configure(tables);
        expect_the_same_retry(&site, &imported);
    }
    expect_the_same_bytes(&site, &imported);
}

#[test]
fn what_has_no_results_is_told_why() {
    let site = new_site();
    site.configure(&format!("{}[sync_rooms.policy]\nrooms = {{ own = true }}\nset = {{ knock = true }}\n", job("")));
    site.run(&["results", "0190ffff"]).expect(2, "there is no run 0190ffff");
    let refused = site.import_text("bad.csv", "no,table\n1,2\n");
    site.run(&["results", refused.run_id()]).expect(1, "has no rows: its file was refused whole (");
    let good = site.import_text("a.csv", &timetable(0..1));
    site.run(&["results", good.run_id(), "--retry"]).expect(1, "each row of the run");
    site.run(&["results", good.run_id()]).expect(1, "is there already: name another file with --to");
    site.run(&["results", good.run_id(), "--to", "none/a.csv"]).expect(1, "cannot be written: ");
    site.run(&["results", good.run_id(), "--to", "state"]).expect(0, "state/a.");
    site.run(&["run", "policy"]).expect(0, "");
    let rooms = site.json(&["history", "policy", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["results", &rooms])
        .expect(1, "a run of sync_rooms leaves no results file; `roomkeeper show RUN` tells its");
}

#[test]
fn a_run_that_is_under_way_has_no_results_yet() {
    let site = Site::builder().delay(50).api("max_in_flight = 1").build(&job(""));
    site.write("a.csv", timetable(0..60));
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("it sends", || site.writes().total() > 2);
    let run = wait_for("the run", || site.json(&["history", "--json"])[0]["run"].as_str().map(str::to_owned));
    site.run(&["results", &run, "--to", "b.csv"]).expect(1, "is under way: its results are there at its end");
    assert!(import.wait().success());
    site.run(&["results", &run, "--to", "b.csv"]).expect(0, "it has no PINs");
}
