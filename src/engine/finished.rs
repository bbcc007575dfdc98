//! Describes what a run left behind: files, and words for a person.

use std::path::PathBuf;

use crate::model::FileKind;

/// The files and words that a run left behind.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// The name of the file that the run worked on, as people know it.
    pub source: Option<String>,
    /// Files that lie there now: what each is, and where.
    pub files: Vec<(FileKind, PathBuf)>,
    /// Things that a person must look at though every item may have succeeded, each a sentence.
    pub warnings: Vec<String>,
    /// Things that are good to know, each a sentence.
    pub notes: Vec<String>,
    /// The same, for the mail alone.
    pub mail_notes: Vec<String>,
    /// Small files for the mail: name and bytes; no PINs in them.
    pub attachments: Vec<(String, Vec<u8>)>,
    /// The reason why a file could not be written.
    pub trouble: Option<String>,
}

impl Finished {
    /// Returns the things that a person must look at, each a sentence: the reason why a file could not be written,
    /// unless that is the run's `error` already, and the warnings.
    #[must_use]
    pub fn worth_a_look(&self, error: Option<&str>) -> Vec<String> {
        let trouble = self.trouble.iter().filter(|trouble| Some(trouble.as_str()) != error);
        trouble.chain(&self.warnings).cloned().collect()
    }

    /// Tells whether the PINs are where they belong: nothing went wrong, or a file that holds them was written in
    /// another place.
    pub(super) fn holds_pins(&self) -> bool {
        self.trouble.is_none()
            || self.files.iter().any(|(kind, _)| matches!(kind, FileKind::Results | FileKind::PinSheet))
    }
}
