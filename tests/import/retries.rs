//! What did not succeed is done again: by the retry file, once it is corrected, and by `retry RUN`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use super::world::{Imported, World, job};
use super::years;

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants,Hall";

fn file(rows: &[(&str, &str)]) -> String {
    let year = years::coming();
    let row =
        |(reference, title): &(&str, &str)| format!("{reference},u00001,{title},{year}-02-01 09:00,60,1,30,H 1\n");
    format!("{HEADINGS}\n{}", rows.iter().map(row).collect::<String>())
}

fn retry(world: &World, run: &str) -> Imported {
    Imported::of(&world.run(&["retry", "--json", run]))
}

#[test]
fn a_retry_file_is_imported_as_it_is_once_it_is_corrected() {
    let world = World::new();
    let imported = world.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "ab"), ("A3", "=ab"), ("A4", "x")]));
    assert_eq!(imported.statuses(), ["created", "invalid", "created", "invalid"], "{imported:?}");
    let text = fs::read_to_string(imported.file("retry")).unwrap();
    assert!(text.trim_start_matches('\u{feff}').starts_with("line,status,code,error,ref,"), "{text}");
    let unchanged = world.import_text("retry.csv", &text);
    assert_eq!((unchanged.code, unchanged.statuses()), (1, vec!["invalid", "invalid"]));
    let corrected = text.replace(",ab,", ",Abacus,").replace(",x,", ",Xylophone,");
    let (writes, again) = world.writes_of(|| world.import_text("retry.csv", &corrected));
    assert_eq!((writes, again.code, again.statuses()), ([2, 0, 0], 0, vec!["created", "created"]), "{again:?}");
    assert_eq!(again.rows[0]["Hall"], "H 1");
    assert!(!again.rows[0].keys().any(|heading| heading.starts_with("input_input")), "{again:?}");
    // Requests are under way side by side, so the server may hear of the later row first.
    let titles: BTreeSet<_> = world.meetings().into_iter().map(|meeting| meeting.room_name).collect();
    assert_eq!(titles, ["Algebra", "=ab", "Abacus", "Xylophone"].map(str::to_owned).into());
}

#[test]
fn a_results_file_can_be_imported_too() {
    let world = World::new();
    let imported = world.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "Physics")]));
    fs::copy(imported.file("results"), world.path("b.csv")).unwrap();
    let (writes, again) = world.writes_of(|| world.import("b.csv"));
    assert_eq!((writes, again.statuses()), ([0, 0, 0], vec!["unchanged", "unchanged"]), "{again:?}");
}

#[test]
fn retry_does_again_what_did_not_succeed_and_nothing_else() {
    let world = World::new();
    world.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nevery = 2");
    let rows = [("A1", "Algebra"), ("A2", "Physics"), ("A3", "ab"), ("A4", "Poetry"), ("A5", "Drawing")];
    let imported = world.import_text("a.csv", &file(&rows));
    assert_eq!(imported.code, 3);
    let failed: Vec<_> = imported.rows.iter().filter(|row| row["code"] == "1617").collect();
    assert_eq!(failed.len(), 2, "{imported:?}");
    assert!(failed.iter().all(|row| row["status"] == "failed" && !row["error"].is_empty()));
    fs::remove_file(world.path("a.csv")).unwrap();
    world.script("");
    let (writes, again) = world.writes_of(|| retry(&world, imported.run_id()));
    assert_eq!((writes, again.code), ([2, 0, 0], 3), "{again:?}");
    assert_eq!((&again.run["trigger"], &again.run["job"]), (&json!("retry"), &json!("import")));
    // The rows keep the lines that the file gave them.
    let lines: Vec<_> = again.rows.iter().map(|row| row["line"].clone()).collect();
    let before = imported.rows.iter().filter(|row| row["status"] != "created").map(|row| row["line"].clone());
    assert_eq!(lines, before.collect::<Vec<_>>());
    assert_eq!(again.statuses().iter().filter(|status| **status == "created").count(), 2);
    assert_eq!(again.rows[0]["Hall"], "H 1");
    assert_eq!(world.meetings().len(), 4);
}

