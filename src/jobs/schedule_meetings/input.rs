//! Defines the input of a run of this kind, as the journal keeps it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::early::Early;
use super::measured::{Extent, Since};
use super::overview::Scope;
use super::stream::{Head, Whole};
use super::timeless::Timeless;
use crate::config::ResultsFormat;
use crate::engine::inbox::Folder;
use crate::jobs::results_folder::{ResultsFolder, file_name, file_name_about};
use crate::model::RunId;
use crate::table::{Layout, Left, Proof, Recoded, Sheet, Unused, serial_note};

/// A file with a row beyond this one has its results as text: a sheet ends a little further on, and a retry file takes rows that come
/// late, too.
const MOST_ROWS: u32 = 1_000_000;

/// A run's input. Its headings are known once the file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the file")]
pub struct Input {
    /// The version of this form.
    pub v: u32,
    /// The file's name as people know it.
    pub name: String,
    /// The file that is read.
    pub file: PathBuf,
    /// True when that is a copy of our own, which goes once its rows are in the journal.
    pub copy: bool,
    /// The place where the results go.
    pub results: ResultsFolder,
    /// The file's own headings.
    #[serde(default)]
    pub headings: Vec<String>,
    /// True when those are the job's, since the file has none.
    #[serde(default)]
    pub headless: bool,
    /// True when the file is a copy of ours of rows of another run's file, under headings in any case.
    #[serde(default)]
    pub repeats: bool,
    /// The rows of the file that are no part of its table.
    #[serde(default)]
    pub left: Left,
    /// Those of them that nothing is read from.
    #[serde(default)]
    pub unused: Unused,
    /// The separator between its cells.
    #[serde(default)]
    pub delimiter: Option<u8>,
    /// The number of rows that schedule and have no `ref`.
    #[serde(default)]
    pub without_ref: u64,
    /// The way in which the file was read, where it was not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recoded: Option<Recoded>,
    /// Proofs of the order in the file's dates; of a run that repeats rows, those of the whole file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Proof>,
    /// The sheet that was read, where the file is a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Sheet>,
    /// True when the files about this run are workbooks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_workbook: bool,
    /// The sentence on a name that says something else than the file is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misnamed: Option<String>,
    /// The starts of the file that may be a minute early.
    #[serde(default)]
    pub early: Early,
    /// Rows that came back from another journal or job, or of a run that is forgotten.
    #[serde(default, skip_serializing_if = "is_none")]
    pub strangers: u64,
    /// Rows that came back without a time of day.
    #[serde(default, skip_serializing_if = "Timeless::is_none")]
    pub timeless: Timeless,
    /// The users whose meetings the rows are compared with, and the earliest start among them.
    #[serde(default)]
    pub(super) scope: Scope,
    /// The part of the file that was read, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Extent>,
}

impl Input {
    /// Returns the input of a run that reads `file`.
    #[must_use]
    pub fn new(name: &str, file: PathBuf, copy: bool, results: ResultsFolder) -> Self {
        Self {
            v: 1,
            name: name.to_owned(),
            file,
            copy,
            results,
            headings: Vec::new(),
            headless: false,
            repeats: false,
            left: Left::default(),
            unused: Unused::default(),
            delimiter: None,
            without_ref: 0,
            recoded: None,
            proofs: Vec::new(),
            sheet: None,
            as_workbook: false,
            misnamed: None,
            early: Early::default(),
            strangers: 0,
            timeless: Timeless::default(),
            scope: Scope::default(),
            read: None,
        }
    }

    /// Returns the input of a run that found no file.
    #[must_use]
    pub fn nothing(results: ResultsFolder) -> Self {
        Self::new("", PathBuf::new(), false, results)
    }

    /// Takes in what is known of the file before its first row.
    pub(super) fn begins(&mut self, head: Head) {
        let Head { headings, is_headless, unused, dialect } = head;
        self.headings = headings;
        self.headless = is_headless;
        self.unused = unused;
        self.delimiter = Some(dialect.delimiter);
    }

    /// Returns what is good to know of how the file was read, besides its headings.
    pub(super) fn notes(&self) -> Vec<String> {
        let left = if self.repeats { Vec::new() } else { self.left.notes() };
        left.into_iter().chain(serial_note(&self.proofs)).collect()
    }

