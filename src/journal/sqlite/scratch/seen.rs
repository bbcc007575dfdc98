//! Which texts were seen, told without a look at the disk: surely not, or perhaps.

use fastbloom::BloomFilter;

/// Texts that the first filter holds; each further one holds twice as many.
const FIRST: usize = 1 << 15;
/// Texts that a filter holds at most.
const MOST: usize = 1 << 18;
/// The chance that a filter says "perhaps" of a text that it does not hold. It has about 13 bits for each text then.
const MISTAKEN: f64 = 0.002;

/// A set of texts that grows by filters.
#[derive(Debug, Default)]
pub(super) struct Seen {
    filters: Vec<BloomFilter>,
    /// The number of texts that the last filter still has room for.
    room: usize,
}

impl Seen {
    /// Tells whether the text may have been added.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        let Some(first) = self.filters.first() else { return false };
        let hash = first.source_hash(text);
        self.filters.iter().any(|filter| filter.contains_hash(hash))
    }

    /// Adds a text; tells whether it may have been added before.
    pub(super) fn add(&mut self, text: &str) -> bool {
        if self.room == 0 {
            self.room = (FIRST << self.filters.len().min(8)).min(MOST);
            // Of one seed, so that one hash serves all.
            self.filters.push(BloomFilter::with_false_pos(MISTAKEN).seed(&0).expected_items(self.room));
        }
        let held = self.may_hold(text);
        if let Some(last) = self.filters.last_mut().filter(|_| !held) {
            last.insert(text);
            self.room -= 1;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_never_denied_and_what_was_not_mostly_is() {
        let mut seen = Seen::default();
        let texts = |range: std::ops::Range<u32>| range.map(|n| format!("2026-11-23|u{}|{n}", n % 7));
        assert!(!seen.may_hold("a"));
        let most = u32::try_from(FIRST * 3 + FIRST / 2).unwrap();
        let denied = texts(0..most).filter(|text| !seen.add(text)).count();
        assert_eq!((seen.filters.len(), seen.room), (3, 7 * FIRST - denied));
        assert!(texts(0..most).all(|text| seen.may_hold(&text) && seen.add(&text)));
        let mistaken = texts(most..most + 10_000).filter(|text| seen.may_hold(text)).count();
        assert!(mistaken < 120, "{mistaken} of 10,000");
    }
}
