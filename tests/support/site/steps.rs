//! A program that is stopped, or finds no room, at every step of its way.

use std::sync::atomic::{AtomicU64, Ordering};

/// More times than a small run comes by any place; a test fails where this is not enough.
const MOST: u64 = 80;

/// So many times are tried beside each other, since most of each is waiting.
const LANES: usize = 4;

/// Does it for the first time that the program comes by a place, for the second, and so on: `once` tells whether it came by for
/// that time. Ends with the first for which it did not.
#[track_caller]
pub fn at_each_time(place: &str, once: impl Fn(u64) -> bool + Sync) {
    let (next, missed) = (AtomicU64::new(1), AtomicU64::new(MOST + 1));
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let time = next.fetch_add(1, Ordering::Relaxed);
                    if time > MOST || time > missed.load(Ordering::Relaxed) {
                        return;
                    }
                    if !once(time) {
                        missed.fetch_min(time, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let missed = missed.into_inner();
    assert!(missed > 1, "the program never came by {place}");
    assert!(missed <= MOST, "{place}: still reached for the {MOST}th time");
}
