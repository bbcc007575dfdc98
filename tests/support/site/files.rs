//! The files that tests hand in, and those that they read.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use roomkeeper::clock::{Clock as _, SystemClock, Timestamp};

/// The names of the plain files in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The title of a row's meeting.
pub fn title(row: usize) -> String {
    format!("Lecture {row:06}")
}

/// A timetable of these rows, all of them in the future and none twice.
pub fn timetable(rows: std::ops::Range<usize>) -> String {
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    let day = 24 * 3600 * 1000;
    let base = Timestamp::from_millis((SystemClock.now().millis() / day + 30) * day);
    for row in rows {
        let start = base.plus(Duration::from_secs(60 * (row as u64 % 100_000))).to_api();
        writeln!(text, "r{row},u{:05},{},{start},30,1,20", row % 200, title(row)).unwrap();
    }
    text
}

/// A timetable of so many rows that begin in a month, each user's in turn, each with this length and action.
pub fn actions(rows: usize, users: usize, minutes: u32, action: &str) -> String {
    let mut text = "ref,action,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    let day = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30)).strftime("%Y-%m-%d");
    for row in 0..rows {
        let (hour, minute, user) = (6 + row % 12, row / 12, row % users);
        writeln!(text, "r{row},{action},u{user:05},Lecture {row:03},{day} {hour:02}:{minute:02}:00,{minutes},1,20")
            .unwrap();
    }
    text
}

/// The column of a results or retry file, row by row.
pub fn column(path: &Path, heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let at = reader.headers().unwrap().iter().position(|name| name == heading).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}
