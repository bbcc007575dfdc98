//! The file: what it looks like, what becomes of one that somebody has been at, and of one that cannot be written.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use roomkeeper::clock::{Clock, SystemClock, Zone};
use serde_json::{Value, json};

use super::world::{HEADINGS, World, count, ids, job, wait_for};

#[test]
fn a_line_tells_what_the_server_has() {
    let world = World::with_past(1);
    world.export();
    let (rows, meeting) = (world.rows("exports/all.csv"), world.meetings().remove(0));
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
    let mode = fs::metadata(world.path("exports/all.csv")).unwrap().permissions().mode() & 0o777;
    assert_eq!((row.len(), mode), (16, 0o644));
}

#[test]
fn each_day_has_its_file_in_the_zone_of_the_job_and_runs_of_one_day_share_it() {
    let world = World::with_past(3);
    world.configure(&job("exports/meetings-{date}.csv", "timezone = 'Pacific/Kiritimati'"));
    let zone = Zone::named("Pacific/Kiritimati").unwrap();
    let name = || format!("meetings-{}.csv", zone.civil(SystemClock.now()).format("%Y-%m-%d"));
    let before = name();
    world.export();
    world.sandbox.add_meetings(1, 0);
    world.export();
    if before == name() {
        assert_eq!(world.names("exports"), [before.as_str()]);
        assert_eq!(ids(&world.rows(&format!("exports/{before}"))), world.ids());
    }
}

