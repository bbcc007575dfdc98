//! Finds records by a hash. Hashes are written down in the order in which they come, a sorted block at a time: where none is asked for,
//! that is all. Blocks are merged into one only once lookups have gone through so many that it pays.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::temporary;

/// Entries that wait in memory; a block has as many at first.
const FRESH: usize = 4096;
/// Bytes of an entry: the hash, and the place of the record.
const ENTRY: usize = 16;
/// Entries that are read at once.
const WINDOW: usize = 256;
/// Blocks that are merged at once: a window of each is in memory.
const MERGED: usize = 64;
/// Looks into blocks that there must have been before any are merged.
const LOOKS: u64 = 48;
/// Entries that are merged in the time of one look into a block.
const MERGED_A_LOOK: u64 = 32;
/// No entry follows in its chain.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u64,
    at: u64,
}

/// A part of the file that is sorted.
#[derive(Debug, Clone, Copy)]
struct Block {
    from: u64,
    count: u64,
}

/// The places of records by their hashes.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The newest entries, each with the one before it in its chain.
    fresh: Vec<(Entry, u32)>,
    /// The newest entry of each chain; empty while there is no fresh entry.
    chains: Vec<u32>,
    /// Oldest first.
    blocks: Vec<Block>,
    file: Option<File>,
    /// Looks into blocks, beyond one for each question, since blocks were last merged.
    looks: u64,
}

impl Index {
    /// Adds a record's place. On an error it is there all the same, and waits in memory to be written with those that come.
    pub(super) fn add(&mut self, hash: u64, at: u64) -> io::Result<()> {
        self.push(Entry { hash, at });
        if self.fresh.len() < FRESH { Ok(()) } else { self.spill() }
    }

    /// Shows the places of the records with this hash, newest first, until `take` returns something.
    pub(super) fn find<T>(
        &mut self,
        hash: u64,
        mut take: impl FnMut(u64) -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let mut next = self.chains.get(chain_of(hash)).copied().unwrap_or(NONE);
        while let Some((entry, before)) = self.fresh.get(next as usize) {
            if entry.hash == hash
                && let Some(taken) = take(entry.at)?
            {
                return Ok(Some(taken));
            }
            next = *before;
        }
        self.merge_if_it_pays();
        let Some(file) = &self.file else { return Ok(None) };
        for (looked, block) in self.blocks.iter().rev().enumerate() {
            self.looks += u64::from(looked > 0);
            if let Some(taken) = block.find(file, hash, &mut take)? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }

    fn push(&mut self, entry: Entry) {
        if self.chains.is_empty() {
            self.chains.resize(FRESH, NONE);
        }
        let newest = &mut self.chains[chain_of(entry.hash)];
        self.fresh.push((entry, *newest));
        *newest = u32::try_from(self.fresh.len() - 1).unwrap_or(NONE);
    }

    fn entries(&self) -> u64 {
        self.blocks.last().map_or(0, |last| last.from + last.count)
    }

    /// Writes the fresh entries as a block.
    fn spill(&mut self) -> io::Result<()> {
        let from = self.entries();
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(temporary()?),
        };
        let mut sorted: Vec<_> = self.fresh.iter().map(|(entry, _)| *entry).collect();
        sorted.sort_unstable();
        write(file, from, &sorted)?;
        self.blocks.push(Block { from, count: sorted.len() as u64 });
        self.fresh.clear();
        self.chains.fill(NONE);
        Ok(())
    }

    /// Makes one block of all, where those who asked have looked into so many that it pays. Where there is no room for it, the
    /// blocks stay.
    fn merge_if_it_pays(&mut self) {
        if self.blocks.len() < 2 || self.looks < LOOKS || self.looks * MERGED_A_LOOK < self.entries() {
            return;
        }
        self.looks = 0;
        if let Err(error) = self.merge() {
            tracing::debug!(%error, "the index of a notebook stays in parts");
        }
    }

