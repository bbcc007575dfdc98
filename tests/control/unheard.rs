//! Answers that cannot be written: every command ends with one line where the disk is full, and quietly where its reader has gone.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::site::{Ran, Site, timetable};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\n";

/// Every command that answers, in a site where each has something to say.
fn commands(site: &Site) -> Vec<Vec<String>> {
    let history = site.json(&["history", "--json"]);
    let run = history[0]["run"].as_str().or_else(|| history[0]["id"].as_str()).unwrap().to_owned();
    let words = [
        "check",
        "check --json",
        "list",
        "list --json",
        "next",
        "history",
        "history --json",
        "show RUN",
        "show RUN --json",
        "why timetable",
        "run timetable",
        "import again.csv",
        "import again.csv --dry-run",
        "retry RUN",
        "check --online",
        "mail",
        "mail --json",
        "journal check",
        "journal check --json",
        "journal backup backup.db",
        "journal prune",
        "pause timetable",
        "resume timetable",
        "schema",
        "completions bash",
        "man",
        "help",
        "help import",
        "--help",
        "--version",
        "sandbox --app-key k --listen 127.0.0.1:0",
    ];
    words.iter().map(|line| line.split(' ').map(|word| word.replace("RUN", &run)).collect()).collect()
}

fn site() -> Site {
    let site = Site::new(JOB);
    // One row is refused, so that there is something to try again.
    let rows = timetable(0..2).replacen("Lecture 000001", "x", 1);
    std::fs::write(site.path("a.csv"), rows).unwrap();
    std::fs::write(site.path("again.csv"), timetable(0..1)).unwrap();
    site.run(&["import", "a.csv"]).expect(3, "created");
    site
}

#[test]
fn a_full_disk_is_told_in_one_line_by_every_command() {
    let site = site();
    for command in commands(&site) {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let told = Ran::of(site.command(&words).stdout(full).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(told.code, 1, "{command:?}: {told:?}");
        let lines: Vec<_> = told.err.lines().filter(|line| line.starts_with("roomkeeper: ")).collect();
        assert_eq!(lines.len(), 1, "{command:?}: {told:?}");
        assert!(lines[0].contains("No space left on device"), "{command:?}: {told:?}");
        assert!(!told.err.contains("panicked"), "{command:?}: {told:?}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_fault_of_any_command() {
    let site = site();
    for command in commands(&site) {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let told = Ran::of(site.command(&words).stdout(writer).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(told.code, 141, "{command:?}: {told:?}");
        assert!(!told.err.contains("panicked") && !told.err.contains("Broken pipe"), "{command:?}: {told:?}");
    }
}

#[test]
fn both_may_be_full_and_the_command_still_says_by_its_code_that_it_failed() {
    let site = site();
    for command in [&["check"][..], &["schema"], &["show", "no-such-run"]] {
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status = site.command(command).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{command:?}");
    }
}
