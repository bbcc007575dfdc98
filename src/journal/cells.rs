//! Packs the cells of rows, as they were handed in, many rows together: a row alone is too short to become shorter, while the rows of a
//! timetable are much alike. A packed text is read without anything else than itself.

use std::io::Read;

use flate2::bufread::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::ItemView;
use crate::model::{ItemNo, NewItem};

/// Bytes of text that are packed together, about: more make it hardly shorter, and are unpacked for the sake of one row.
const BLOCK: usize = 24 * 1024;
/// Stands behind each text; no text in UTF-8 has it.
const END: u8 = 0xff;
/// What a block costs beside its bytes, and what each of its rows does: less than that is not worth it.
const BLOCK_COST: usize = 16;
const ROW_COST: usize = 4;

/// The cells of rows whose items follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The last of the items, by which the block is found.
    pub(super) last: ItemNo,
    /// Their cells, packed.
    pub(super) packed: Vec<u8>,
}

/// The cells of the items of a plan.
#[derive(Debug, Default)]
pub(super) struct PlannedCells {
    /// For each item the block that has its cells; `None` where they stand beside it, or it has none.
    pub(super) at: Vec<Option<ItemNo>>,
    /// The blocks.
    pub(super) blocks: Vec<Block>,
}

impl PlannedCells {
    /// Takes the cells of the items and packs them; leaves those that would not become shorter.
    pub(super) fn take(items: &mut [NewItem]) -> Self {
        let mut planned = Self { at: vec![None; items.len()], blocks: Vec::new() };
        let mut deflate = None;
        let mut from = 0;
        while from < items.len() {
            let rows = rows_of_block(&items[from..]);
            if let Some(block) = pack(&items[from..from + rows], &mut deflate) {
                items[from..from + rows].iter_mut().for_each(|item| item.source = None);
                planned.at[from..from + rows].fill(Some(block.last));
                planned.blocks.push(block);
            }
            from += rows.max(1);
        }
        planned
    }
}

/// Returns how many of the items at the front go into one block.
fn rows_of_block(items: &[NewItem]) -> usize {
    let (mut rows, mut bytes) = (0, 0);
    for (item, before) in items.iter().zip(std::iter::once(None).chain(items.iter().map(Some))) {
        let Some(source) = &item.source else { break };
        if bytes >= BLOCK || before.is_some_and(|before| before.item.0.checked_add(1) != Some(item.item.0)) {
            break;
        }
        (rows, bytes) = (rows + 1, bytes + source.len());
    }
    rows
}

/// Packs the cells of items that follow one another. What deflates them is made for the first of them: it takes more room than they do.
fn pack(items: &[NewItem], deflate: &mut Option<Compress>) -> Option<Block> {
    let texts = items.iter().filter_map(|item| item.source.as_deref());
    let plain: usize = texts.clone().map(str::len).sum();
    let cost = BLOCK_COST + ROW_COST * items.len();
    if plain <= cost {
        return None;
    }
    let mut text = Vec::with_capacity(plain + items.len());
    for row in texts {
        text.extend_from_slice(row.as_bytes());
        text.push(END);
    }
    let deflate = match deflate {
        Some(used) => {
            used.reset();
            used
        }
        None => deflate.insert(Compress::new(Compression::new(3), true)),
    };
    // What does not fit in is not shorter.
    let mut packed = Vec::with_capacity(plain);
    let is_whole = deflate.compress_vec(&text, &mut packed, FlushCompress::Finish).ok()? == Status::StreamEnd;
    packed.shrink_to_fit();
    let last = items.last()?.item;
    (is_whole && packed.len() + cost < plain).then_some(Block { last, packed })
}

/// An item as it is found: its cells may be packed.
pub(super) struct FoundItem {
    /// The item, with its cells where they are not packed.
    pub(super) view: ItemView,
    /// The block that has its cells.
    pub(super) cells_at: Option<ItemNo>,
}

/// Cells that were unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unpacked {
    last: ItemNo,
    texts: Vec<String>,
}

impl Unpacked {
    /// Unpacks a block; `None` where it is damaged.
    pub(super) fn of(last: ItemNo, packed: &[u8]) -> Option<Self> {
        let mut text = Vec::new();
        let mut unpacking = ZlibDecoder::new(packed);
        unpacking.read_to_end(&mut text).ok()?;
        let is_whole = unpacking.into_inner().is_empty() && text.pop() == Some(END);
        let texts: Result<Vec<String>, _> =
            text.split(|byte| *byte == END).map(|row| String::from_utf8(row.to_vec())).collect();
        is_whole.then_some(Self { last, texts: texts.ok()? })
    }

    /// Returns the item by which the block is found.
    pub(super) fn last(&self) -> ItemNo {
        self.last
    }

    /// Returns the item before the first whose cells are here; `None` where there can be none.
    pub(super) fn before(&self) -> Option<ItemNo> {
        self.last.0.checked_sub(u32::try_from(self.texts.len()).ok()?).map(ItemNo)
    }

