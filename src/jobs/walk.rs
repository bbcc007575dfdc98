//! Walks through a list whose pages shift while they are read, without missing a meeting that is there all the
//! while.
//!
//! The API numbers its pages, so what is removed from an earlier page moves the next one up, and a meeting slips through
//! between the two. So a page is never taken on trust: it has to begin with a meeting that was read before. Then every
//! meeting behind that one, down to the page's end, is read now, and every one before it was read earlier. Pages of one
//! length never overlap; pages of different lengths do: 100 from the beginning, then 99 from the 99th on, and so on, at the
//! cost of about one page more in eight. Where a page begins with nothing known, something was removed, and one that begins
//! earlier is asked for.
//!
//! This holds for any order that does not change, also for an unknown one. The walk knows no network and no time.

use std::collections::{HashSet, VecDeque};

use crate::model::MeetingId;

/// Meetings asked for in a page.
const LENGTH: u32 = 100;
/// So many meetings that were read last are remembered, to be known again.
const KNOWN: usize = 1000;
/// After so many pages in a row without anything new a list counts as one that does not end.
const IDLE: u32 = 100;

/// A page to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jobs) struct PageRequest {
    /// Its number, from 1.
    pub(in crate::jobs) page: u32,
    /// The number of meetings on it.
    pub(in crate::jobs) length: u32,
}

impl PageRequest {
    /// Returns how many meetings stand before it.
    fn start(self) -> u64 {
        u64::from(self.page - 1) * u64::from(self.length)
    }
}

/// The next step after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jobs) enum Next {
    /// This one.
    Request(PageRequest),
    /// The list has ended.
    End,
    /// The same meetings come again and again.
    Endless,
}

/// The state of the reading of a list.
#[derive(Debug)]
pub(in crate::jobs) struct Walk {
    asked: PageRequest,
    /// Meetings before this place have been read.
    read: u64,
    /// The distance before that place at which the next page has to begin.
    back: u64,
    /// The longest page that the server gives.
    longest: u32,
    /// The longest page that came full: a shorter one that comes with less than was asked for is the last of its list.
    full: u32,
    /// The meetings that were read last, in the list's order.
    known: VecDeque<MeetingId>,
    is_known: HashSet<MeetingId>,
    idle: u32,
    moved_down: bool,
}

impl Walk {
    /// Returns a walk, and the first page to ask for.
    pub(in crate::jobs) fn new() -> (Self, PageRequest) {
        let asked = PageRequest { page: 1, length: LENGTH };
        let walk = Self {
            asked,
            read: 0,
            back: 1,
            longest: LENGTH,
            full: 0,
            known: VecDeque::new(),
            is_known: HashSet::new(),
            idle: 0,
            moved_down: false,
        };
        (walk, asked)
    }

    /// Tells whether something was put into the part that had been read already: it was not read.
    pub(in crate::jobs) fn has_moved_down(&self) -> bool {
        self.moved_down
    }

    /// Takes the answer to the page that was asked for; `fresh` of its meetings were never read before.
    pub(in crate::jobs) fn take(&mut self, page: &[MeetingId], fresh: usize) -> Next {
        self.idle = if fresh == 0 { self.idle + 1 } else { 0 };
        if self.idle > IDLE {
            return Next::Endless;
        }
        let start = self.asked.start();
        let is_short = page.len() < self.asked.length as usize;
        if start == 0 {
            if page.is_empty() {
                return Next::End;
            }
            if is_short && self.read == 0 {
                // The end of the list, or all that the server gives at once.
                self.longest = u32::try_from(page.len()).unwrap_or(LENGTH);
            }
        }
        if !is_short {
            self.full = self.full.max(self.asked.length);
        }
        let linked = page.iter().rposition(|id| self.is_known.contains(id));
        let is_end = match linked {
            Some(at) => is_short && (at + 1 == page.len() || self.asked.length <= self.full),
            // If pages cannot overlap, an empty one is the end.
            None => page.is_empty() && start >= self.read,
        };
        if is_end {
            return Next::End;
        }
        if linked.is_none() && start > 0 && start < self.read {
            self.back = (self.back * 4).min(self.read);
        } else {
            self.note_shift(page, start);
            self.remember(page);
            self.read = start + page.len() as u64;
            self.back = 1;
        }
        self.asked = self.next(self.read, self.back);
        Next::Request(self.asked)
    }

    fn note_shift(&mut self, page: &[MeetingId], start: u64) {
        let Some(last) = self.known.back() else { return };
        let Some(found) = page.iter().position(|id| id == last) else { return };
        self.moved_down |= start + found as u64 >= self.read;
    }

    fn remember(&mut self, page: &[MeetingId]) {
        for id in page {
            if self.is_known.insert(id.clone()) {
                self.known.push_back(id.clone());
            }
        }
        // The last of the page is the last that was read, also where it is an old acquaintance.
        if let Some(last) = page.last()
            && self.known.back() != Some(last)
        {
            self.known.retain(|id| id != last);
            self.known.push_back(last.clone());
        }
        while self.known.len() > KNOWN {
            if let Some(oldest) = self.known.pop_front() {
                self.is_known.remove(&oldest);
            }
        }
    }

    /// Returns the page that will be asked for after this one, if this one is full and nothing moves meanwhile. It
    /// may be asked for at the same time: two pages are linked by a meeting that they have in common, and not by
    /// the order of their answers.
    pub(in crate::jobs) fn likely_after(&self, ask: PageRequest) -> PageRequest {
        self.next(ask.start() + u64::from(ask.length), 1)
    }

