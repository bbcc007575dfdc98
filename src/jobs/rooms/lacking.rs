//! Names the first of the rooms that lack something, and counts the others.

/// Rooms that are named one by one.
const TOLD: usize = 5;

/// Rooms that lack something: the first of them by name.
#[derive(Debug, Default)]
pub(in crate::jobs) struct Lacking {
    told: Vec<String>,
    /// The number of all of them.
    pub(in crate::jobs) all: u64,
}

impl Lacking {
    /// Notes one.
    pub(in crate::jobs) fn note(&mut self, words: impl FnOnce() -> String) {
        self.all += 1;
        if self.told.len() < TOLD {
            self.told.push(words());
        }
    }

    /// Returns their names, for a sentence.
    pub(in crate::jobs) fn shown(&self) -> String {
        let more = self.all - self.told.len() as u64;
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{more}", self.told.join("; "))
    }
}