    /// Returns the cells of an item; `None` where the block has none of it.
    pub(super) fn of_item(&self, item: ItemNo) -> Option<&str> {
        let behind = usize::try_from(self.last.0.checked_sub(item.0)?).ok()?;
        self.texts.len().checked_sub(behind + 1).map(|at| self.texts[at].as_str())
    }
}

/// Says that the cells of an item cannot be had any more.
pub(super) fn lost(item: ItemNo) -> String {
    format!("the cells of item {item}, as they were handed in, cannot be unpacked")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{JobPayload, Start};

    fn item(n: u32, source: Option<&str>) -> NewItem {
        NewItem {
            item: ItemNo(n),
            identity: None,
            label: String::new(),
            line: None,
            payload: JobPayload::kept(String::new()),
            source: source.map(str::to_owned),
            start: Start::Pending,
        }
    }

    /// The cells of each item as they are read later, and how many blocks there are.
    fn there_and_back(mut items: Vec<NewItem>) -> (Vec<Option<String>>, usize) {
        let planned = PlannedCells::take(&mut items);
        let unpacked: Vec<_> =
            planned.blocks.iter().map(|block| Unpacked::of(block.last, &block.packed).unwrap()).collect();
        let cells = items.into_iter().zip(&planned.at).map(|(item, at)| match at {
            Some(at) => {
                assert_eq!(item.source, None);
                let block = unpacked.iter().find(|block| block.last() == *at).unwrap();
                Some(block.of_item(item.item).unwrap().to_owned())
            }
            None => item.source,
        });
        (cells.collect(), planned.blocks.len())
    }

    fn lesson(n: u32) -> String {
        format!(
            "[\"R-{n}\",\"u0000{}\",\"Lecture {n:07}\",\"2027-02-01 {:02}:00\",\"45\",\"1\",\"20\"]",
            n % 10,
            n % 24
        )
    }

    #[test]
    fn the_rows_of_a_timetable_take_a_fifth_and_each_comes_back() {
        let items = |all: u32| (1..=all).map(|n| item(n, Some(&lesson(n)))).collect::<Vec<_>>();
        let mut packed = items(250);
        let planned = PlannedCells::take(&mut packed);
        let (plain, bytes): (usize, usize) =
            ((1..=250).map(|n| lesson(n).len()).sum(), planned.blocks.iter().map(|block| block.packed.len()).sum());
        assert!(bytes * 5 < plain, "{bytes} of {plain}");
        let (cells, blocks) = there_and_back(items(1000));
        assert_eq!(cells, (1..=1000).map(|n| Some(lesson(n))).collect::<Vec<_>>());
        assert!((3..=4).contains(&blocks), "{blocks}");
    }

    #[test]
    fn what_would_become_longer_stays_as_it_is() {
        let letters: String = (0..60_u8).map(|n| char::from(b' ' + n.wrapping_mul(37) % 94)).collect();
        for sources in [vec![Some("[\"a\"]")], vec![Some("")], vec![None, None], vec![Some(letters.as_str())]] {
            let items: Vec<_> = (1..).zip(&sources).map(|(n, source)| item(n, *source)).collect();
            let (cells, blocks) = there_and_back(items);
            assert_eq!((cells.iter().map(Option::as_deref).collect::<Vec<_>>(), blocks), (sources, 0));
        }
    }

    #[test]
    fn only_items_that_follow_one_another_are_in_one_block() {
        let text = lesson(1).repeat(4);
        let row = |n| item(n, Some(&text));
        for (items, blocks) in [
            (vec![row(1), row(2), row(3)], 1),
            (vec![row(1), item(2, None), row(3)], 2),
            (vec![row(1), row(3), row(4)], 2),
            (vec![row(3), row(2), row(1)], 3),
            (vec![row(u32::MAX), row(0)], 2),
        ] {
            let sources: Vec<_> = items.iter().map(|item| item.source.clone()).collect();
            assert_eq!(there_and_back(items), (sources, blocks));
        }
    }

    #[test]
    fn a_damaged_block_gives_no_cells() {
        let mut items: Vec<_> = (1..=20).map(|n| item(n, Some(&lesson(n)))).collect();
        let Block { last, packed } = PlannedCells::take(&mut items).blocks.remove(0);
        let whole = Unpacked::of(last, &packed).unwrap();
        assert_eq!(
            (whole.before(), whole.of_item(ItemNo(0)), whole.of_item(ItemNo(21))),
            (Some(ItemNo(0)), None, None)
        );
        for at in 0..packed.len() {
            assert_eq!(Unpacked::of(last, &packed[..at]), None, "cut at {at}");
            for bit in 0..8 {
                let mut other = packed.clone();
                other[at] ^= 1 << bit;
                let read = Unpacked::of(last, &other);
                assert!(read.is_none_or(|read| read == whole), "bit {bit} of byte {at}");
            }
        }
        assert_eq!(Unpacked::of(last, &[&packed[..], b"x"].concat()), None);
    }

    proptest! {
        #[test]
        fn any_texts_come_back(texts in proptest::collection::vec(proptest::option::weighted(0.9, "(?s).{0,300}"), 0..60)) {
            let items = (7..).zip(&texts).map(|(n, text)| item(n, text.as_deref())).collect();
            prop_assert_eq!(there_and_back(items).0, texts);
        }
    }
}
