//! Limits how hard the server is asked, over all jobs together: so many requests at once, so many in a time, first come first
//! served.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::Clock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::budget::Budget;
use super::settings::{BURST, Rate};
use super::shared_pace::SharedPace;

/// The limiter counts in these parts of a request, so that the slack may be less than a whole one.
const PARTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(15);

pub(super) struct Limits {
    max_in_flight: usize,
    rate: Option<Rate>,
    places: Semaphore,
    pace: Pace,
    /// The party that shares the rate among processes, where there is one.
    budget: Option<Arc<dyn Budget>>,
}

/// The way in which the rate is kept.
enum Pace {
    /// There is no limit.
    Unlimited,
    /// This process has all of it.
    Own(OwnPace),
    /// It is shared with other processes.
    Shared(SharedPace),
}

impl Limits {
    pub(super) fn new(max_in_flight: usize, rate: Option<Rate>) -> Self {
        let places = Semaphore::new(max_in_flight.clamp(1, Semaphore::MAX_PERMITS));
        let pace = rate.and_then(OwnPace::new).map_or(Pace::Unlimited, Pace::Own);
        Self { max_in_flight, rate, places, pace, budget: None }
    }

    fn of_server(max_in_flight: usize, rate: Option<Rate>, budget: Arc<dyn Budget>, server: &str) -> Self {
        let shared = rate.and_then(|rate| SharedPace::new(rate, Arc::clone(&budget), server.to_owned()));
        let pace = shared.map_or(Pace::Unlimited, Pace::Shared);
        Self { pace, budget: Some(budget), ..Self::new(max_in_flight, rate) }
    }

    /// Returns the same limits, whose rate is shared among processes as that of the server.
    pub(super) fn shared(&self, budget: Arc<dyn Budget>, server: &str) -> Self {
        Self::of_server(self.max_in_flight, self.rate, budget, server)
    }

    /// Returns these limits where they are to be so for requests to that server, and else others. A rate that is shared is one server's.
    pub(super) fn renewed(self: &Arc<Self>, max_in_flight: usize, rate: Option<Rate>, server: &str) -> Arc<Self> {
        let is_of_server = match &self.pace {
            Pace::Shared(shared) => shared.is_of(server),
            Pace::Unlimited | Pace::Own(_) => true,
        };
        if self.max_in_flight == max_in_flight && self.rate == rate && is_of_server {
            return Arc::clone(self);
        }
        Arc::new(match &self.budget {
            Some(budget) => Self::of_server(max_in_flight, rate, Arc::clone(budget), server),
            None => Self::new(max_in_flight, rate),
        })
    }

    /// Tells whether anything may be sent: not where another process may do this one's work by now.
    pub(super) fn may_send(&self) -> bool {
        self.budget.as_ref().is_none_or(|budget| budget.may_send())
    }

    /// Returns the party that says whether this process may send, where another may do its work.
    pub(super) fn budget(&self) -> Option<Arc<dyn Budget>> {
        self.budget.clone()
    }

    /// Returns the rate.
    pub(super) fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Waits for a place and then for the rate; the place is free again when the permit is dropped. `None` never comes about: the
    /// semaphore is not closed.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.places.acquire().await.ok()?;
        match &self.pace {
            Pace::Unlimited => {}
            Pace::Own(pace) => pace.wait().await,
            Pace::Shared(pace) => pace.wait().await,
        }
        Some(permit)
    }
}

struct OwnPace {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock>,
    /// The parts of the slack that idle time does not give.
    not_for_idle: u32,
    /// Held while waiting: without it, the task that wakes first goes first.
    turn: Mutex<()>,
}

impl OwnPace {
    fn new(rate: Rate) -> Option<Self> {
        let part = rate.per / rate.count.get() / PARTS.get();
        let slack = u32::try_from(BURST.as_nanos().checked_div(part.as_nanos())?).unwrap_or(u32::MAX);
        let quota = Quota::with_period(part)?.allow_burst(PARTS.saturating_add(slack));
        let for_idle = (slack / PARTS).saturating_sub(1) * PARTS.get();
        let limiter = RateLimiter::direct_with_clock(quota, TokioClock);
        Some(Self { limiter, not_for_idle: slack - for_idle, turn: Mutex::new(()) })
    }

