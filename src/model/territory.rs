//! Says what the runs of a kind of job may touch, so that two machines do not write to the same thing at once.

/// The things on the server that a run may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Territory {
    /// It changes nothing.
    ReadsOnly,
    /// It changes what runs of its own job have made.
    OwnThings,
    /// It changes what is there, whoever made it.
    Anything,
}

impl Territory {
    /// Returns a number for it. Two runs of different jobs keep out of each other's way where the sum of theirs is less than
    /// [`Self::APART`].
    #[must_use]
    pub fn weight(self) -> i64 {
        match self {
            Self::ReadsOnly => 0,
            Self::OwnThings => 1,
            Self::Anything => 2,
        }
    }

    /// The sum of two weights from which on one run waits for the other.
    pub const APART: i64 = 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_changes_anything_waits_for_every_other_that_writes() {
        use Territory::{Anything, OwnThings, ReadsOnly};
        let waits = |one: Territory, other: Territory| one.weight() + other.weight() >= Territory::APART;
        assert!(waits(Anything, Anything) && waits(Anything, OwnThings) && waits(OwnThings, Anything));
        assert!(!waits(OwnThings, OwnThings));
        assert!([ReadsOnly, OwnThings, Anything].into_iter().all(|other| !waits(ReadsOnly, other)));
    }
}
