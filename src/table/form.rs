//! Says in which form a file of ours is written: as text, or as a workbook.

use std::path::{Path, PathBuf};

use super::dialect::Dialect;

/// The form of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A table as text.
    Csv(Dialect),
    /// A workbook. While it is written, its rows are in a file without a name in this folder.
    Workbook(PathBuf),
}

impl Form {
    /// Returns the ending of such a file's name.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Workbook(_) => "xlsx",
        }
    }

    /// Returns what a mail says of the content of such a file.
    #[must_use]
    pub fn content_type_of(name: &str) -> &'static str {
        if Path::new(name).extension().is_some_and(|ending| ending == "xlsx") {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        } else {
            "text/csv; charset=utf-8"
        }
    }
}

impl From<Dialect> for Form {
    fn from(dialect: Dialect) -> Self {
        Self::Csv(dialect)
    }
}
