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

/// `NAME.csv` for a run: `NAME.RUN.csv`. A file keeps the ending that it was taken with, in capitals or small letters. Nothing in
/// it leads out of a folder.
#[must_use]
pub fn file_name(name: &str, run: RunId) -> String {
    let (stem, ending) = parts(name);
    format!("{}.{run}.{}", short(stem), ending.unwrap_or("csv"))
}

/// Returns the name of a file about it: `NAME.RUN.what.ending`.
#[must_use]
pub fn file_name_about(name: &str, run: RunId, what: &str, ending: &str) -> String {
    format!("{}.{run}.{what}.{ending}", short(parts(name).0))
}

fn parts(name: &str) -> (&str, Option<&str>) {
    let name = Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or("file");
    split(name).map_or((name, None), |(stem, ending)| (stem, Some(ending)))
}

/// Leaves room for the run's id within the 255 bytes that a file name has.
fn short(stem: &str) -> &str {
    let mut end = stem.len().min(180);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    &stem[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_about_a_run_is_named_after_the_file_and_the_run() {
        let run = RunId::generate();
        let about = |name: &str, what: &str, ending: &str| file_name_about(name, run, what, ending);
        assert_eq!(about("timetable.csv", "results", "csv"), format!("timetable.{run}.results.csv"));
        assert_eq!(file_name("a.b.CSV", run), format!("a.b.{run}.CSV"));
        assert_eq!(file_name("a.XLSX", run), format!("a.{run}.XLSX"));
        assert_eq!(about("a.txt", "retry", "csv"), format!("a.{run}.retry.csv"));
        assert_eq!(about("a.ods", "retry", "xlsx"), format!("a.{run}.retry.xlsx"));
        assert_eq!(file_name("a.pdf", run), format!("a.pdf.{run}.csv"));
        assert_eq!(about("../../etc/x.csv", "retry", "csv"), format!("x.{run}.retry.csv"));
        assert!(about(&"ü".repeat(200), "results", "xlsx").len() <= 255);
    }
}
