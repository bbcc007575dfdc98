//! `import` refuses a file whole, finds the job that is meant, puts files where they belong, and only says what it would do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::years;
use crate::importing::{Imported, job, new_site};
use crate::site::Writes;

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants";

fn row(reference: &str, title: &str) -> String {
    format!("{reference},u00001,{title},{}-02-01 09:00,60,1,30\n", years::coming())
}

fn file(rows: &[String]) -> String {
    format!("{HEADINGS}\n{}", rows.concat())
}

/// Every file below a folder, with what is in it; but for the two that `SQLite` puts beside a database that it only reads.
fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.insert(path.display().to_string(), Vec::new());
                folders.push(path);
            } else if !path.to_string_lossy().ends_with("-shm") && fs::metadata(&path).unwrap().len() > 0 {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn assert_same(after: &BTreeMap<String, Vec<u8>>, before: &BTreeMap<String, Vec<u8>>) {
    let names = |these: &BTreeMap<String, Vec<u8>>| these.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(after), names(before));
    let changed: Vec<_> = after.iter().filter(|(name, bytes)| before[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn with_reject_file_one_bad_row_leaves_all_undone() {
    let site = new_site();
    site.configure(&job("on_invalid = 'reject_file'"));
    let text = file(&[row("A1", "Algebra"), row("A2", "ab"), row("A3", "Physics")]);
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &text));
    assert_eq!((writes, imported.code), (Writes::NONE, 1), "{imported:?}");
    assert_eq!(imported.statuses(), ["not_run", "invalid", "not_run"]);
    assert!(imported.rows[0]["error"].contains("refused whole"), "{imported:?}");
    assert_eq!((&imported.run["outcome"], imported.rows[1]["code"].as_str()), (&json!("failed"), "1612"));
    let corrected = fs::read_to_string(imported.file("retry")).unwrap().replace(",ab,", ",abc,");
    let imported = site.import_text("corrected.csv", &corrected);
    assert_eq!(imported.statuses(), ["created"; 3], "{imported:?}");
}

#[test]
fn a_file_that_lacks_a_column_is_refused_by_name() {
    let site = new_site();
    site.write("a.csv", "room_name,start_time,duration,moderators\nAlgebra,2020-01-01 09:00,60,1\n");
    let ran = site.run(&["import", "--json", "a.csv"]);
    let answer = ran.json();
    assert_eq!((ran.code, &answer["run"]["outcome"]), (1, &json!("failed")));
    assert!(answer["run"]["error"].as_str().unwrap().contains("participants"), "{answer}");
    assert_eq!(answer["files"], json!([]));
    for (name, content) in [("empty.csv", ""), ("page.csv", "<html><body>Not found</body></html>\n")] {
        site.write(name, content);
        let ran = site.run(&["import", "--json", name]);
        assert_eq!((ran.code, &ran.json()["run"]["outcome"]), (1, &json!("failed")), "{name}: {ran:?}");
    }
    let ran = site.run(&["import", "nowhere.csv"]);
    assert!(ran.code == 1 && ran.err.contains("nowhere.csv"), "{ran:?}");
    assert_eq!(site.writes(), Writes::NONE);
}

#[test]
fn a_run_that_would_change_more_than_max_items_is_not_begun() {
    let site = new_site();
    site.configure(&job("max_items = 2"));
    let rows = [row("A1", "Algebra"), row("A2", "Physics"), row("A3", "Poetry")];
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &file(&rows)));
    assert_eq!((writes, imported.code), (Writes::NONE, 1), "{imported:?}");
    assert_eq!(imported.statuses(), ["not_run"; 3]);
    assert!(imported.run["error"].as_str().unwrap().contains("max_items"), "{imported:?}");
    assert_eq!(site.import_text("a.csv", &file(&rows[..2])).code, 0);
    // Rows that are done already change nothing, and do not count.
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &file(&rows)));
    assert_eq!(
        (writes, imported.statuses()),
        (Writes::posts(1), vec!["unchanged", "unchanged", "created"]),
        "{imported:?}"
    );
}