    fn merge(&mut self) -> io::Result<()> {
        while self.blocks.len() > 1 {
            let Some(from) = &self.file else { return Ok(()) };
            let (into, mut merged, mut end) = (temporary()?, Vec::new(), 0);
            for blocks in self.blocks.chunks(MERGED) {
                let block = merge(from, blocks, &into, end)?;
                end += block.count;
                merged.push(block);
            }
            (self.file, self.blocks) = (Some(into), merged);
        }
        Ok(())
    }
}

fn chain_of(hash: u64) -> usize {
    usize::try_from(hash % FRESH as u64).unwrap_or_default()
}

impl Block {
    /// Shows the places of the records with this hash, newest first, until `take` returns something.
    fn find<T>(
        &self,
        file: &File,
        hash: u64,
        take: &mut impl FnMut(u64) -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let mut end = self.end_of(file, hash)?;
        while end > 0 {
            let from = end.saturating_sub(WINDOW as u64);
            let window = Window::read(file, self.from + from, end - from)?;
            for entry in window.entries().rev() {
                if entry.hash != hash {
                    return Ok(None);
                }
                if let Some(taken) = take(entry.at)? {
                    return Ok(Some(taken));
                }
            }
            end = from;
        }
        Ok(None)
    }

    /// The number of entries up to the last with this hash; 0 where it is seen that there is no such entry. Hashes are spread evenly,
    /// so the place is guessed; where many are alike, a guess may be wrong again and again, so every other time the middle is taken.
    fn end_of(&self, file: &File, hash: u64) -> io::Result<u64> {
        // The end is in `low..=high`; hashes there are between these two.
        let (mut low, mut high, mut from_hash, mut to_hash) = (0, self.count, 0, u64::MAX);
        let mut guess = true;
        while low < high {
            let length = high - low;
            let share = if guess { portion(hash - from_hash, to_hash - from_hash, length) } else { length / 2 };
            guess = !guess;
            let from = (low + share).saturating_sub(WINDOW as u64 / 2);
            let from = from.clamp(low, high.saturating_sub(WINDOW as u64).max(low));
            let window = Window::read(file, self.from + from, (WINDOW as u64).min(high - from))?;
            let packed = window.packed();
            let (Some(first), Some(last)) = (packed.first().map(hash_of), packed.last().map(hash_of)) else { break };
            if first > hash {
                (high, to_hash) = (from, first);
            } else if last <= hash {
                (low, from_hash) = (from + packed.len() as u64, last);
            } else {
                let end = packed.partition_point(|entry| hash_of(entry) <= hash);
                let is_there = packed[..end].last().is_some_and(|entry| hash_of(entry) == hash);
                return Ok(if is_there { from + end as u64 } else { 0 });
            }
        }
        Ok(low)
    }
}

/// `part` of `whole`, as a part of `length`.
fn portion(part: u64, whole: u64, length: u64) -> u64 {
    let portion = u128::from(part) * u128::from(length) / (u128::from(whole) + 1);
    u64::try_from(portion).unwrap_or(length)
}

/// Merges sorted blocks into one.
fn merge(from: &File, blocks: &[Block], into: &File, at: u64) -> io::Result<Block> {
    let mut sources = Vec::with_capacity(blocks.len());
    let mut least = BinaryHeap::with_capacity(blocks.len());
    for block in blocks {
        let mut source = Source { block: *block, window: Vec::new().into_iter() };
        if let Some(entry) = source.next(from)? {
            least.push(Reverse((entry, sources.len())));
        }
        sources.push(source);
    }
    let (mut merged, mut written) = (Vec::with_capacity(FRESH), 0);
    while let Some(Reverse((entry, source))) = least.pop() {
        if let Some(next) = sources[source].next(from)? {
            least.push(Reverse((next, source)));
        }
        merged.push(entry);
        if merged.len() == FRESH || least.is_empty() {
            write(into, at + written, &merged)?;
            written += merged.len() as u64;
            merged.clear();
        }
    }
    Ok(Block { from: at, count: written })
}

/// The rest of a block that is being merged.
struct Source {
    block: Block,
    window: std::vec::IntoIter<Entry>,
}

impl Source {
    fn next(&mut self, from: &File) -> io::Result<Option<Entry>> {
        if self.window.len() == 0 && self.block.count > 0 {
            let count = self.block.count.min(WINDOW as u64);
            self.window = Window::read(from, self.block.from, count)?.entries().collect::<Vec<_>>().into_iter();
            self.block = Block { from: self.block.from + count, count: self.block.count - count };
        }
        Ok(self.window.next())
    }
}

