//! Rows that did not succeed are done again: by the retry file, once it is corrected, and by `retry RUN`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use super::years;
use crate::importing::{Imported, job, new_site};
use crate::site::{Site, Writes};

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants,Hall";

fn file(rows: &[(&str, &str)]) -> String {
    let year = years::coming();
    let row =
        |(reference, title): &(&str, &str)| format!("{reference},u00001,{title},{year}-02-01 09:00,60,1,30,H 1\n");
    format!("{HEADINGS}\n{}", rows.iter().map(row).collect::<String>())
}

fn retry(site: &Site, run: &str) -> Imported {
    Imported::of(&site.run(&["retry", "--json", run]))
}

#[test]
fn a_retry_file_is_imported_as_it_is_once_it_is_corrected() {
    let site = new_site();
    let imported = site.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "ab"), ("A3", "=ab"), ("A4", "x")]));
    assert_eq!(imported.statuses(), ["created", "invalid", "created", "invalid"], "{imported:?}");
    let text = fs::read_to_string(imported.file("retry")).unwrap();
    assert!(text.trim_start_matches('\u{feff}').starts_with("row,line,status,code,error,ref,"), "{text}");
    let unchanged = site.import_text("retry.csv", &text);
    assert_eq!((unchanged.code, unchanged.statuses()), (1, vec!["invalid", "invalid"]));
    let corrected = text.replace(",ab,", ",Abacus,").replace(",x,", ",Xylophone,");
    let (writes, again) = site.writes_of(|| site.import_text("retry.csv", &corrected));
    assert_eq!((writes, again.code, again.statuses()), (Writes::posts(2), 0, vec!["created", "created"]), "{again:?}");
    assert_eq!(again.rows[0]["Hall"], "H 1");
    assert!(!again.rows[0].keys().any(|heading| heading.starts_with("input_input")), "{again:?}");
    // Requests are under way side by side, so the server may hear of the later row first.
    let titles: BTreeSet<_> = site.meetings().into_iter().map(|meeting| meeting.room_name).collect();
    assert_eq!(titles, ["Algebra", "=ab", "Abacus", "Xylophone"].map(str::to_owned).into());
}

#[test]
fn a_results_file_can_be_imported_too() {
    let site = new_site();
    let imported = site.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "Physics")]));
    fs::copy(imported.file("results"), site.path("b.csv")).unwrap();
    let (writes, again) = site.writes_of(|| site.import("b.csv"));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged", "unchanged"]), "{again:?}");
}

#[test]
fn retry_does_again_what_did_not_succeed_and_nothing_else() {
    let site = new_site();
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nevery = 2");
    let rows = [("A1", "Algebra"), ("A2", "Physics"), ("A3", "ab"), ("A4", "Poetry"), ("A5", "Drawing")];
    let imported = site.import_text("a.csv", &file(&rows));
    assert_eq!(imported.code, 3);
    let failed: Vec<_> = imported.rows.iter().filter(|row| row["code"] == "1617").collect();
    assert_eq!(failed.len(), 2, "{imported:?}");
    assert!(failed.iter().all(|row| row["status"] == "failed" && !row["error"].is_empty()));
    fs::remove_file(site.path("a.csv")).unwrap();
    site.script("");
    let (writes, again) = site.writes_of(|| retry(&site, imported.run_id()));
    assert_eq!((writes, again.code), (Writes::posts(2), 3), "{again:?}");
    assert_eq!((&again.run["trigger"], &again.run["job"]), (&json!("retry"), &json!("import")));
    // The rows keep the lines that the file gave them.
    let lines: Vec<_> = again.rows.iter().map(|row| row["line"].clone()).collect();
    let before = imported.rows.iter().filter(|row| row["status"] != "created").map(|row| row["line"].clone());
    assert_eq!(lines, before.collect::<Vec<_>>());
    assert_eq!(again.statuses().iter().filter(|status| **status == "created").count(), 2);
    assert_eq!(again.rows[0]["Hall"], "H 1");
    assert_eq!(site.meetings().len(), 4);
}

