//! Lists what can be wrong with the shape of a file, as data, so that it is put into words in one place.

use std::fmt;
use std::ops::Range;

use serde::de::{Expected, Unexpected};

use super::Mistakes;

/// A key that is unknown, or a value that is not of the sort its key asks for.
#[derive(Debug)]
pub(in crate::config) struct Mistake {
    /// The key, with the index of an element of a list: `mail.to[1]`.
    pub(in crate::config) path: String,
    /// Its place, in bytes.
    pub(in crate::config) span: Range<usize>,
    pub(in crate::config) wrong: Wrong,
}

/// The fault.
#[derive(Debug)]
pub(in crate::config) enum Wrong {
    /// The table knows no such key, only these.
    Key { known: Vec<&'static str> },
    /// The value is none of these words.
    Word { words: &'static [&'static str] },
    /// The value is not of this sort.
    Sort { wanted: String },
    /// Anything else.
    Other(String),
    /// It is on the list already.
    Noted,
}

/// Puts it on the list, unless it is there already.
pub(super) fn note(mistakes: &Mistakes, path: String, span: Range<usize>, wrong: Wrong) {
    if !matches!(wrong, Wrong::Noted) {
        mistakes.borrow_mut().push(Mistake { path, span, wrong });
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { .. } => f.write_str("the key is not known"),
            Self::Word { words } => write!(f, "it is none of {}", words.join(", ")),
            Self::Sort { wanted } => write!(f, "it is not {wanted}"),
            Self::Other(message) => f.write_str(message),
            Self::Noted => f.write_str("it is on the list already"),
        }
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    /// The value itself stays out: it may be a secret.
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let wanted = expected.to_string();
        let wanted = match wanted.as_str() {
            "a string" => "a text in quotes".to_owned(),
            "a boolean" => "true or false".to_owned(),
            "i64" => "a whole number".to_owned(),
            "a sequence" => "a list in square brackets".to_owned(),
            "a map" => "a table".to_owned(),
            other if other.starts_with("struct ") || other.starts_with("tuple struct ") => "a table".to_owned(),
            _ => wanted,
        };
        Self::Sort { wanted }
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::Key { known: known.to_vec() }
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self::Word { words }
    }
}