#[test]
fn which_job_is_meant_is_asked_where_there_are_several() {
    let site = new_site();
    site.write("a.csv", file(&[row("A1", "Algebra")]));
    site.configure("[schedule_meetings.lectures]\n[schedule_meetings.seminars]\n");
    let ran = site.run(&["import", "a.csv"]);
    assert!(ran.code == 2 && ran.err.contains("lectures") && ran.err.contains("seminars"), "{ran:?}");
    let ran = site.run(&["import", "--job", "lessons", "a.csv"]);
    assert!(ran.code == 2 && ran.err.contains("lessons"), "{ran:?}");
    assert_eq!(site.writes(), Writes::NONE);
    let chosen = Imported::of(&site.run(&["import", "--json", "--job", "seminars", "a.csv"]));
    assert_eq!((chosen.code, &chosen.run["job"]), (0, &json!("seminars")));
    // Another job did not make it.
    let other = Imported::of(&site.run(&["import", "--json", "--job", "lectures", "a.csv"]));
    assert_eq!(other.row()["status"], "exists");
}

#[test]
fn results_go_beside_the_file_or_where_output_says() {
    let site = new_site();
    fs::create_dir(site.path("results")).unwrap();
    fs::create_dir(site.path("timetables")).unwrap();
    site.write("timetables/a.csv", file(&[row("A1", "Algebra"), row("A2", "ab")]));
    let beside = site.import("timetables/a.csv");
    assert!(beside.files.iter().all(|file| file.parent() == Some(&site.path("timetables"))), "{beside:?}");
    assert_eq!(fs::read_dir(site.path("timetables")).unwrap().count(), 3);
    let elsewhere = Imported::of(&site.run(&["import", "--json", "--output", "results", "timetables/a.csv"]));
    assert!(elsewhere.files.iter().all(|file| file.parent() == Some(&site.path("results"))), "{elsewhere:?}");
    assert_eq!(fs::read_dir(site.path("results")).unwrap().count(), 2);
    let nowhere = site.run(&["import", "--output", "nowhere", "timetables/a.csv"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("--output"), "{nowhere:?}");
}

#[test]
fn a_dry_run_says_what_each_row_would_do_and_writes_nothing_anywhere() {
    let site = new_site();
    site.import_text("a.csv", &file(&[row("A1", "Algebra"), row("A2", "Physics")]));
    let changed = row("A2", "Physics").replace(",30\n", ",45\n");
    site.write("b.csv", file(&[row("A1", "Algebra"), changed, row("A3", "Poetry")]));
    let before = everything(&site.path(""));
    let (writes, ran) = site.writes_of(|| site.run(&["import", "--dry-run", "--json", "b.csv"]));
    assert_eq!((writes, ran.code), (Writes::NONE, 0), "{ran:?}");
    assert_same(&everything(&site.path("")), &before);
    let answer = ran.json();
    let told: Vec<_> = answer["items"].as_array().unwrap().iter().map(|item| item["would"].as_str().unwrap()).collect();
    assert_eq!(told, ["unchanged", "updated", "created"]);
    assert_eq!(answer["items"][1]["changes"], json!({"participants": ["30", "45"]}));
    assert_eq!((&answer["items"][2]["label"], &answer["items"][2]["error"]), (&json!("Poetry"), &Value::Null));

    site.write("b.csv", file(&[row("A4", "ab")]));
    let ran = site.run(&["import", "--dry-run", "b.csv"]);
    assert!(ran.code == 3 && ran.out.contains("1612") && ran.out.contains("line 2"), "{ran:?}");
}

#[test]
fn a_dry_run_needs_no_state() {
    let site = new_site();
    site.write("a.csv", file(&[row("A1", "Algebra")]));
    let before = everything(&site.path(""));
    let (writes, ran) = site.writes_of(|| site.run(&["import", "--dry-run", "a.csv"]));
    assert_eq!((writes, ran.code), (Writes::NONE, 0), "{ran:?}");
    assert!(ran.out.contains("would be created"), "{ran:?}");
    assert_same(&everything(&site.path("")), &before);
}

#[test]
fn several_files_are_imported_one_after_the_other() {
    let site = new_site();
    site.write("a.csv", file(&[row("A1", "Algebra")]));
    site.write("b.csv", file(&[row("B1", "ab")]));
    let ran = site.run(&["import", "a.csv", "b.csv"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("a.csv: succeeded") && ran.out.contains("b.csv: failed"), "{ran:?}");
    assert!(ran.out.contains("1612"), "{ran:?}");
    assert_eq!(site.meetings().len(), 1);
}
