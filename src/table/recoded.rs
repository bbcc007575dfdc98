//! Says how a text was read that was not UTF-8, with words that show a person whether that was right.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The encoding, and the first words with a letter beyond ASCII, or with a sign where there is no such letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recoded {
    /// The encoding's label.
    pub encoding: String,
    /// The words as they were read.
    pub words: Vec<String>,
}

impl fmt::Display for Recoded {
    /// Writes `windows-1252 (Übung, Français)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encoding)?;
        if self.words.is_empty() { Ok(()) } else { write!(f, " ({})", self.words.join(", ")) }
    }
}

impl Recoded {
    /// Returns the sentence of a mail.
    #[must_use]
    pub fn told(&self) -> String {
        let Self { encoding, words } = self;
        match &words[..] {
            [] => format!("The file was read as {encoding}."),
            words => format!(
                "The file was read as {encoding}, not UTF-8. Look at these words of it: {}. If they are wrong, undo what was \
                 done by them, and save the file as CSV UTF-8.",
                words.join(", ")
            ),
        }
    }
}