#[test]
fn json_lines_have_an_object_each() {
    let world = World::with_past(3);
    world.configure(&job("exports/all.jsonl", "format = 'jsonl'"));
    world.export();
    world.sandbox.add_meetings(1, 0);
    world.export();
    let text = fs::read_to_string(world.path("exports/all.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut found: Vec<_> = lines.iter().map(|line| line["meeting_id"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, world.ids());
    assert_eq!(
        (&lines[0]["stage"], &lines[0]["desc"], &lines[0]["knock"]),
        (&json!("past"), &Value::Null, &json!(false))
    );
}

#[test]
fn pins_are_in_the_file_alone_and_that_is_for_its_owner() {
    let world = World::with_past(300);
    world.configure(&job("exports/all.csv", "include_pins = true"));
    world.export();
    let path = world.path("exports/all.csv");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let rows = world.rows("exports/all.csv");
    let meetings = world.meetings();
    for row in &rows {
        let meeting = meetings.iter().find(|meeting| meeting.meeting_id == row["meeting_id"]).unwrap();
        assert_eq!((&row["mpin"], &row["ppin"]), (&meeting.mpin, &meeting.ppin));
    }
    let pins: BTreeSet<_> = meetings.iter().flat_map(|meeting| [&meeting.mpin, &meeting.ppin]).collect();
    for file in ["state/journal.db".to_owned(), format!("state/mail/{}", world.names("state/mail")[0])] {
        let text = String::from_utf8_lossy(&fs::read(world.path(&file)).unwrap()).into_owned();
        let shown = text.split(|sign: char| !sign.is_alphanumeric()).find(|word| pins.contains(&(*word).to_owned()));
        assert_eq!(shown, None, "{file}");
    }
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    let sealed = "SELECT count(*) FROM results WHERE sealed IS NOT NULL";
    assert_eq!(journal.query_row(sealed, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
    // What comes later is kept from others, too.
    world.sandbox.add_meetings(1, 0);
    world.export();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn pins_that_are_told_as_numbers_are_exported_with_a_warning() {
    let warned = |pins: bool| {
        let world = World::with_past(3);
        world.configure(&job("exports/all.csv", &format!("include_pins = {pins}")));
        world.script("numeric = true");
        world.export();
        let mail = fs::read_to_string(world.path(&format!("state/mail/{}", world.names("state/mail")[0]))).unwrap();
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
        let world = World::with_past(5);
        world.export();
        let path = world.path("exports/all.csv");
        let spoilt = spoil(&fs::read_to_string(&path).unwrap());
        fs::write(&path, &spoilt).unwrap();
        world.sandbox.add_meetings(2, 0);
        let ran = world.run(&["run", "history"]);
        assert!(ran.code == 0 && ran.out.contains(why) && ran.out.contains("all-2.csv"), "{ran:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), spoilt);
        assert_eq!(world.rows("exports/all-2.csv").len(), 2);
        world.sandbox.add_meetings(1, 0);
        world.export();
        assert_eq!(world.rows("exports/all-2.csv").len(), 3);
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
        let world = World::with_past(3);
        world.export();
        let path = world.path("exports/all.csv");
        let saved = resave(&fs::read_to_string(&path).unwrap());
        fs::write(&path, &saved).unwrap();
        world.sandbox.add_meetings(2, 0);
        let ran = world.run(&["run", "history"]);
        assert!(ran.code == 0 && ran.out.contains(why) && ran.out.contains("all-2.csv"), "{ran:?}");
        assert_eq!(fs::read(&path).unwrap(), saved);
        assert_eq!(world.rows("exports/all-2.csv").len(), 2);
    }
}

#[test]
fn lines_that_somebody_took_out_or_put_in_stay_as_they_are() {
    let world = World::with_past(5);
    world.export();
    let path = world.path("exports/all.csv");
    fs::write(&path, format!("{HEADINGS}\nmine,1,,,,=kept,,,,,,,,,,\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    world.sandbox.add_meetings(1, 0);
    world.export();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&format!("{HEADINGS}\nmine,1,,,,=kept,")), "{text}");
    assert_eq!(world.rows("exports/all.csv").len(), 2);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn where_the_folder_cannot_be_written_nothing_counts_as_exported_and_the_next_run_exports_it_all() {
    let world = World::with_past(5);
    // A file where a folder is needed stops also who may write everywhere.
    fs::write(world.path("exports"), "").unwrap();
    let ran = world.run(&["run", "history"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("the export cannot be written to"), "{ran:?}");
    fs::remove_file(world.path("exports")).unwrap();
    let history: Value = serde_json::from_str(&world.run(&["history", "--json"]).out).unwrap();
    let ran = world.run(&["retry", history[0]["run"].as_str().unwrap(), "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, count(&told["run"], "exported")), (0, 5), "{ran:?}");
    assert_eq!(ids(&world.rows("exports/all.csv")), world.ids());
}

#[test]
fn a_run_of_more_meetings_than_max_items_allows_writes_nothing() {
    let world = World::with_past(5);
    world.configure(&job("exports/all.csv", "max_items = 4"));
    let run = world.export();
    assert_eq!((&run["outcome"], count(&run, "not_run")), (&json!("failed"), 5), "{run}");
    assert!(world.names("exports").is_empty());
    world.configure(&job("exports/all.csv", "max_items = 5"));
    assert_eq!(count(&world.export(), "exported"), 5);
}

#[test]
fn what_crashes_left_beside_the_file_is_cleared_away_and_other_things_are_not() {
    let world = World::with_past(1);
    world.export();
    let run = world.export();
    for name in [format!(".export.history.{}.tmp", run["run"].as_str().unwrap()), "notes.tmp".to_owned()] {
        fs::write(world.path("exports").join(name), "half a li").unwrap();
    }
    world.export();
    assert_eq!(world.names("exports"), ["all.csv", "notes.tmp"]);
}

#[test]
fn the_daemon_exports_when_it_is_time() {
    let world = World::with_past(3);
    world.configure(&job("exports/meetings-{date}.csv", "schedule = '* * * * * *'"));
    let mut daemon = world.start(&["daemon"]);
    let is_export = |name: &String| std::path::Path::new(name).extension().is_some_and(|ending| ending == "csv");
    wait_for(|| world.path("exports").exists() && world.names("exports").iter().any(is_export));
    let process = rustix::process::Pid::from_child(&daemon);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
    let name = world.names("exports").remove(0);
    assert_eq!(ids(&world.rows(&format!("exports/{name}"))), world.ids());
}

#[test]
fn a_server_in_maintenance_while_the_list_is_read_is_waited_for() {
    let world = World::with_past(500);
    world.configure(&job("exports/all.csv", "abort_after = 2"));
    world.script("[maintenance]\nafter = 3\nfor_ms = 2000\n");
    assert_eq!(world.export()["outcome"], "succeeded");
    assert_eq!(world.rows("exports/all.csv").len(), 500);
}
