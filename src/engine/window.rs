//! Sizes the window of intents that are committed ahead of sending: enough that the disk does not hold up the
//! network, few enough that a crash leaves few items to settle.

use std::time::Duration;

/// The most items whose intents are committed together.
const MOST: usize = 256;
/// The window holds what will be sent in this time.
const AHEAD: Duration = Duration::from_millis(100);

/// The window's size, by the pace of the answers.
#[derive(Debug)]
pub(super) struct Window {
    least: usize,
    size: usize,
    since: tokio::time::Instant,
    answered: u32,
}

impl Window {
    /// Begins with as many items as may be in flight.
    pub(super) fn new(in_flight: usize) -> Self {
        let least = in_flight.clamp(1, MOST);
        Self { least, size: least, since: tokio::time::Instant::now(), answered: 0 }
    }

    /// Records that an item was answered. A window that is not as large as can be is judged as soon as it was
    /// answered, for a small one waits for a slow disk often; otherwise the pace is judged each [`AHEAD`].
    pub(super) fn answered(&mut self) {
        self.answered += 1;
        let passed = self.since.elapsed();
        let is_answered = self.size < MOST && self.answered as usize >= self.size;
        if passed >= AHEAD || is_answered {
            let ahead = f64::from(self.answered) * AHEAD.as_secs_f64() / passed.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped right after")]
            let size = ahead.ceil() as usize;
            self.size = size.clamp(self.least, MOST);
            self.since = tokio::time::Instant::now();
            self.answered = 0;
        }
    }

    /// Records that none of the items that were taken was to be sent. The next ones are probably alike, and take a
    /// commit for each taking: more are taken at once.
    pub(super) fn unused(&mut self) {
        self.size = (self.size * 2).min(MOST);
    }

    /// Returns the number of items to have ready.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_window_follows_the_pace_and_stays_within_its_bounds() {
        let mut window = Window::new(8);
        assert_eq!(window.size(), 8);
        for _ in 0..1000 {
            tokio::time::advance(Duration::from_micros(200)).await;
            window.answered();
        }
        assert_eq!(window.size(), MOST);
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(500)).await;
            window.answered();
        }
        assert_eq!(window.size(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_window_grows_as_soon_as_it_was_answered_where_the_answers_come_fast() {
        for (each, size) in [(100, MOST), (1000, 100), (50_000, 8)] {
            let mut window = Window::new(8);
            for _ in 0..8 {
                tokio::time::advance(Duration::from_micros(each)).await;
                window.answered();
            }
            assert_eq!(window.size(), size, "{each} us");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn items_that_need_no_sending_are_taken_by_the_hundred_until_some_do() {
        let mut window = Window::new(8);
        for _ in 0..9 {
            window.unused();
        }
        assert_eq!(window.size(), MOST);
        tokio::time::advance(Duration::from_millis(500)).await;
        window.answered();
        assert_eq!(window.size(), 8);
    }
}
