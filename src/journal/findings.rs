//! Describes what a check of the whole journal finds: which law is broken, and where.

use serde::{Deserialize, Serialize};

/// Violations of one law that are told one by one; the others are counted.
const TOLD: u64 = 50;

/// A law that a sound journal keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// SQLite can read every page, and its indexes say what its tables say.
    Integrity,
    /// Every row that another refers to is there.
    References,
    /// Words and numbers mean something.
    Words,
    /// The statuses of a run's items add up to what the run says.
    Sums,
    /// A run that has ended has no open item.
    Endings,
    /// A run says of its owner everything or nothing.
    Owners,
    /// An item and what belongs to it are there together.
    Parts,
    /// Every memory of a job was made by an item of its own.
    Identities,
    /// A due time has its run, or the reason why it has none.
    DueTimes,
    /// PINs go when they are written where they belong.
    Pins,
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Against what.
    pub law: Law,
    /// The finding, as a sentence without its full stop.
    pub problem: String,
}

/// The findings of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// Runs that were looked at.
    pub runs: u64,
    /// Items that were looked at.
    pub items: u64,
    /// The findings; of each law the first ones.
    pub violations: Vec<Violation>,
    /// So many more, that are not told.
    pub untold: u64,
}

impl Findings {
    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.violations.is_empty()
    }

    /// Tells whether SQLite itself cannot read the journal as it must be.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.violations.iter().any(|violation| violation.law == Law::Integrity)
    }

    pub(super) fn add(&mut self, law: Law, problem: String) {
        let told = self.violations.iter().filter(|violation| violation.law == law).count() as u64;
        if told < TOLD {
            self.violations.push(Violation { law, problem });
        } else {
            self.untold += 1;
        }
    }
}
