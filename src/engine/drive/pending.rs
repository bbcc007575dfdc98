//! Searches for pending items and has them decided: page by page to the end of the run, and again for those that were put
//! back.

use std::time::Duration;

use futures_util::future::{self, BoxFuture, FutureExt};
use tokio::time::Instant;

use super::context::Context;
use super::page::{self, Halt, Page};
use crate::model::ItemNo;

/// Pages that are decided and not durable: the disk may be slower than the decisions.
const PAGES_AHEAD: usize = 8;

/// After a search in which nothing could be taken, since other items hold what is needed, the next one waits this long, twice
/// as long each time: deciding an item may cost a request.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// But no longer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The pending items of one run, and the page of them that is being decided.
pub(super) struct Pending<'a> {
    context: Context<'a>,
    scan: Scan,
    deciding: Option<BoxFuture<'a, Result<Page, Halt>>>,
}

impl<'a> Pending<'a> {
    /// Begins before the first item.
    pub(super) fn new(context: Context<'a>) -> Self {
        Self { context, scan: Scan::new(), deciding: None }
    }

    /// Begins to decide so many items at `now`, where a page of them is worth reading beside so many pages that are decided
    /// and not durable.
    pub(super) fn begin(&mut self, now: Instant, pages_ahead: usize, length: usize) {
        // Items that are not durable yet make no difference to it.
        let is_apart = pages_ahead == 0 || (pages_ahead < PAGES_AHEAD && self.scan.is_midway());
        if self.deciding.is_none() && is_apart && self.scan.is_due(now) {
            let after = self.scan.begin();
            // What is left over by the first search is decided one by one.
            let together = self.scan.search == Search::First;
            self.deciding = Some(page::decide(self.context, after, length, together).boxed());
        }
    }

    /// Waits for the page that is being decided.
    pub(super) async fn next(&mut self) -> Result<Page, Halt> {
        let Some(deciding) = &mut self.deciding else { return future::pending().await };
        let page = deciding.await;
        self.deciding = None;
        if let Ok(page) = &page {
            match page.last {
                Some(last) => self.scan.read(last, !page.decided.is_empty(), page.is_full),
                None => self.scan.read_to_end(page.next),
            }
        }
        page
    }

    /// Takes in that an item is pending again.
    pub(super) fn put_back(&mut self) {
        self.scan.put_back();
    }

    /// Takes in that every pending item was left undone.
    pub(super) fn close(&mut self) {
        self.scan.close();
    }

    /// Tells whether a page is being decided.
    pub(super) fn is_deciding(&self) -> bool {
        self.deciding.is_some()
    }

    /// Tells whether no item is pending.
    pub(super) fn is_over(&self) -> bool {
        self.scan.is_over()
    }

    /// Returns the time at which a page is worth reading, where only time has to pass.
    pub(super) fn due(&self) -> Option<Instant> {
        self.scan.due()
    }
}

/// The search over one run's items.
#[derive(Debug)]
struct Scan {
    cursor: ItemNo,
    left: PendingLeft,
    took: bool,
    is_midway: bool,
    in_vain: u32,
    put_back: bool,
    search: Search,
}

/// Which of the searches it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// The first, which finds most of the items.
    First,
    /// A further one, for those that are left.
    Further,
}

/// The items that are left to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PendingLeft {
    /// There may be items after the cursor.
    Further,
    /// There are some, and none can be taken before that instant.
    Later(Instant),
    /// There are none.
    Nothing,
}

impl Scan {
    /// Begins before the first item.
    fn new() -> Self {
        Self {
            cursor: ItemNo(0),
            left: PendingLeft::Further,
            took: false,
            is_midway: false,
            in_vain: 0,
            put_back: false,
            search: Search::First,
        }
    }

    /// Tells whether a page is worth reading at `now`.
    fn is_due(&self, now: Instant) -> bool {
        match self.left {
            PendingLeft::Further => true,
            PendingLeft::Later(at) => at <= now,
            PendingLeft::Nothing => false,
        }
    }