/// Entries as they are in the file: of most, not even the hash is asked for.
struct Window {
    bytes: [u8; ENTRY * WINDOW],
    length: usize,
}

impl Window {
    /// Reads so many entries, a window at most.
    fn read(file: &File, from: u64, count: u64) -> io::Result<Self> {
        let length = ENTRY * usize::try_from(count).unwrap_or_default();
        let mut window = Self { bytes: [0; ENTRY * WINDOW], length };
        file.read_exact_at(&mut window.bytes[..length], from * ENTRY as u64)?;
        Ok(window)
    }

    fn packed(&self) -> &[[u8; ENTRY]] {
        self.bytes[..self.length].as_chunks().0
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = Entry> {
        self.packed().iter().map(|packed| Entry { hash: hash_of(packed), at: number(&packed[ENTRY / 2..]) })
    }
}

fn hash_of(packed: &[u8; ENTRY]) -> u64 {
    number(&packed[..ENTRY / 2])
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map(u64::from_le_bytes).unwrap_or_default()
}

fn write(file: &File, from: u64, entries: &[Entry]) -> io::Result<()> {
    let bytes: Vec<_> =
        entries.iter().flat_map(|entry| [entry.hash.to_le_bytes(), entry.at.to_le_bytes()]).flatten().collect();
    file.write_all_at(&bytes, from * ENTRY as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Spreads numbers as hashes are spread.
    fn spread(number: u64) -> u64 {
        number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xD1B5_4A32_D192_ED03)
    }

    fn all(index: &mut Index, hash: u64) -> Vec<u64> {
        let mut found = Vec::new();
        index
            .find(hash, |at| {
                found.push(at);
                Ok(None::<()>)
            })
            .unwrap();
        found
    }

    #[test]
    fn every_place_is_found_in_memory_in_blocks_and_in_merged_ones() {
        let mut index = Index::default();
        let most = FRESH as u64 * 70 + 100;
        for at in 0..most {
            index.add(spread(at), at).unwrap();
        }
        assert_eq!((index.blocks.len(), index.looks), (70, 0), "nobody asked, so nothing was merged");
        for at in (0..most).step_by(997) {
            assert_eq!(all(&mut index, spread(at)), [at]);
            assert!(all(&mut index, spread(most + at)).is_empty());
        }
        assert_eq!(index.blocks.len(), 1);
        assert_eq!(index.entries() + index.fresh.len() as u64, most);
    }

    #[test]
    fn a_block_that_does_not_fit_waits_in_memory() {
        let mut index = Index { file: Some(File::open("/dev/null").unwrap()), ..Index::default() };
        let most = FRESH as u64 + 3;
        let refused = (0..most).filter(|at| index.add(spread(*at), *at).is_err()).count();
        assert_eq!(refused, 4);
        index.file = Some(temporary().unwrap());
        index.add(spread(most), most).unwrap();
        assert!(index.fresh.is_empty());
        assert!((0..=most).all(|at| all(&mut index, spread(at)) == [at]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Few hashes, so that each has many places, in several blocks.
        #[test]
        fn all_places_of_a_hash_are_told_newest_first(hashes in 1..40_u64, seed in any::<u64>(), asked in 0..200_u64) {
            let mut index = Index::default();
            let mut places = std::collections::HashMap::<u64, Vec<u64>>::new();
            for at in 0..FRESH as u64 * 3 + asked {
                let hash = spread(spread(at ^ seed) % hashes);
                index.add(hash, at).unwrap();
                places.entry(hash).or_default().push(at);
            }
            for _ in 0..asked {
                index.find(spread(asked % hashes), |_| Ok(None::<()>)).unwrap();
            }
            for (hash, mut places) in places {
                places.reverse();
                prop_assert_eq!(all(&mut index, hash), places);
            }
            for other in hashes..hashes + 40 {
                prop_assert!(all(&mut index, spread(other)).is_empty());
            }
        }
    }
}
