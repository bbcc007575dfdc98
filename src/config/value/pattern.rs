//! Patterns of names: "Lecture*".

use crate::config::problem::Complaint;
use crate::model::NamePattern;

/// Reads a pattern of a room's or meeting's name.
pub(in crate::config) fn name_pattern(text: &str) -> Result<NamePattern, Complaint> {
    NamePattern::new(text)
        .ok_or_else(|| Complaint::new("the pattern is blank", "Write one such as \"Lecture*\", or leave the key out."))
}
