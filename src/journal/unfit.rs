//! Says why a database cannot hold the journal.

/// The reason why a database cannot hold the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The fault.
    pub why: String,
    /// The remedy, as a sentence.
    pub remedy: String,
}
