//! The demonstration, as a newcomer runs it, succeeds by its own checks and in time, and leaves nothing behind that it should not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The demonstration with `folder` as the place for temporary files.
fn demo(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomkeeper"));
    command.arg("demo").args(args).current_dir(folder).env_clear().env("TMPDIR", folder);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn it_shows_everything_in_less_than_a_minute_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let began = Instant::now();
    let told = succeeded(&demo(folder.path(), &[]).output().unwrap());
    assert!(began.elapsed() < Duration::from_mins(1));
    assert!(is_empty(folder.path()));
    for expected in [
        "1. The configuration",
        "8 created, 4 invalid",
        "9 requests made 8 meetings",
        "PARTIAL timetable@",
        "8 unchanged, 4 invalid",
        "4 created, 1 updated, 7 unchanged",
        "12 meetings, each once",
        "corrected.xlsx: succeeded: 12 unchanged",
        "nightly: succeeded: 5 reset",
        "policy: succeeded: 5 updated",
        "welcome: succeeded: 12 added",
        "history: succeeded: 12 exported",
        "welcome: succeeded: 12 unchanged",
        "All was as it should be",
    ] {
        assert!(told.contains(expected), "{expected} is missing in:\n{told}");
    }
    assert!(!told.contains('\u{1b}'), "no colour where there is no terminal");
    assert!(!told.contains("sandbox-key"), "the key is shown");
}

#[test]
fn where_nobody_can_read_it_it_ends_with_one_line_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = demo(folder.path(), &[]).stdout(full).output().unwrap();
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), told.lines().count()), (Some(1), 1), "{told}");
    assert!(is_empty(folder.path()), "{:?}", files(folder.path()));
}

#[test]
fn a_kept_folder_has_it_all_with_pins_in_the_results_alone_and_a_configuration_that_holds() {
    let folder = TempDir::new().unwrap();
    let told = succeeded(&demo(folder.path(), &["--keep", "kept"]).output().unwrap());
    let kept = folder.path().join("kept");
    assert!(told.contains(&kept.canonicalize().unwrap().display().to_string()));

    let (results, others): (Vec<_>, Vec<_>) =
        files(&kept).into_iter().partition(|path| path.display().to_string().ends_with(".results.csv"));
    let mut pins = Vec::new();
    for path in &results {
        for row in csv::Reader::from_path(path).unwrap().deserialize() {
            let row: BTreeMap<String, String> = row.unwrap();
            pins.extend(["mpin", "ppin"].map(|column| row[column].clone()).into_iter().filter(|pin| !pin.is_empty()));
        }
    }
    assert_eq!((results.len(), pins.len()), (3, 2 * (8 + 5)), "of each meeting that was created or updated");
    assert!(others.iter().any(|path| path.ends_with("state/journal.db")));
    let is_sheet = |path: &&PathBuf| path.starts_with(kept.join("pins"));
    let sheet = others.iter().find(is_sheet).unwrap();
    for row in csv::Reader::from_path(sheet).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        for pin in ["mpin", "ppin"].map(|column| &row[column]) {
            let with_it = others.iter().filter(|path| contains(&fs::read(path).unwrap(), pin));
            let told: Vec<_> = with_it.filter(|path| !is_sheet(path)).collect();
            assert_eq!(told.len(), 1, "a room's PIN is in the sheet and in its owner's mail: {told:?}");
            assert!(told[0].starts_with(kept.join("state/mail")), "{told:?}");
        }
    }
    for path in others {
        let bytes = fs::read(&path).unwrap();
        let told = path.display();
        assert!(pins.iter().all(|pin| !contains(&bytes, pin)), "{told} has a PIN");
        assert!(path.ends_with("app_key") || !contains(&bytes, "sandbox-key"), "{told} has the key");
        if path.extension().is_some_and(|ending| ending == "eml") {
            let mail = mail_parser::MessageParser::new().parse(&bytes).unwrap();
            for part in &mail.parts {
                assert!(pins.iter().all(|pin| !contains(part.contents(), pin)), "{told} has a PIN in a part");
            }
        }
    }

    let history = Command::new(env!("CARGO_BIN_EXE_roomkeeper"))
        .args(["history", "--json", "--config"])
        .arg(kept.join("config.toml"))
        .env_clear()
        .output()
        .unwrap();
    let runs: Vec<serde_json::Value> = serde_json::from_str(&succeeded(&history)).unwrap();
    let outcomes: Vec<_> = runs.iter().map(|run| run["outcome"].as_str().unwrap()).collect();
    let expected = ["succeeded"; 9].into_iter().chain(["partial"; 2]).collect::<Vec<_>>();
    assert_eq!(outcomes, expected);
    assert!(fs::read_to_string(kept.join("config.toml")).unwrap().contains("http://127.0.0.1:8790/"));
}

#[test]
fn a_folder_that_is_not_empty_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine"), "dear").unwrap();
    let refused = demo(folder.path(), &["--keep", "."]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("not empty"), "{}", text(&refused.stderr));
    assert_eq!(files(folder.path()), [folder.path().join("mine")]);
}

#[test]
fn ctrl_c_in_the_middle_of_it_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let mut child = demo(folder.path(), &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("$ roomkeeper import") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before the import");
    }
    assert!(!is_empty(folder.path()), "there is nothing yet that could be left behind");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    said.read_to_end(&mut Vec::new()).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{}", text(&ended.stderr));
    assert!(is_empty(folder.path()));
}
