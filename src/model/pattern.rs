//! Chooses rooms and meetings by a pattern for their names, as people write one in a configuration.

use std::fmt;

use wildmatch::WildMatch;

use super::kept::as_kept;

/// A whole name, in which `*` stands for any text and `?` for any one character. Capitals do not matter, and neither does
/// how a server keeps a name: what is unseen, how letters are composed, entities (`R&amp;D`).
#[derive(Debug, Clone, PartialEq)]
pub struct NamePattern(WildMatch);

impl Eq for NamePattern {}

impl NamePattern {
    /// Returns the pattern of this text; `None` where it is blank, which would match nothing.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = as_kept(text);
        (!text.is_empty()).then(|| Self(WildMatch::new_case_insensitive(&text)))
    }

    /// Returns the pattern that every name matches.
    #[must_use]
    pub fn any() -> Self {
        Self(WildMatch::new_case_insensitive("*"))
    }

    /// Tells whether the name is one of those that are meant.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(&as_kept(name))
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_matched_as_a_whole_and_capitals_do_not_matter() {
        let pattern = NamePattern::new(" Lecture* ").unwrap();
        assert!(["Lecture", "lecture 12", " LECTURE: Äpfel "].iter().all(|name| pattern.matches(name)));
        assert!(["A Lecture", "Lectur", ""].iter().all(|name| !pattern.matches(name)));
        let umlaut = NamePattern::new("übung ?").unwrap();
        assert!(umlaut.matches("Übung 1") && !umlaut.matches("Übung 12"));
        assert!(umlaut.matches("\u{200B}U\u{308}bung\u{A0}1"));
        assert!(NamePattern::new("R&D*").unwrap().matches("R&amp;D 1"));
    }

    #[test]
    fn any_matches_every_name_and_a_blank_text_is_no_pattern() {
        assert!(NamePattern::any().matches("") && NamePattern::any().matches("Lecture"));
        assert_eq!(NamePattern::new(" "), None);
        assert_eq!(NamePattern::new("*"), Some(NamePattern::any()));
    }
}
