//! A site whose one job exports the meetings that took place, and how its files are read.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use roomkeeper::sandbox::Options;
use serde_json::Value;

use crate::site::{Running, Site};

/// Every tenth reading goes wrong, in every way there is.
pub const FAULTS: &str = "seed = 5
[[fault]]
match = 'GET /meetings'
kind = ['reset_before', 'http_500_before', 'truncated_json', 'cut_reply', 'html_502_before', 'empty_result_0_before']
probability = 0.1
";

/// The headings of an export without PINs.
pub const HEADINGS: &str = "meeting_id,revision,room_id,user_id,app_type,room_name,desc,start_time,duration,moderators,\
                            participants,wait_for_moderator,knock,auto_recording,stage,direct_url";

/// A line of an export, by heading.
pub type Row = BTreeMap<String, String>;

/// A job named `history` that writes to `path`, with the settings that `keys` adds.
pub fn job(path: &str, keys: &str) -> String {
    format!("[export_meetings.history]\npath = '{path}'\n{keys}\n")
}

/// A site in which so many meetings are over.
pub fn with_past(past: usize) -> Site {
    with(Options { past, users: 20, ..Options::default() })
}

/// A site with such a sandbox. The job writes all to `exports/all.csv`.
pub fn with(options: Options) -> Site {
    Site::builder().sandbox(options).reporting().build(&job("exports/all.csv", ""))
}

impl Site {
    /// Starts an export.
    pub fn start_export(&self) -> Running {
        self.start("run", &["run", "history"])
    }

    /// Runs an export with a place at which it is killed; tells whether it was.
    pub fn export_killed_at(&self, place: &str, time: u64) -> bool {
        let mut command = self.command(&["run", "history"]);
        command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
        let output = command.output().unwrap();
        assert!(output.status.signal().is_some() || output.status.success(), "{output:?}");
        output.status.signal().is_some()
    }

    /// Runs the export; tells the run, as JSON has it.
    #[track_caller]
    pub fn export(&self) -> Value {
        self.export_with(&[])
    }

    /// The same, with more on the command line.
    #[track_caller]
    pub fn export_with(&self, more: &[&str]) -> Value {
        self.json(&[&["run", "history", "--json"], more].concat())["run"].clone()
    }

    /// Their ids, sorted.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.meetings().into_iter().map(|meeting| meeting.meeting_id).collect();
        ids.sort();
        ids
    }

    /// Counts the pages that were asked for.
    pub fn pages(&self) -> u64 {
        self.sandbox.requests().get("GET /meetings").copied().unwrap_or_default()
    }

    /// The lines of an export.
    #[track_caller]
    pub fn rows(&self, name: &str) -> Vec<Row> {
        whole(&fs::read_to_string(self.path(name)).unwrap())
    }

    /// Changes a meeting as another client would, on the day before it was over.
    pub fn edit(&self, meeting: &str, body: &Value) {
        self.sandbox.set_skew_minutes(-400 * 24 * 60);
        let answer = self.ask("PATCH", &format!("/meetings/{meeting}"), body).to_string();
        assert!(answer.contains(meeting), "{answer}");
        self.sandbox.set_skew_minutes(0);
    }
}

/// Reads an export in CSV, which must be whole: headings, and lines of as many cells, the last one ended.
#[track_caller]
pub fn whole(text: &str) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    assert!(text.ends_with('\n'), "the last line is cut short");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    assert_eq!(headings.iter().take(16).collect::<Vec<_>>().join(","), HEADINGS);
    let row = |record: csv::StringRecord| {
        headings.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The ids in these lines, sorted; fails where one stands twice with one revision.
#[track_caller]
pub fn ids(rows: &[Row]) -> Vec<String> {
    let mut keys: Vec<_> = rows.iter().map(|row| (row["meeting_id"].clone(), row["revision"].clone())).collect();
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count, "a line is there twice");
    let mut ids: Vec<_> = keys.into_iter().map(|(id, _)| id).collect();
    ids.dedup();
    ids
}

/// Reads how many items of a run have a status.
pub fn count(run: &Value, status: &str) -> u64 {
    run["counts"][status].as_u64().unwrap_or(0)
}

/// Watches an export while it is written.
#[derive(Default)]
pub struct Watch(Option<(u64, u64)>);

impl Watch {
    /// Fails where the file is not whole at this moment; one that is not there is. One that was seen before is not read again.
    #[track_caller]
    pub fn look(&mut self, path: &Path) {
        let Ok(found) = fs::metadata(path) else { return };
        let seen = Some((found.ino(), found.len()));
        if self.0 != seen {
            self.0 = seen;
            whole(&fs::read_to_string(path).unwrap());
        }
    }
}