#[test]
fn retry_leaves_out_what_a_later_run_has_dealt_with() {
    let site = new_site();
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 2");
    let first = site.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "Physics")]));
    assert_eq!((first.code, first.statuses()), (1, vec!["failed", "failed"]));
    let later = site.import_text("b.csv", &file(&[("A1", "Algebra II")]));
    let (writes, again) = site.writes_of(|| retry(&site, first.run_id()));
    assert_eq!((writes, again.statuses()), (Writes::posts(1), vec!["skipped", "created"]), "{again:?}");
    let superseded = format!("superseded by {}", later.run_id());
    assert_eq!(again.rows[0]["error"], superseded);
    assert_eq!(again.code, 0);
    // Now everything is dealt with, by that retry.
    let (writes, once_more) = site.writes_of(|| retry(&site, first.run_id()));
    assert_eq!((writes, once_more.statuses()), (Writes::NONE, vec!["skipped", "skipped"]), "{once_more:?}");
}

#[test]
fn retry_of_a_run_in_which_all_succeeded_does_nothing() {
    let site = new_site();
    let imported = site.import_text("a.csv", &file(&[("A1", "Algebra")]));
    let (writes, again) = site.writes_of(|| retry(&site, imported.run_id()));
    assert_eq!((writes, again.code, again.rows.len()), (Writes::NONE, 0, 0), "{again:?}");
    let none = site.run(&["retry", "01a20c12-7b61-70f1-bdb5-148dbe9077d3"]);
    assert!(none.code == 2 && none.err.contains("history"), "{none:?}");
}

#[test]
fn retry_of_a_file_that_was_refused_whole_says_what_to_do() {
    let site = new_site();
    site.write("a.csv", "room_name,start_time\nAlgebra,2020-01-01 09:00\n");
    let refused = Imported::of(&site.run(&["import", "--json", "a.csv"]));
    let ran = site.run(&["retry", refused.run_id()]);
    assert!(ran.code == 2 && ran.err.contains("import") && ran.err.contains("a.csv"), "{ran:?}");
    assert_eq!(site.run(&["history", "--json"]).json().as_array().unwrap().len(), 1);
}

/// Imports a row whose request is lost as `kind` says, while nothing can be found out about it until the run's time is up.
fn unknown(site: &Site, kind: &str) -> Imported {
    site.configure(&job("timeout = '2s'"));
    // Counts the lists that a row like this takes before it is sent.
    let lists = |site: &Site| site.sandbox.requests().get("GET /meetings").copied().unwrap_or(0);
    site.import_text("before.csv", &file(&[("A0", "Arithmetic")]).replace("u00001", "u00002"));
    let before_sending = lists(site);
    site.script(&format!(
        "[[fault]]\nmatch = 'POST /meetings'\nkind = '{kind}'\nfirst = 1\n\
         [[fault]]\nmatch = 'GET /meetings'\nkind = 'stall_late'\nfor_ms = 1\nfirst = {before_sending}\n\
         [[fault]]\nmatch = 'GET /meetings'\nkind = 'http_500_before'"
    ));
    let imported = site.import_text("a.csv", &file(&[("A1", "Algebra")]));
    assert_eq!((imported.code, imported.statuses()), (1, vec!["unknown"]), "{imported:?}");
    assert!(imported.row()["error"].contains("could not be found out"), "{imported:?}");
    site.script("");
    site.configure(&job(""));
    imported
}

#[test]
fn retry_of_an_unknown_row_finds_its_meeting_and_sends_nothing() {
    let site = new_site();
    let imported = unknown(&site, "reset_after");
    let (writes, again) = site.writes_of(|| retry(&site, imported.run_id()));
    assert_eq!((writes, again.code, again.statuses()), (Writes::NONE, 0, vec!["created"]), "{again:?}");
    let meetings = site.meetings();
    let made = meetings.iter().find(|meeting| meeting.room_name == "Algebra").unwrap();
    assert_eq!((&again.row()["meeting_id"], &again.row()["mpin"]), (&made.meeting_id, &made.mpin));
    assert_eq!(meetings.len(), 2);
    // It is ours from now on.
    let (writes, changed) =
        site.writes_of(|| site.import_text("a.csv", &file(&[("A1", "Algebra")]).replace(",30,", ",31,")));
    assert_eq!((writes, changed.statuses()), (Writes::patches(1), vec!["updated"]), "{changed:?}");
}

#[test]
fn retry_of_an_unknown_row_that_was_not_carried_out_sends_it_once() {
    let site = new_site();
    let imported = unknown(&site, "reset_before");
    let (writes, again) = site.writes_of(|| retry(&site, imported.run_id()));
    assert_eq!((writes, again.code, again.statuses()), (Writes::posts(1), 0, vec!["created"]), "{again:?}");
    assert_eq!(site.meetings().len(), 2);
}
