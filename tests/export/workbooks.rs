//! Exports as workbooks: a day's file is written whole with each run, and says all that it said before.

use std::fs;

use calamine::Data;

use crate::book;
use crate::exporting::{HEADINGS, ids, job, with_past};
use crate::site::{Site, names};

const FILE: &str = "exports/all.xlsx";

fn new_site(past: usize) -> Site {
    let site = with_past(past);
    site.configure(&job(FILE, "format = 'xlsx'"));
    site
}

/// The ids in an export, sorted.
fn exported(site: &Site, name: &str) -> Vec<String> {
    let shown = |row: book::Row| row.into_iter().map(|(heading, cell)| (heading, cell.to_string())).collect();
    ids(&book::rows(&site.path(name)).into_iter().map(shown).collect::<Vec<_>>())
}

#[test]
fn a_workbook_says_after_each_run_all_that_was_exported() {
    let site = new_site(3);
    site.export();
    let headings: Vec<_> = book::cells(&site.path(FILE))[0].iter().map(ToString::to_string).collect();
    assert_eq!(headings.join(","), HEADINGS);
    let row = book::rows(&site.path(FILE)).swap_remove(0);
    // Ids are texts, and what is counted are numbers.
    assert!(matches!(&row["meeting_id"], Data::String(_)) && matches!(&row["duration"], Data::Float(_)), "{row:?}");
    let before = fs::read(site.path(FILE)).unwrap();
    site.export();
    assert!(fs::read(site.path(FILE)).unwrap() == before, "a run with nothing new leaves the file as it is");
    site.sandbox.add_meetings(2, 0);
    site.export();
    assert_eq!(exported(&site, FILE), site.ids());
    assert_eq!(names(&site.path("exports")), ["all.xlsx"]);
}

#[test]
fn a_workbook_that_is_none_any_more_is_left_alone_and_nothing_is_lost() {
    let site = new_site(3);
    site.export();
    for (spoilt, why) in [(b"PK\x03\x04 half".to_vec(), "workbook"), (book::of("a,b\n1,2\n"), "columns")] {
        fs::write(site.path(FILE), &spoilt).unwrap();
        site.sandbox.add_meetings(1, 0);
        let ran = site.run(&["run", "history"]);
        assert!(ran.code == 0 && ran.out.contains(why) && ran.out.contains("all-2.xlsx"), "{ran:?}");
        assert!(fs::read(site.path(FILE)).unwrap() == spoilt);
    }
    assert_eq!(exported(&site, "exports/all-2.xlsx").len(), 2);
}

#[test]
fn a_kill_leaves_the_workbook_as_it_was_or_as_it_is_to_be() {
    for place in ["file.sync.before", "file.rename.before", "file.rename.after", "file.sync.after"] {
        let site = new_site(3);
        site.export();
        site.sandbox.add_meetings(2, 0);
        assert!(site.export_killed_at(place, 1), "{place}");
        let found = exported(&site, FILE).len();
        assert!(found == 3 || found == 5, "{place}: {found}");
        site.export();
        assert_eq!(exported(&site, FILE), site.ids(), "{place}");
        assert_eq!(names(&site.path("exports")), ["all.xlsx"], "{place}");
    }
}
