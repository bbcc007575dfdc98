//! Drop folders: which files are ready to be taken, and taking them so that a kill at any moment loses none.

mod claim;
mod keep;
mod observe;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use claim::{ClaimError, Folder, put_away, take};
pub(crate) use claim::{create_aside, give_to_group, is_still_there, is_there, last_folder, last_place, make_folders};
pub use keep::clear_out;
pub use observe::{Observer, Ready};
pub use watch::Hints;

/// A drop folder as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Where files are dropped.
    pub path: PathBuf,
    /// How long a file must have been left alone.
    pub settle: Duration,
    /// How often the folder is looked at, whatever the hints say.
    pub poll: Duration,
    /// How long files that were dealt with are kept; for ever when absent.
    pub keep_files: Option<Duration>,
}

impl Inbox {
    /// The path of one of its sub-folders.
    #[must_use]
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.path.join(folder.as_str())
    }
}

/// Whether a name in a drop folder is a file for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A CSV.
    Table,
    /// A workbook, which is refused with advice.
    Workbook,
    /// Let be: hidden, still being copied, or something else.
    Other,
}

impl Name {
    /// What the name says.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        let unfinished = [".tmp", ".part", ".filepart"].iter().any(|ending| lower.ends_with(ending));
        if lower.starts_with(['.', '~']) || unfinished {
            return Self::Other;
        }
        match Path::new(&lower).extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Self::Table,
            Some("xlsx" | "xls" | "xlsm" | "ods") => Self::Workbook,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_unfinished_files_are_let_be() {
        for name in [".a.csv", "~a.csv", "a.csv.tmp", "a.csv.part", "a.csv.filepart", "a.txt", "a", "A.CSV.TMP"] {
            assert_eq!(Name::of(name), Name::Other, "{name}");
        }
        assert_eq!(Name::of("Timetable.CSV"), Name::Table);
        assert_eq!(Name::of("Timetable.xlsx"), Name::Workbook);
    }
}
