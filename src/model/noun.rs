//! Holds the words for things that are counted.

/// The name of a kind of thing: for one of them, and for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noun {
    /// One.
    pub one: &'static str,
    /// None, or several.
    pub many: &'static str,
}

impl Noun {
    /// Returns the word for so many.
    #[must_use]
    pub fn of(self, n: u64) -> &'static str {
        if n == 1 { self.one } else { self.many }
    }
}
