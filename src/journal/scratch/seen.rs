//! Which texts were seen, told without a look at the disk: surely not, or perhaps.

use fastbloom::BloomFilter;

/// Texts that one filter holds.
const TEXTS: usize = 1 << 16;
/// How often a filter says "perhaps" of a text that it does not hold. A filter has 80 KB then.
const MISTAKEN: f64 = 0.01;

/// A set of texts that grows by filters, each for as many texts.
#[derive(Debug, Default)]
pub(super) struct Seen {
    filters: Vec<BloomFilter>,
    /// Texts in the last filter.
    last: usize,
}

impl Seen {
    /// Whether the text may have been added.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        self.filters.iter().any(|filter| filter.contains(text))
    }

    /// Adds a text; tells whether it may have been added before.
    pub(super) fn add(&mut self, text: &str) -> bool {
        if self.may_hold(text) {
            return true;
        }
        if self.filters.is_empty() || self.last == TEXTS {
            self.filters.push(BloomFilter::with_false_pos(MISTAKEN).seed(&0).expected_items(TEXTS));
            self.last = 0;
        }
        if let Some(filter) = self.filters.last_mut() {
            filter.insert(text);
            self.last += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_never_denied_and_what_was_not_mostly_is() {
        let mut seen = Seen::default();
        let texts = |range: std::ops::Range<u32>| range.map(|n| format!("2026-11-23|u{}|{n}", n % 7));
        let most = u32::try_from(TEXTS * 2 + TEXTS / 2).unwrap();
        for text in texts(0..most) {
            seen.add(&text);
        }
        assert_eq!(seen.filters.len(), 3, "texts that no filter was sure about need no place");
        assert!(texts(0..most).all(|text| seen.may_hold(&text)));
        let mistaken = texts(most..most + 10_000).filter(|text| seen.may_hold(text)).count();
        assert!(mistaken < 600, "{mistaken} of 10,000");
    }
}