    /// Returns the time at which a page is worth reading, where only time has to pass.
    fn due(&self) -> Option<Instant> {
        match self.left {
            PendingLeft::Later(at) => Some(at),
            PendingLeft::Further | PendingLeft::Nothing => None,
        }
    }

    /// Begins to read a page: the items after the one that is returned.
    fn begin(&mut self) -> ItemNo {
        if self.left != PendingLeft::Further {
            self.left = PendingLeft::Further;
            self.cursor = ItemNo(0);
            self.took = false;
            self.is_midway = false;
            self.search = Search::Further;
        }
        self.put_back = false;
        self.cursor
    }

    /// Records that the page was read up to `last`; some of its items were taken, or none, and it had as many as
    /// were asked for, or fewer.
    fn read(&mut self, last: ItemNo, took: bool, is_full: bool) {
        self.cursor = last;
        self.took |= took;
        self.is_midway = is_full;
    }

    /// Tells whether the next page lies behind the last one, and is probably not the end of the run: items from the
    /// pages before it that are still being committed make no difference to it.
    fn is_midway(&self) -> bool {
        self.is_midway && self.left == PendingLeft::Further
    }

    /// Records that the page was empty: that is the end of the run. `next` is how long it takes until the first
    /// pending item before it may be taken, where there is one.
    fn read_to_end(&mut self, next: Option<Duration>) {
        self.is_midway = false;
        let now = Instant::now();
        self.left = match next {
            // Items that were put back since the page was asked for may be missing from the answer.
            _ if self.put_back => PendingLeft::Later(now),
            None => PendingLeft::Nothing,
            Some(wait) => {
                self.in_vain = if self.took { 0 } else { self.in_vain + 1 };
                let least = FIRST_WAIT.saturating_mul(1 << self.in_vain.min(10)).min(LONGEST_WAIT);
                PendingLeft::Later(now + wait.max(least))
            }
        };
    }

    /// Records that an item is pending again.
    fn put_back(&mut self) {
        self.put_back = true;
        if self.left != PendingLeft::Further {
            self.left = PendingLeft::Later(Instant::now());
        }
    }

    /// Records that every pending item was left undone.
    fn close(&mut self) {
        self.left = PendingLeft::Nothing;
    }

    /// Tells whether no item is pending.
    fn is_over(&self) -> bool {
        self.left == PendingLeft::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_item_put_back_while_the_last_page_is_read_is_not_forgotten() {
        let mut scan = Scan::new();
        scan.begin();
        scan.put_back();
        scan.read_to_end(None);
        assert!(!scan.is_over() && scan.is_due(Instant::now()));
        assert_eq!(scan.begin(), ItemNo(0));
        scan.read_to_end(None);
        assert!(scan.is_over());
        scan.put_back();
        assert!(scan.is_due(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_search_in_vain_is_repeated_ever_more_seldom_and_one_with_a_find_soon() {
        let wait = |scan: &mut Scan, took| {
            scan.begin();
            scan.read(ItemNo(9), took, false);
            scan.read_to_end(Some(Duration::ZERO));
            scan.due().unwrap() - Instant::now()
        };
        let mut scan = Scan::new();
        let waits: Vec<_> = (0..8).map(|_| wait(&mut scan, false).as_millis()).collect();
        assert_eq!(waits, [40, 80, 160, 320, 640, 1000, 1000, 1000]);
        assert_eq!(wait(&mut scan, true).as_millis(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn pages_follow_one_another_and_a_new_search_begins_at_the_front() {
        let mut scan = Scan::new();
        assert_eq!(scan.begin(), ItemNo(0));
        assert!(!scan.is_midway());
        scan.read(ItemNo(50), true, true);
        assert!(scan.is_midway());
        assert_eq!(scan.begin(), ItemNo(50));
        scan.read_to_end(Some(Duration::from_secs(3)));
        assert!(!scan.is_due(Instant::now()) && scan.search == Search::First);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(scan.is_due(Instant::now()) && !scan.is_midway());
        assert_eq!((scan.begin(), scan.search), (ItemNo(0), Search::Further));
        scan.read(ItemNo(7), true, false);
        assert!(!scan.is_midway(), "the next page is the end");
    }
}
