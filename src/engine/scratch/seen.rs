//! Tells by hashes, without a look at the disk, that something was surely not seen, or perhaps.

use fastbloom::BloomFilter;

/// Hashes that the first filter holds; each further one holds twice as many.
const FIRST: usize = 1 << 15;
/// Filters at most, which hold half a million hashes in three quarters of a megabyte. The last takes all that come then: it is
/// mistaken more often, but no memory grows with the number of rows.
const FILTERS: usize = 4;
/// The chance that a filter says "perhaps" of a hash that it does not hold. It has about 13 bits for each then.
const MISTAKEN: f64 = 0.002;

/// A set of hashes that grows by filters.
#[derive(Debug, Default)]
pub(super) struct Seen {
    filters: Vec<BloomFilter>,
    /// The number of hashes that the last filter still has room for.
    room: usize,
}

impl Seen {
    /// Tells whether no hash was added.
    pub(super) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Tells whether the hash may have been added.
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        self.filters.iter().any(|filter| filter.contains_hash(hash))
    }

    /// Adds a hash; tells whether it may have been added before.
    pub(super) fn add(&mut self, hash: u64) -> bool {
        if self.room == 0 && self.filters.len() < FILTERS {
            self.room = FIRST << self.filters.len();
            // Of one seed: the hash is the caller's.
            self.filters.push(BloomFilter::with_false_pos(MISTAKEN).seed(&0).expected_items(self.room));
        }
        let held = self.may_hold(hash);
        if let Some(last) = self.filters.last_mut().filter(|_| !held) {
            last.insert_hash(hash);
            self.room = self.room.saturating_sub(1);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn what_was_added_is_never_denied_and_what_was_not_mostly_is() {
        let (hashes, mut seen) = (RandomState::new(), Seen::default());
        let hash = |number: usize| hashes.hash_one(number);
        assert!(!seen.may_hold(hash(0)));
        let most = FIRST * 3 + FIRST / 2;
        let denied = (0..most).filter(|number| !seen.add(hash(*number))).count();
        assert_eq!((seen.filters.len(), seen.room), (3, 7 * FIRST - denied));
        assert!((0..most).all(|number| seen.may_hold(hash(number)) && seen.add(hash(number))));
        let mistaken = (most..most + 10_000).filter(|number| seen.may_hold(hash(*number))).count();
        assert!(mistaken < 120, "{mistaken} of 10,000");
    }

    #[test]
    fn however_many_there_are_memory_does_not_grow_and_none_is_denied() {
        let (hashes, mut seen) = (RandomState::new(), Seen::default());
        let most = FIRST * 20;
        for number in 0..most {
            seen.add(hashes.hash_one(number));
        }
        let bits: usize = seen.filters.iter().map(BloomFilter::num_bits).sum();
        assert!(seen.filters.len() == FILTERS && bits < 6_500_000, "{bits} bits");
        assert!((0..most).all(|number| seen.may_hold(hashes.hash_one(number))));
    }
}