    /// Returns the page that begins at least `back` before the place up to which all is read, and reaches furthest.
    fn next(&self, read: u64, back: u64) -> PageRequest {
        let before = read.saturating_sub(back);
        let page = |length: u32| PageRequest { page: page_number(before, length), length };
        let reach = |ask: &PageRequest| ask.start() + u64::from(ask.length);
        let best = (1..=self.longest).map(page).max_by_key(reach);
        // Of very short pages none may reach further; then they follow one another without an overlap.
        best.filter(|ask| back > 1 || reach(ask) > read).unwrap_or_else(|| {
            let length = (1..=self.longest).rev().find(|length| read.is_multiple_of(u64::from(*length))).unwrap_or(1);
            PageRequest { page: page_number(read, length), length }
        })
    }
}

fn page_number(at: u64, length: u32) -> u32 {
    u32::try_from(at / u64::from(length.max(1)) + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn id(n: u32) -> MeetingId {
        MeetingId::new(&n.to_string()).unwrap()
    }

    fn page(list: &[u32], ask: PageRequest, cap: u32) -> Vec<MeetingId> {
        let length = ask.length.min(cap) as usize;
        list.iter().skip((ask.page as usize - 1) * length).take(length).map(|n| id(*n)).collect()
    }

    /// A change of a list between two pages.
    #[derive(Debug, Clone)]
    enum Change {
        Insert { at: usize, times: usize },
        Remove { at: usize, times: usize },
    }

    fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
        let change = prop_oneof![
            (any::<usize>(), 1..40_usize).prop_map(|(at, times)| Change::Insert { at, times }),
            (any::<usize>(), 1..150_usize).prop_map(|(at, times)| Change::Remove { at, times }),
        ];
        proptest::collection::vec(proptest::collection::vec(change, 0..4), 0..25)
    }

    /// Walks through a list that is changed between pages; tells what was read, and how many pages that took.
    fn walk(mut list: Vec<u32>, cap: u32, changes: &[Vec<Change>]) -> (BTreeSet<MeetingId>, Vec<u32>, usize) {
        let (mut next_id, mut read, mut pages) = (1_000_000, BTreeSet::new(), 0);
        let mut stayed = list.clone();
        let (mut walk, mut ask) = Walk::new();
        loop {
            let page = page(&list, ask, cap);
            let fresh = page.iter().filter(|id| read.insert((*id).clone())).count();
            match walk.take(&page, fresh) {
                Next::Request(next) => ask = next,
                Next::End => return (read, stayed, pages),
                Next::Endless => panic!("called endless after {pages} pages of {} meetings", list.len()),
            }
            for change in changes.get(pages).into_iter().flatten() {
                match change {
                    Change::Insert { at, times } => {
                        for _ in 0..*times {
                            list.insert(at % (list.len() + 1), next_id);
                            next_id += 1;
                        }
                    }
                    Change::Remove { at, times } => {
                        for _ in 0..*times {
                            if !list.is_empty() {
                                let gone = list.remove(at % list.len());
                                stayed.retain(|id| *id != gone);
                            }
                        }
                    }
                }
            }
            pages += 1;
        }
    }

    proptest! {
        #[test]
        fn whatever_stays_in_the_list_is_read(meetings in 0..2500_u32, cap in 20..200_u32, changes in changes()) {
            let (read, stayed, _) = walk((0..meetings).collect(), cap, &changes);
            let missed: Vec<_> = stayed.into_iter().filter(|n| !read.contains(&id(*n))).collect();
            prop_assert!(missed.is_empty(), "{missed:?}");
        }

        #[test]
        fn a_list_at_rest_is_read_whole_whatever_the_server_gives_at_once(meetings in 0..400_u32, cap in 1..120_u32) {
            let (read, _, _) = walk((0..meetings).collect(), cap, &[]);
            prop_assert_eq!(read.len(), meetings as usize);
        }
    }

    #[test]
    fn in_a_list_at_rest_the_likely_page_is_the_next_one() {
        let list: Vec<u32> = (0..1000).collect();
        let (mut walk, mut ask) = Walk::new();
        for _ in 0..8 {
            let (likely, page) = (walk.likely_after(ask), page(&list, ask, 100));
            assert_eq!(walk.take(&page, page.len()), Next::Request(likely));
            ask = likely;
        }
    }

    #[test]
    fn the_overlap_costs_few_pages() {
        let (read, _, pages) = walk((0..10_000).collect(), 100, &[]);
        assert_eq!(read.len(), 10_000);
        assert!(pages <= 115, "{pages}");
    }

    #[test]
    fn a_page_with_less_than_was_asked_for_is_the_last_once_longer_ones_came_full() {
        let pages = |meetings: u32, cap: u32| walk((0..meetings).collect(), cap, &[]).2 + 1;
        assert_eq!([pages(0, 100), pages(300, 100), pages(1000, 100)], [1, 4, 12]);
    }

    #[test]
    fn that_something_was_put_in_front_is_noticed_and_that_something_went_is_no_such_thing() {
        let take = |pages: [Vec<u32>; 2]| {
            let (mut walk, _) = Walk::new();
            for page in pages {
                let page: Vec<_> = page.into_iter().map(id).collect();
                assert!(matches!(walk.take(&page, page.len()), Next::Request(_)));
            }
            walk.has_moved_down()
        };
        assert!(!take([(0..100).collect(), (99..198).collect()]));
        assert!(take([(0..100).collect(), (98..197).collect()]));
    }

    #[test]
    fn a_server_that_gives_the_same_page_for_ever_is_found_out() {
        let (mut walk, _) = Walk::new();
        let page: Vec<_> = (0..100).map(id).collect();
        let mut next = walk.take(&page, 100);
        let mut asked = 1;
        while let Next::Request(_) = next {
            next = walk.take(&page, 0);
            asked += 1;
        }
        assert_eq!((next, asked), (Next::Endless, IDLE + 2));
    }
}
