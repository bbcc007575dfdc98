//! Reads the pages of one list, several of them on their way at once: the next ones are known before the last one
//! has come, unless something moves.

use std::collections::VecDeque;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};

use super::walk::{Next, PageRequest, Walk};
use crate::api::{Client, Failure, ListQuery, Order};
use crate::clock::Timestamp;
use crate::model::{Code, Meeting, MeetingId};

/// Pages on their way at once. The client has the limits that the configuration sets.
const MOST_AT_ONCE: usize = 8;
/// The number of requests by which two readings of one list may differ: what is asked for beyond its end has left, or has not.
pub(in crate::jobs) const MORE_OR_LESS: u64 = MOST_AT_ONCE as u64;
/// After so many pages more than expected another one may be on its way: what is asked for beyond a list's end is lost.
const PAGES_IN_VAIN: usize = 2;

/// The next step in the reading of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jobs) enum Progress {
    /// There are more pages.
    More,
    /// The list has ended.
    End,
    /// The same meetings come again and again.
    Endless,
}

/// The pages of one list.
pub(in crate::jobs) struct Pages {
    client: Client,
    query: ListQuery,
    walk: Walk,
    /// The page to ask for where nothing is on its way.
    next: PageRequest,
    /// The pages that are on their way.
    asked: VecDeque<PageRequest>,
    coming: FuturesOrdered<BoxFuture<'static, Result<Vec<Meeting>, Failure>>>,
    read: usize,
    /// Pages that the list had when it was read last.
    expected: usize,
    /// The start at which the reading ends, where the list is sorted.
    until: Option<Timestamp>,
    /// Pages that are still to be read up to there, by how close together the starts on the last page are.
    left: usize,
}

impl Pages {
    pub(in crate::jobs) fn new(client: Client, query: ListQuery) -> Self {
        let (walk, next) = Walk::new();
        Self {
            client,
            query,
            walk,
            next,
            asked: VecDeque::new(),
            coming: FuturesOrdered::new(),
            read: 0,
            expected: 0,
            until: None,
            left: MOST_AT_ONCE,
        }
    }

    /// Returns the pages of a list that is read up to this start only, so that few are asked for beyond it.
    pub(in crate::jobs) fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }

    /// Returns the pages of a list that had so many when it was read last: up to there, several are asked for from the beginning.
    pub(in crate::jobs) fn expecting(self, expected: usize) -> Self {
        Self { expected, ..self }
    }

    /// Returns the next page. A server that cannot sort is asked for its list as it is.
    pub(in crate::jobs) async fn next(&mut self) -> Result<Vec<Meeting>, Failure> {
        loop {
            while self.asked.len() < at_once(self.read, self.expected).min(self.left) {
                let ask = self.asked.back().map_or(self.next, |last| self.walk.likely_after(*last));
                self.ask(ask);
            }
            let Some(answer) = self.coming.next().await else { continue };
            self.asked.pop_front();
            match answer {
                Err(failure) if failure.attempt.code == Some(Code::ORDER_UNKNOWN) && self.query.order.is_some() => {
                    tracing::debug!("the server cannot sort the list of meetings; it is read unsorted, and whole");
                    let query = ListQuery { order: None, ..self.query.clone() };
                    *self = Self::new(self.client.clone(), query);
                }
                answer => {
                    self.read += 1;
                    if let Ok(page) = &answer {
                        self.left = self.left_after(page);
                    }
                    return answer;
                }
            }
        }
    }

    /// Tells which meetings the page had, and how many of them were never read before.
    pub(in crate::jobs) fn take(&mut self, page: &[MeetingId], fresh: usize) -> Progress {
        match self.walk.take(page, fresh) {
            Next::Request(next) => {
                self.next = next;
                if self.asked.front() != Some(&next) {
                    self.asked.clear();
                    self.coming = FuturesOrdered::new();
                }
                Progress::More
            }
            Next::End => Progress::End,
            Next::Endless => Progress::Endless,
        }
    }

    /// Tells whether a page is the last that need be read, of a list that comes in the order that was asked for: all
    /// that follows lies beyond the start up to which it is read.
    pub(in crate::jobs) fn is_last(&self, page: &[Meeting]) -> bool {
        let beyond = |last: Timestamp, until: Timestamp| match self.query.order {
            Some(Order::LatestFirst) => last < until,
            Some(Order::EarliestFirst) => last > until,
            None => false,
        };
        page.last().and_then(|last| last.start).zip(self.until).is_some_and(|(last, until)| beyond(last, until))
    }

    /// Guesses how many pages there are up to the start at which the reading ends: one at least, and no more than may be
    /// on their way at once.
    fn left_after(&self, page: &[Meeting]) -> usize {
        let ends = page.first().and_then(|first| first.start).zip(page.last().and_then(|last| last.start));
        let (Some((first, last)), Some(until), true) = (ends, self.until, self.is_sorted()) else {
            return MOST_AT_ONCE;
        };
        let (span, left) = (first.millis().abs_diff(last.millis()), last.millis().abs_diff(until.millis()));
        usize::try_from(left.div_ceil(span.max(1))).unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE)
    }

    /// Tells whether the order is the one that was asked for.
    pub(in crate::jobs) fn is_sorted(&self) -> bool {
        self.query.order.is_some()
    }

    /// Tells whether something was put into the part that had been read already: it was not read.
    pub(in crate::jobs) fn has_moved_down(&self) -> bool {
        self.walk.has_moved_down()
    }

    fn ask(&mut self, ask: PageRequest) {
        let (client, query) = (self.client.clone(), self.query.clone());
        let asking = async move { client.list(&query, ask.page, ask.length).await.map(|reply| reply.value) };
        self.asked.push_back(ask);
        self.coming.push_back(asking.boxed());
    }
}

/// Returns how many pages may be on their way once so many were read of a list that probably has so many: no more than that, and
/// beyond it ever more.
fn at_once(read: usize, expected: usize) -> usize {
    let beyond = read.saturating_sub(expected) / PAGES_IN_VAIN;
    expected.saturating_sub(read).max(1 + beyond).min(MOST_AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_known_length_is_asked_for_at_once_and_one_of_unknown_length_ever_faster() {
        let of = |expected| (0..16).map(|read| at_once(read, expected)).collect::<Vec<_>>();
        assert_eq!(of(0), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]);
        assert_eq!(of(3), [3, 2, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]);
        assert_eq!(of(20), [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 6, 5]);
    }
}