    /// Returns how the file is laid out, by what the job says of its files.
    pub(super) fn layout(&self, job: &Layout) -> Layout {
        if !self.repeats {
            return job.clone();
        }
        Layout {
            headings: Vec::new(),
            skip_rows: Some(0),
            until: Vec::new(),
            is_copy_of_headless: self.headless,
            ..job.clone()
        }
    }

    /// Takes in what is known of the file now that it was read.
    pub(super) fn was_read(&mut self, whole: Whole) {
        let Whole { extent, recoded, proofs, early, unused, left, sheet, strangers, timeless } = whole;
        self.left = left;
        self.strangers = strangers;
        self.timeless = timeless;
        self.read = Some(extent);
        self.recoded = recoded;
        self.proofs = proofs;
        self.early = early;
        self.unused = unused;
        self.sheet = sheet;
    }

    /// Says how rows with a token that is not known were read.
    pub(super) fn note_on_strangers(&self) -> Option<String> {
        let rows = match self.strangers {
            0 => return None,
            1 => "1 row comes".to_owned(),
            n => format!("{n} rows come"),
        };
        Some(format!(
            "{rows} back from another journal or job, or of a run that is forgotten (by the column row): what was handed in then is not known here, so that they were read as new rows are."
        ))
    }

    /// Says in which form the files about the run are written: as the file is that was read, or as the configuration says.
    pub(super) fn be_written(&mut self, format: ResultsFormat) {
        let is_too_long = self.read.as_ref().is_some_and(|read| read.next > MOST_ROWS);
        self.as_workbook = !is_too_long
            && match format {
                // The rows that are done again come from a copy, which is text whatever the file was.
                ResultsFormat::Same => self.as_workbook || self.sheet.is_some(),
                ResultsFormat::Csv => false,
                ResultsFormat::Xlsx => true,
            };
    }

    /// Returns the input of a run that does rows of this one's file again, which were copied to `copy`.
    #[must_use]
    pub fn again(&self, copy: PathBuf, results: ResultsFolder) -> Self {
        Self {
            proofs: self.proofs.clone(),
            headless: self.headless,
            repeats: true,
            as_workbook: self.as_workbook,
            ..Self::new(&self.name, copy, true, results)
        }
    }

    /// Tells the change of a dropped file since it was read.
    pub(super) fn since_read(&self) -> Option<Since> {
        if self.copy || !matches!(self.results, ResultsFolder::Inbox(_)) {
            return None;
        }
        let found = self.read.as_ref()?.since(&self.file);
        found
            .inspect_err(
                |error| tracing::warn!(%error, "a file may have grown since it was read: that could not be found out"),
            )
            .ok()?
    }

    /// Tells whether a dropped file is another now than the one that was read.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.since_read().is_some()
    }

    /// Tells whether there is no file to read.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.file.as_os_str().is_empty()
    }

    /// Reads the journal's form.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Returns the form for the journal.
    #[must_use]
    pub fn write(&self) -> String {
        // Texts and numbers only: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the name under which the file is put away: `timetable.RUN.csv`.
    #[must_use]
    pub fn file_name(&self, run: RunId) -> String {
        file_name(&self.name, run)
    }

    /// Returns the name of a file about this run: `timetable.RUN.results.csv`.
    #[must_use]
    pub fn file_name_about(&self, run: RunId, what: &str) -> String {
        file_name_about(&self.name, run, what, self.ending())
    }

    /// Returns the ending of the files about this run.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        if self.as_workbook { "xlsx" } else { "csv" }
    }

    /// Returns the places at which the files about this run may lie.
    #[must_use]
    pub fn places(&self, run: RunId) -> Vec<PathBuf> {
        let folders = match &self.results {
            ResultsFolder::Inbox(inbox) => {
                [Folder::Done, Folder::Failed].map(|folder| inbox.join(folder.as_str())).to_vec()
            }
            ResultsFolder::Folder(folder) => vec![folder.clone()],
        };
        let of_folder =
            |folder: &PathBuf| ["results", "retry"].map(|what| folder.join(self.file_name_about(run, what)));
        folders.iter().flat_map(of_folder).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(number: &u64) -> bool {
    *number == 0
}
