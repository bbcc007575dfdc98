//! Describes what is wrong with a configuration so that a person can put it right: where, what, and what would be right.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong, or, among the warnings, that deserves a look. Serialized as `check --json` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; `None` where the problem is the file's as a whole.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The key, dotted: `schedule_meetings.timetable.settle`.
    pub key: Option<String>,
    /// The fault, with the offending text unless that may be a secret. No full stop at its end.
    pub problem: String,
    /// The remedy, as whole sentences.
    pub remedy: String,
}

/// A fault of a value and its remedy, before it is known where the value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) problem: String,
    pub(super) remedy: String,
}

impl Complaint {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

impl Problem {
    /// Returns a problem of the file as a whole.
    pub(super) fn of_file(file: &str, complaint: Complaint) -> Self {
        let Complaint { problem, remedy } = complaint;
        Self { file: file.to_owned(), line: None, column: None, key: None, problem, remedy }
    }
}

impl fmt::Display for Problem {
    /// Writes one line for people: `FILE:LINE:COLUMN: KEY: PROBLEM. REMEDY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for part in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{part}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        write!(f, ": {}. {}", self.problem, self.remedy)
    }
}

/// A configuration that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// At least one, in the order of the file.
    pub problems: Vec<Problem>,
    /// The further things that deserve a look.
    pub warnings: Vec<Problem>,
}

impl fmt::Display for Invalid {
    /// Writes a line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_with_its_place_in_front() {
        let problem = Problem {
            file: "config.toml".to_owned(),
            line: Some(12),
            column: Some(3),
            key: Some("api.timeout".to_owned()),
            problem: "\"5 minuts\" is not a duration".to_owned(),
            remedy: "Write 5m.".to_owned(),
        };
        assert_eq!(problem.to_string(), "config.toml:12:3: api.timeout: \"5 minuts\" is not a duration. Write 5m.");
        let whole = Problem::of_file("config.toml", Complaint::new("it is missing", "Write one."));
        assert_eq!(whole.to_string(), "config.toml: it is missing. Write one.");
        assert_eq!(
            serde_json::to_value(&whole).unwrap(),
            serde_json::json!({"file": "config.toml", "line": null, "column": null, "key": null,
                "problem": "it is missing", "remedy": "Write one."})
        );
    }
}
