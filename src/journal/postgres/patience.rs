//! Tries again what the database could not do just now, with longer and longer pauses, and not for ever.

use std::time::Duration;

use tokio::time::Instant;

use super::failure::{Failure, Remedy};

/// The first pause; each is twice the one before.
const FIRST: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);

/// The rest of the time in which something is tried again.
#[derive(Debug)]
pub(super) struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    /// Patience for so long from now on.
    pub(super) fn of(time: Duration) -> Self {
        Self { until: Instant::now() + time, pause: FIRST }
    }

    /// Waits before the next try; gives the failure back where there is to be none.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        if failure.remedy() == Remedy::Nothing || Instant::now() + self.pause > self.until {
            return Err(failure);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST);
        Ok(())
    }
}