    async fn wait(&self) {
        let (_turn, mut waited) = match self.turn.try_lock() {
            Ok(turn) => (turn, false),
            Err(_) => (self.turn.lock().await, true),
        };
        // There is room for so many: the burst has them.
        while let Ok(Err(not_until)) = self.limiter.check_n(PARTS) {
            waited = true;
            tokio::time::sleep(not_until.wait_time_from(TokioClock.now())).await;
        }
        if !waited {
            self.forget_idle_time();
        }
    }

    /// Takes out of the limiter what idle time put into it beyond whole requests.
    fn forget_idle_time(&self) {
        let most = (1..=self.not_for_idle).rev().filter_map(NonZeroU32::new);
        for parts in most {
            if matches!(self.limiter.check_n(parts), Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// tokio's clock, so that paused time works.
#[derive(Debug, Clone, Copy)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = std::time::Instant;

    fn now(&self) -> Self::Instant {
        Instant::now().into_std()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;

    use std::time::Duration;

    use super::*;

    fn rate(count: u32, per: Duration) -> Rate {
        Rate { count: NonZeroU32::new(count).unwrap(), per }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept_evenly_by_the_paused_clock_too() {
        for (count, per) in [(10, Duration::from_secs(1)), (6, Duration::from_mins(1)), (1000, Duration::from_secs(1))]
        {
            let limits = Limits::new(8, Some(rate(count, per)));
            let start = Instant::now();
            for _ in 0..=2 * count {
                drop(limits.enter().await);
            }
            let (took, ideal) = (start.elapsed(), per * 2);
            assert!(took + BURST >= ideal && took <= ideal + BURST, "{count} in {per:?}: {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_timers_are_late_by_is_made_good_and_idle_time_is_not() {
        let limits = Arc::new(Limits::new(8, Some(rate(20, Duration::from_secs(1)))));
        drop(limits.enter().await);
        let begun = Instant::now();
        for _ in 0..200 {
            let waiting = tokio::spawn({
                let limits = limits.clone();
                async move { drop(limits.enter().await) }
            });
            tokio::task::yield_now().await;
            // Each timer is up to six milliseconds late.
            while !waiting.is_finished() {
                tokio::time::advance(Duration::from_millis(7)).await;
                tokio::task::yield_now().await;
            }
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(10) && took < Duration::from_millis(10_007), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_idle_time_a_rate_of_up_to_twenty_a_second_is_kept_to_the_request() {
        for count in [1, 3, 10, 19, 20] {
            let limits = Limits::new(8, Some(rate(count, Duration::from_secs(1))));
            // A remainder that is less than a part of a request is not forgotten.
            for idle in [0, 30, 49, 50, 99, 1_500, 60_000] {
                tokio::time::advance(Duration::from_millis(idle)).await;
                drop(limits.enter().await);
                let first = Instant::now();
                for _ in 0..count {
                    drop(limits.enter().await);
                }
                assert!(
                    first.elapsed() >= Duration::from_millis(995),
                    "{count} after {idle} ms: {:?}",
                    first.elapsed()
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_first_goes_first() {
        let limits = Arc::new(Limits::new(3, Some(rate(100, Duration::from_secs(1)))));
        let order = Arc::new(Lock::new(Vec::new()));
        let mut all = tokio::task::JoinSet::new();
        for n in 0..50 {
            let (limits, order) = (limits.clone(), order.clone());
            all.spawn(async move {
                let _permit = limits.enter().await;
                order.lock().unwrap().push(n);
            });
        }
        all.join_all().await;
        assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_allowed_are_inside_at_once_and_zero_counts_as_one() {
        for (max, inside) in [(3, 3), (0, 1)] {
            let limits = Limits::new(max, None);
            let mut permits = Vec::new();
            for _ in 0..inside {
                permits.push(limits.enter().await.unwrap());
            }
            assert!(tokio::time::timeout(Duration::from_mins(1), limits.enter()).await.is_err());
            permits.pop();
            assert!(tokio::time::timeout(Duration::from_mins(1), limits.enter()).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_takes_no_place_with_it() {
        let limits = Limits::new(1, Some(rate(1, Duration::from_secs(10))));
        drop(limits.enter().await);
        assert!(tokio::time::timeout(Duration::from_secs(1), limits.enter()).await.is_err());
        assert!(tokio::time::timeout(Duration::from_secs(10), limits.enter()).await.is_ok());
    }
}
