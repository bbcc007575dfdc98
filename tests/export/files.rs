//! An export's file has the form that the manual says; one that a person has changed, or that cannot be written, loses no meeting.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use roomkeeper::clock::{Clock, SystemClock, Zone};
use serde_json::{Value, json};

use crate::exporting::{HEADINGS, count, ids, job, with_past};
use crate::reader::Reader;
use crate::site::{names, wait_until};

#[test]
fn a_line_tells_what_the_server_has() {
    let site = with_past(1);
    site.export();
    let (rows, meeting) = (site.rows("exports/all.csv"), site.meetings().remove(0));
    let row = &rows[0];
    let start = format!("{}Z", meeting.start_time.replace(' ', "T"));
    for (column, value) in [
        ("meeting_id", meeting.meeting_id.as_str()),
        ("revision", "1"),
        ("room_id", &meeting.room_id),
        ("user_id", &meeting.user_id),
        ("app_type", "vc"),
        ("room_name", &meeting.room_name),
        ("desc", ""),
        ("start_time", &start),
        ("duration", &meeting.duration.to_string()),
        ("moderators", "1"),
        ("participants", "30"),
        ("wait_for_moderator", "true"),
        ("knock", "false"),
        ("auto_recording", "false"),
        ("stage", "past"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let mode = fs::metadata(site.path("exports/all.csv")).unwrap().permissions().mode() & 0o777;
    assert_eq!((row.len(), mode), (16, 0o644));
}

#[test]
fn each_day_has_its_file_in_the_zone_of_the_job_and_runs_of_one_day_share_it() {
    let site = with_past(3);
    site.configure(&job("exports/meetings-{date}.csv", "timezone = 'Pacific/Kiritimati'"));
    let zone = Zone::named("Pacific/Kiritimati").unwrap();
    let name = || format!("meetings-{}.csv", zone.civil(SystemClock.now()).format("%Y-%m-%d"));
    let before = name();
    site.export();
    site.sandbox.add_meetings(1, 0);
    site.export();
    if before == name() {
        assert_eq!(names(&site.path("exports")), [before.as_str()]);
        assert_eq!(ids(&site.rows(&format!("exports/{before}"))), site.ids());
    }
}

#[test]
fn json_lines_have_an_object_each() {
    let site = with_past(3);
    site.configure(&job("exports/all.jsonl", "format = 'jsonl'"));
    site.export();
    site.sandbox.add_meetings(1, 0);
    site.export();
    let text = fs::read_to_string(site.path("exports/all.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut found: Vec<_> = lines.iter().map(|line| line["meeting_id"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, site.ids());
    assert_eq!(
        (&lines[0]["stage"], &lines[0]["desc"], &lines[0]["knock"]),
        (&json!("past"), &Value::Null, &json!(false))
    );
}

#[test]
fn pins_are_in_the_file_alone_and_that_is_for_its_owner() {
    let site = with_past(300);
    site.configure(&job("exports/all.csv", "include_pins = true"));
    site.export();
    let path = site.path("exports/all.csv");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let rows = site.rows("exports/all.csv");
    let meetings = site.meetings();
    for row in &rows {
        let meeting = meetings.iter().find(|meeting| meeting.meeting_id == row["meeting_id"]).unwrap();
        assert_eq!((&row["mpin"], &row["ppin"]), (&meeting.mpin, &meeting.ppin));
    }
    let pins: BTreeSet<_> = meetings.iter().flat_map(|meeting| [&meeting.mpin, &meeting.ppin]).collect();
    for file in ["state/journal.db".to_owned(), format!("state/mail/{}", names(&site.path("state/mail"))[0])] {
        let text = String::from_utf8_lossy(&fs::read(site.path(&file)).unwrap()).into_owned();
        let shown = text.split(|sign: char| !sign.is_alphanumeric()).find(|word| pins.contains(&(*word).to_owned()));
        assert_eq!(shown, None, "{file}");
    }
    let journal = Reader::open(&site.path("state")).unwrap();
    for run in journal.runs().unwrap() {
        assert!(!journal.has_sealed_pins(run.key).unwrap(), "the journal keeps PINs: {run:?}");
    }
    // Lines that come later are kept from others, too.
    site.sandbox.add_meetings(1, 0);
    site.export();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn pins_that_are_told_as_numbers_are_exported_with_a_warning() {
    let warned = |pins: bool| {
        let site = with_past(3);
        site.configure(&job("exports/all.csv", &format!("include_pins = {pins}")));
        site.script("numeric = true");
        site.export();
        let mail =
            fs::read_to_string(site.path(&format!("state/mail/{}", names(&site.path("state/mail"))[0]))).unwrap();
        mail.replace("=\r\n", "").contains("the server tells PINs as numbers, so zeros in front may be missing")
    };
    assert!(warned(true) && !warned(false));
}

#[test]
fn a_file_that_somebody_has_been_at_is_left_alone_and_nothing_is_lost() {
    for (spoil, why) in [
        (&|text: &str| text[..text.len() - 5].to_owned(), "cut short"),
        (&|text: &str| text.replacen("room_name", "Titel", 1), "columns"),
        (&|text: &str| format!("{text}one,two\n"), "cells"),
    ] as [(&dyn Fn(&str) -> String, &str); 3]
    {
        let site = with_past(5);
        site.export();
        let path = site.path("exports/all.csv");
        let spoilt = spoil(&fs::read_to_string(&path).unwrap());
        fs::write(&path, &spoilt).unwrap();
        site.sandbox.add_meetings(2, 0);
        let ran = site.run(&["run", "history"]);
        assert!(ran.code == 0 && ran.out.contains(why) && ran.out.contains("all-2.csv"), "{ran:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), spoilt);
        assert_eq!(site.rows("exports/all-2.csv").len(), 2);
        site.sandbox.add_meetings(1, 0);
        site.export();
        assert_eq!(site.rows("exports/all-2.csv").len(), 3);
    }
}

#[test]
fn a_file_that_a_program_saved_again_in_its_own_way_is_left_alone_and_a_new_one_begins_beside_it() {
    let windows = |text: &str| {
        let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text.trim_start_matches('\u{feff}'));
        assert!(!lossy);
        bytes.into_owned()
    };
    for (resave, why) in [
        (&|text: &str| windows(&text.replacen(",true,", ",\u{dc}ber,", 1)), "not UTF-8"),
        (&|text: &str| text.replace('\n', "\r\n").into_bytes(), "ends otherwise"),
        (&|text: &str| text.replace(',', ";").into_bytes(), "columns"),
        (&|text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "not UTF-8"),
    ] as [(&dyn Fn(&str) -> Vec<u8>, &str); 4]
    {
        let site = with_past(3);
        site.export();
        let path = site.path("exports/all.csv");
        let saved = resave(&fs::read_to_string(&path).unwrap());
        fs::write(&path, &saved).unwrap();
        site.sandbox.add_meetings(2, 0);
        let ran = site.run(&["run", "history"]);
        assert!(ran.code == 0 && ran.out.contains(why) && ran.out.contains("all-2.csv"), "{ran:?}");
        assert_eq!(fs::read(&path).unwrap(), saved);
        assert_eq!(site.rows("exports/all-2.csv").len(), 2);
    }
}

#[test]
fn lines_that_somebody_took_out_or_put_in_stay_as_they_are() {
    let site = with_past(5);
    site.export();
    let path = site.path("exports/all.csv");
    fs::write(&path, format!("{HEADINGS}\nmine,1,,,,=kept,,,,,,,,,,\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    site.sandbox.add_meetings(1, 0);
    site.export();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&format!("{HEADINGS}\nmine,1,,,,=kept,")), "{text}");
    assert_eq!(site.rows("exports/all.csv").len(), 2);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn where_the_folder_cannot_be_written_nothing_counts_as_exported_and_the_next_run_exports_it_all() {
    let site = with_past(5);
    // A file where a folder is needed stops also who may write everywhere.
    fs::write(site.path("exports"), "").unwrap();
    let ran = site.run(&["run", "history"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("the export cannot be written to"), "{ran:?}");
    fs::remove_file(site.path("exports")).unwrap();
    let history = site.json(&["history", "--json"]);
    let ran = site.run(&["retry", history[0]["run"].as_str().unwrap(), "--json"]);
    let told = ran.json();
    assert_eq!((ran.code, count(&told["run"], "exported")), (0, 5), "{ran:?}");
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}

#[test]
fn a_run_of_more_meetings_than_max_items_allows_writes_nothing() {
    let site = with_past(5);
    site.configure(&job("exports/all.csv", "max_items = 4"));
    let run = site.export();
    assert_eq!((&run["outcome"], count(&run, "not_run")), (&json!("failed"), 5), "{run}");
    assert!(names(&site.path("exports")).is_empty());
    site.configure(&job("exports/all.csv", "max_items = 5"));
    assert_eq!(count(&site.export(), "exported"), 5);
}

#[test]
fn what_crashes_left_beside_the_file_is_cleared_away_and_other_things_are_not() {
    let site = with_past(1);
    site.export();
    let run = site.export();
    for name in [format!(".export.history.{}.tmp", run["run"].as_str().unwrap()), "notes.tmp".to_owned()] {
        fs::write(site.path("exports").join(name), "half a li").unwrap();
    }
    site.export();
    assert_eq!(names(&site.path("exports")), ["all.csv", "notes.tmp"]);
}

#[test]
fn the_daemon_exports_when_it_is_time() {
    let site = with_past(3);
    site.configure(&job("exports/meetings-{date}.csv", "schedule = '* * * * * *'"));
    let mut daemon = site.start("daemon", &["daemon"]);
    let is_export = |name: &String| std::path::Path::new(name).extension().is_some_and(|ending| ending == "csv");
    wait_until("an export is there", || {
        site.path("exports").exists() && names(&site.path("exports")).iter().any(is_export)
    });
    daemon.signal(rustix::process::Signal::TERM);
    assert!(daemon.wait().success());
    let name = names(&site.path("exports")).remove(0);
    assert_eq!(ids(&site.rows(&format!("exports/{name}"))), site.ids());
}

#[test]
fn a_server_in_maintenance_while_the_list_is_read_is_waited_for() {
    let site = with_past(500);
    site.configure(&job("exports/all.csv", "abort_after = 2"));
    site.script("[maintenance]\nafter = 3\nfor_ms = 2000\n");
    assert_eq!(site.export()["outcome"], "succeeded");
    assert_eq!(site.rows("exports/all.csv").len(), 500);
}
