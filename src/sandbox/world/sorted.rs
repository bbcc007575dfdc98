//! Keeps a sorted list that is quick at everything the API's paging asks for: insert, remove, and "from the n-th on". A
//! `BTreeMap` cannot skip to the n-th, and a plain `Vec` moves half of itself at every insert.

/// Keys in ascending order, in chunks small enough to move and few enough to walk over.
#[derive(Debug)]
pub struct Sorted<K> {
    chunks: Vec<Vec<K>>,
    len: usize,
}

const CHUNK: usize = 512;

impl<K: Ord + Copy> Sorted<K> {
    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds `key`; one that is there already stays alone.
    pub fn insert(&mut self, key: K) {
        // The chunk that `key` belongs into: the last that begins at or before it, else the first.
        let at = self.chunk_for(&key);
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![key]);
            self.len = 1;
            return;
        };
        let Err(place) = chunk.binary_search(&key) else { return };
        chunk.insert(place, key);
        self.len += 1;
        if chunk.len() > CHUNK {
            let upper = chunk.split_off(CHUNK / 2);
            self.chunks.insert(at + 1, upper);
        }
    }

    /// Takes `key` out, if it is there.
    pub fn remove(&mut self, key: &K) {
        let at = self.chunk_for(key);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        let Ok(place) = chunk.binary_search(key) else { return };
        chunk.remove(place);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
    }

    /// Returns the number of keys that are less than `key`.
    pub fn rank(&self, key: &K) -> usize {
        let at = self.chunk_for(key);
        let before: usize = self.chunks.iter().take(at).map(Vec::len).sum();
        before + self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|other| other < key))
    }

    /// Returns the keys from the `skip`-th (counted from 0) on, ascending.
    pub fn from(&self, mut skip: usize) -> impl Iterator<Item = K> + '_ {
        let mut first = 0;
        while let Some(chunk) = self.chunks.get(first).filter(|chunk| chunk.len() <= skip) {
            skip -= chunk.len();
            first += 1;
        }
        self.chunks.iter().skip(first).flatten().skip(skip).copied()
    }

    /// Returns the `take` keys that end before the `end`-th, descending.
    pub fn back_from(&self, end: usize, take: usize) -> Vec<K> {
        let begin = end.saturating_sub(take);
        let mut keys: Vec<K> = self.from(begin).take(end - begin).collect();
        keys.reverse();
        keys
    }

    fn chunk_for(&self, key: &K) -> usize {
        self.chunks.partition_point(|chunk| chunk.first().is_some_and(|first| first <= key)).saturating_sub(1)
    }
}

impl<K> Default for Sorted<K> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::random::Random;

    #[test]
    fn it_agrees_with_a_plain_set_after_many_changes() {
        let (mut sorted, mut set, mut random) = (Sorted::default(), BTreeSet::new(), Random::new(3));
        for _ in 0..8_000 {
            let key = random.next() % 4_000;
            if random.chance(0.3) {
                sorted.remove(&key);
                set.remove(&key);
            } else {
                sorted.insert(key);
                set.insert(key);
            }
        }
        let all: Vec<u64> = set.iter().copied().collect();
        assert!(all.len() > 2 * CHUNK);
        assert_eq!(sorted.len(), all.len());
        assert_eq!(sorted.from(0).collect::<Vec<_>>(), all);
        for skip in [1, CHUNK, all.len() - 1, all.len(), all.len() + 5] {
            assert_eq!(sorted.from(skip).collect::<Vec<_>>(), all.iter().copied().skip(skip).collect::<Vec<_>>());
        }
        for key in [0, 1_999, 5_000] {
            assert_eq!(sorted.rank(&key), set.range(..key).count());
        }
        assert_eq!(sorted.back_from(700, 3), [all[699], all[698], all[697]]);
        assert_eq!(sorted.back_from(2, 9), [all[1], all[0]]);
    }
}
