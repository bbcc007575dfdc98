//! Defines the input of a run of this kind, as the journal keeps it: the file that it writes to, and how far it has
//! read. The next run goes on from there.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::config::ExportFormat;

/// A run's input. Until the run is planned only `again` is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Input {
    /// The version of this form.
    pub v: u32,
    /// True when everything is exported anew, into a file of its own.
    #[serde(default)]
    pub again: bool,
    /// The plan of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Planned>,
}

/// The plan that a run has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The file.
    pub target: Target,
    /// The format of the lines.
    pub format: ExportFormat,
    /// True when PINs are written, too.
    pub pins: bool,
    /// The number of lines to write.
    pub lines: u64,
    /// The part of the server's list that was read.
    pub reading: ReadExtent,
    /// Things that a person must look at, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Things that are good to know, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A file to write to, as it was when the run was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The file's path.
    pub path: PathBuf,
    /// The file's content then; `None` where there was no such file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

/// The content that a file had before a run added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Bytes.
    pub length: u64,
    /// Their fingerprint (BLAKE3).
    pub hash: String,
}

/// The extent to which the server's list was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadExtent {
    /// A fingerprint of which meetings were meant.
    pub choice: String,
    /// True when the list was read to its end.
    pub whole: bool,
    /// The time at which that was done last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_at: Option<Timestamp>,
    /// True when it came newest first.
    #[serde(default)]
    pub sorted: bool,
    /// Meetings that were found.
    pub found: u64,
    /// Those among them that the next run is certain to see again, unless they are taken away.
    pub recent: u64,
    /// Every meeting that was over when this began has been read; `None` where that is not certain yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Timestamp>,
    /// Pages that were read of the list, or of all users' lists together.
    #[serde(default)]
    pub pages: usize,
    /// Pages that the last whole reading took.
    #[serde(default)]
    pub whole_pages: usize,
    /// Readings of the whole list in a row that cannot be relied on, since something was put into what had been read.
    #[serde(default)]
    pub unsettled: u32,
}

impl Input {
    /// Returns the input with which a run begins. With `again`, everything is exported anew into a file of its own.
    #[must_use]
    pub fn new(again: bool) -> Self {
        Self { v: 1, again, plan: None }
    }

    /// Reads the journal's form; a blank one is that of a run that begins.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        if text.trim().is_empty() { Ok(Self::new(false)) } else { serde_json::from_str(text) }
    }

    /// Returns the form for the journal.
    #[must_use]
    pub fn write(&self) -> String {
        // Texts and numbers only, but for a path, which comes from a configuration in UTF-8: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_account_exports_what_is_new() {
        assert_eq!(Input::read("").unwrap(), Input::new(false));
        let again = Input::new(true);
        assert_eq!(Input::read(&again.write()).unwrap(), again);
        assert!(Input::read("what").is_err());
    }
}
