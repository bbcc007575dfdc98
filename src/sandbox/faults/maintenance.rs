//! Closes the server for maintenance, from some request on and for some time: every request is answered alike, whatever it asks.

use std::time::{Duration, Instant};

use super::{Fault, How, Kind};

/// A time of maintenance.
#[derive(Debug, Clone, Copy)]
pub struct Maintenance {
    /// So many requests are answered before it begins.
    pub after: u64,
    /// The answer to each request.
    pub kind: Kind,
    /// The time for which it lasts; without an end until another script is in force.
    pub lasts: Option<Duration>,
    /// The time at which it began.
    pub began: Option<Instant>,
}

impl Maintenance {
    /// Counts a request; tells its fault where it falls into the maintenance.
    pub fn count(&mut self) -> Option<Fault> {
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        let began = *self.began.get_or_insert_with(Instant::now);
        let is_over = self.lasts.is_some_and(|lasts| began.elapsed() >= lasts);
        (!is_over).then_some(Fault { kind: self.kind, how: How::plain() })
    }
}
