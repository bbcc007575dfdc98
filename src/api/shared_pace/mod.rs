//! Paces requests where several processes share a rate. Time is cut into slices of whole requests, each of which belongs to one
//! process; a request has its own moment in a slice. It leaves at that moment or a little later, and where none leaves, the moment is
//! over. So all processes together send what one may send, whatever each of them knows of the others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::budget::{Budget, Slice};
use super::settings::{BURST, Rate};

/// The length of a slice, unless one request takes longer at the rate.
const LENGTH: Duration = Duration::from_millis(800);
/// The next slice is reserved by so much before the last one's end, or by a quarter of that, while requests wait. What is reserved
/// earlier, others wait for in vain when this process dies: together with a slice, for no longer than a second.
const AHEAD: Duration = Duration::from_millis(200);
/// The longest time by which a slice is asked to begin later, however late the answer to the last one came.
const LATEST: Duration = Duration::from_secs(5);

/// The share of this process.
pub(super) struct SharedPace {
    budget: Arc<dyn Budget>,
    server: String,
    grid: Grid,
    /// Held while waiting: without it, the task that wakes first goes first.
    turn: Mutex<Share>,
}

/// The moments of requests.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// The time between two.
    interval: Duration,
    /// The number of them in a slice.
    count: u32,
    /// The moments that are gone by no longer than this are still there after idle time.
    for_idle: Duration,
}

/// The slices of this process.
#[derive(Debug, Default)]
struct Share {
    /// Those that have moments left, in their order.
    slices: VecDeque<Moments>,
    /// The end of the last one, moments or not.
    ends: Option<Instant>,
    /// The reservation under way, with the time of its answer: one at most.
    asked: JoinSet<(Slice, Instant)>,
    /// By so much the next slice is to begin later, so that the answer is there when it begins.
    from: Duration,
}

/// The moments of a slice that are left.
#[derive(Debug)]
struct Moments {
    begins: Instant,
    next: u32,
    count: u32,
    /// The time by which a request may be later than its moment.
    slack: Duration,
}

impl Grid {
    fn new(rate: Rate) -> Option<Self> {
        let interval = rate.per / rate.count.get();
        let each = interval.as_nanos();
        let count = u32::try_from(LENGTH.as_nanos().checked_div(each)?).unwrap_or(u32::MAX).max(1);
        let at_once = u32::try_from(BURST.as_nanos() / each).unwrap_or(u32::MAX);
        Some(Self { interval, count, for_idle: interval * at_once.saturating_sub(1) })
    }

    fn length(&self) -> Duration {
        self.interval * self.count
    }
}

impl Moments {
    /// Finds those that are this process's for sure. The slack includes what the beginning is unsure by; where that is more than half
    /// of it, the slice is that much shorter.
    fn of(slice: Slice, grid: &Grid) -> Self {
        let unsure = slice.unsure.min(BURST / 2);
        let lost = slice.unsure.saturating_sub(unsure).as_nanos().div_ceil(grid.interval.as_nanos().max(1));
        let count = grid.count.saturating_sub(u32::try_from(lost).unwrap_or(u32::MAX)).max(1);
        Self { begins: slice.begins, next: 0, count, slack: BURST.saturating_sub(unsure) }
    }

    /// Forgets the moments before that time.
    fn forget_before(&mut self, time: Instant, grid: &Grid) {
        let gone = time.saturating_duration_since(self.begins).as_nanos().div_ceil(grid.interval.as_nanos().max(1));
        self.next = self.next.max(u32::try_from(gone).unwrap_or(u32::MAX));
    }

    /// Tells the first moment that is left now.
    fn first(&mut self, now: Instant, grid: &Grid) -> Option<Instant> {
        self.forget_before(now.checked_sub(self.slack)?, grid);
        (self.next < self.count).then(|| self.begins + grid.interval * self.next)
    }
}

impl Share {
    /// Tells the first moment that is left now, and forgets slices without any.
    fn first(&mut self, now: Instant, grid: &Grid) -> Option<Instant> {
        while let Some(slice) = self.slices.front_mut() {
            if let Some(moment) = slice.first(now, grid) {
                return Some(moment);
            }
            self.slices.pop_front();
        }
        None
    }

    /// Takes the first moment.
    fn take(&mut self) {
        if let Some(slice) = self.slices.front_mut() {
            slice.next += 1;
        }
    }

    /// Forgets what idle time left behind.
    fn forget_idle_time(&mut self, now: Instant, grid: &Grid) {
        if let Some(since) = now.checked_sub(grid.for_idle) {
            self.slices.iter_mut().for_each(|slice| slice.forget_before(since, grid));
        }
    }

    /// Tells when the next slice is to be asked for, if it is not.
    fn asks_at(&self, now: Instant, grid: &Grid) -> Option<Instant> {
        let ahead = AHEAD.min(grid.length() / 4);
        self.asked.is_empty().then(|| self.ends.and_then(|ends| ends.checked_sub(ahead)).unwrap_or(now))
    }

    /// Adds a slice whose answer came at that time.
    fn add(&mut self, slice: Slice, came: Instant, grid: &Grid) {
        let mut moments = Moments::of(slice, grid);
        self.from = if moments.first(came, grid).is_some() {
            self.from * 7 / 8
        } else {
            (self.from + came.saturating_duration_since(slice.begins)).min(LATEST)
        };
        self.ends = Some(slice.begins + grid.length());
        self.slices.push_back(moments);
    }
}

impl SharedPace {
    /// A share in the rate of that server; `None` where the rate is no limit.
    pub(super) fn new(rate: Rate, budget: Arc<dyn Budget>, server: String) -> Option<Self> {
        Some(Self { budget, server, grid: Grid::new(rate)?, turn: Mutex::default() })
    }

    /// Tells whether it is the rate of that server.
    pub(super) fn is_of(&self, server: &str) -> bool {
        self.server == server
    }

    /// Waits for a moment in a slice of this process's.
    pub(super) async fn wait(&self) {
        let grid = &self.grid;
        let mut share = match self.turn.try_lock() {
            Ok(mut share) => {
                share.forget_idle_time(Instant::now(), grid);
                share
            }
            Err(_) => self.turn.lock().await,
        };
        loop {
            let now = Instant::now();
            let first = share.first(now, grid);
            if first.is_some_and(|moment| moment <= now) {
                share.take();
                return;
            }
            let mut asks_at = share.asks_at(now, grid);
            if asks_at.is_some_and(|time| time <= now) {
                let reserved = self.budget.reserve(&self.server, share.from, grid.length());
                share.asked.spawn(async move { (reserved.await, Instant::now()) });
                asks_at = None;
            }
            let until = first.into_iter().chain(asks_at).min();
            tokio::select! {
                biased;
                Some(answer) = share.asked.join_next() => {
                    if let Ok((slice, came)) = answer {
                        share.add(slice, came, grid);
                    }
                }
                () = sleep_until(until.unwrap_or(now)), if until.is_some() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
