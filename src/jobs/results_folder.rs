//! Says where the files about a run go, and what they are called.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::inbox::split;
use crate::model::RunId;

/// The place where a run's results go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultsFolder {
    /// Into `done/` or `failed/` of this drop folder.
    Inbox(PathBuf),
    /// Into this folder.
    Folder(PathBuf),
}

/// `NAME.csv` for a run: `NAME.RUN.csv`, or with `what` `NAME.RUN.what.csv`. A file keeps the ending that it was taken
/// with, in capitals or small letters; what is written about it is CSV. Nothing in it leads out of a folder.
#[must_use]
pub fn file_name(name: &str, run: RunId, what: &str) -> String {
    let name = Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let (stem, ending) = match split(name) {
        Some((stem, ending)) if what.is_empty() => (stem, ending),
        Some((stem, _)) => (stem, "csv"),
        None => (name, "csv"),
    };
    // Room for the run's id within the 255 bytes that a file name has.
    let mut end = stem.len().min(180);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let dot = if what.is_empty() { "" } else { "." };
    format!("{}.{run}{dot}{what}.{ending}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_about_a_run_is_named_after_the_file_and_the_run() {
        let run = RunId::generate();
        assert_eq!(file_name("timetable.csv", run, "results"), format!("timetable.{run}.results.csv"));
        assert_eq!(file_name("a.b.CSV", run, ""), format!("a.b.{run}.CSV"));
        assert_eq!(file_name("a.XLSX", run, ""), format!("a.{run}.XLSX"));
        assert_eq!(file_name("a.txt", run, "retry"), format!("a.{run}.retry.csv"));
        assert_eq!(file_name("a.pdf", run, ""), format!("a.pdf.{run}.csv"));
        assert_eq!(file_name("../../etc/x.csv", run, "retry"), format!("x.{run}.retry.csv"));
        assert!(file_name(&"ü".repeat(200), run, "results").len() <= 255);
    }
}