#[test]
fn retry_leaves_out_what_a_later_run_has_dealt_with() {
    let world = World::new();
    world.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'error_code'\ncode = 1617\nfirst = 2");
    let first = world.import_text("a.csv", &file(&[("A1", "Algebra"), ("A2", "Physics")]));
    assert_eq!((first.code, first.statuses()), (1, vec!["failed", "failed"]));
    let later = world.import_text("b.csv", &file(&[("A1", "Algebra II")]));
    let (writes, again) = world.writes_of(|| retry(&world, first.run_id()));
    assert_eq!((writes, again.statuses()), ([1, 0, 0], vec!["skipped", "created"]), "{again:?}");
    let superseded = format!("superseded by {}", later.run_id());
    assert_eq!(again.rows[0]["error"], superseded);
    assert_eq!(again.code, 0);
    // Now everything is dealt with, by that retry.
    let (writes, once_more) = world.writes_of(|| retry(&world, first.run_id()));
    assert_eq!((writes, once_more.statuses()), ([0, 0, 0], vec!["skipped", "skipped"]), "{once_more:?}");
}

#[test]
fn retry_of_a_run_in_which_all_succeeded_does_nothing() {
    let world = World::new();
    let imported = world.import_text("a.csv", &file(&[("A1", "Algebra")]));
    let (writes, again) = world.writes_of(|| retry(&world, imported.run_id()));
    assert_eq!((writes, again.code, again.rows.len()), ([0, 0, 0], 0, 0), "{again:?}");
    let none = world.run(&["retry", "01a20c12-7b61-70f1-bdb5-148dbe9077d3"]);
    assert!(none.code == 2 && none.err.contains("history"), "{none:?}");
}

#[test]
fn retry_of_a_file_that_was_refused_whole_says_what_to_do() {
    let world = World::new();
    world.write("a.csv", "room_name,start_time\nAlgebra,2020-01-01 09:00\n");
    let refused = Imported::of(&world.run(&["import", "--json", "a.csv"]));
    let ran = world.run(&["retry", refused.run_id()]);
    assert!(ran.code == 2 && ran.err.contains("import") && ran.err.contains("a.csv"), "{ran:?}");
    assert_eq!(world.run(&["history", "--json"]).json().as_array().unwrap().len(), 1);
}

/// Imports a row whose request is lost as `kind` says, while nothing can be found out about it until the run's time is up.
fn unknown(world: &World, kind: &str) -> Imported {
    world.configure(&job("timeout = '2s'"));
    // How many lists a row like this takes before it is sent.
    let lists = |world: &World| world.sandbox.requests().get("GET /meetings").copied().unwrap_or(0);
    world.import_text("before.csv", &file(&[("A0", "Arithmetic")]).replace("u00001", "u00002"));
    let before_sending = lists(world);
    world.script(&format!(
        "[[fault]]\nmatch = 'POST /meetings'\nkind = '{kind}'\nfirst = 1\n\
         [[fault]]\nmatch = 'GET /meetings'\nkind = 'stall_late'\nfor_ms = 1\nfirst = {before_sending}\n\
         [[fault]]\nmatch = 'GET /meetings'\nkind = 'http_500_before'"
    ));
    let imported = world.import_text("a.csv", &file(&[("A1", "Algebra")]));
    assert_eq!((imported.code, imported.statuses()), (1, vec!["unknown"]), "{imported:?}");
    assert!(imported.row()["error"].contains("could not be found out"), "{imported:?}");
    world.script("");
    world.configure(&job(""));
    imported
}

#[test]
fn retry_of_an_unknown_row_finds_its_meeting_and_sends_nothing() {
    let world = World::new();
    let imported = unknown(&world, "reset_after");
    let (writes, again) = world.writes_of(|| retry(&world, imported.run_id()));
    assert_eq!((writes, again.code, again.statuses()), ([0, 0, 0], 0, vec!["created"]), "{again:?}");
    let meetings = world.meetings();
    let made = meetings.iter().find(|meeting| meeting.room_name == "Algebra").unwrap();
    assert_eq!((&again.row()["meeting_id"], &again.row()["mpin"]), (&made.meeting_id, &made.mpin));
    assert_eq!(meetings.len(), 2);
    // It is ours from now on.
    let (writes, changed) =
        world.writes_of(|| world.import_text("a.csv", &file(&[("A1", "Algebra")]).replace(",30,", ",31,")));
    assert_eq!((writes, changed.statuses()), ([0, 1, 0], vec!["updated"]), "{changed:?}");
}

#[test]
fn retry_of_an_unknown_row_that_was_not_carried_out_sends_it_once() {
    let world = World::new();
    let imported = unknown(&world, "reset_before");
    let (writes, again) = world.writes_of(|| retry(&world, imported.run_id()));
    assert_eq!((writes, again.code, again.statuses()), ([1, 0, 0], 0, vec!["created"]), "{again:?}");
    assert_eq!(world.meetings().len(), 2);
}
