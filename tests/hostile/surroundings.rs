//! Sends requests past the program, writes timetables, and measures the most memory that a command took.

use std::path::{Path, PathBuf};
use std::time::Duration;

use roomkeeper::clock::{Clock as _, SystemClock, Timestamp};
use serde_json::Value;

use crate::site::{Ran, Running, Site};

/// Sends a request past the program, as another client would, which has to succeed.
#[track_caller]
pub fn ask(site: &Site, method: &str, path: &str, body: &Value) -> Value {
    let answer = site.ask(method, path, body);
    assert!(answer["result"] == 1 || answer["result"] == "1", "{answer}");
    answer
}

/// The API's form of a time in a month.
pub fn start() -> String {
    Timestamp::from_millis(SystemClock.now().millis() / 60_000 * 60_000).plus(Duration::from_hours(30 * 24)).to_api()
}

/// A timetable with one meeting of this title.
pub fn timetable(title: &str) -> String {
    let title = title.replace('"', "\"\"");
    format!("room_name,start_time,duration,moderators,participants\n\"{title}\",{},30,1,20\n", start())
}

/// Everything that lies in a folder and below it: files with their bytes.
pub fn all_files(folder: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let kind = std::fs::symlink_metadata(&path).unwrap();
        if kind.is_dir() {
            all_files(&path, into);
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            into.push((path, bytes));
        }
    }
}

/// Waits for the end of a command, and tells the most memory that it took, in KiB.
pub fn peak(mut running: Running) -> (i32, u64) {
    let mut most = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(status) = running.ended() {
            return (status.code().unwrap_or(-1), most);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The run's outcome of `run JOB`, whatever it was.
pub fn run(site: &Site, job: &str) -> Ran {
    site.run(&["run", job])
}
