//! Says when a job is due: by cron's expressions, read strictly, and by Debian cron's rule when the clocks change.
//!
//! A schedule whose minute or hour begins with `*` follows real time: it skips what a clock change skips and runs in both
//! passes of an hour that is repeated. Any other names wall-clock times, and each is kept: a time that is skipped runs
//! right after the gap, one that is repeated runs in its first pass. The arithmetic of calendars is croner's, on dates and
//! times without a zone; what a zone makes of them is decided here.

mod change;
mod expression;
mod set;
mod words;

use crate::clock::{CivilTime, Local, Timestamp, Zone};
use expression::Expression;

pub use change::ClockChange;
pub use expression::ScheduleError;
pub use set::Schedules;

/// One schedule in its zone. Equal where text and zone are.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: Expression,
    zone: Zone,
}

impl Schedule {
    /// Reads an expression: five fields, six (with seconds in front), or `@daily` and the like.
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, ScheduleError> {
        Ok(Self { expression: Expression::parse(text)?, zone: zone.clone() })
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.expression.text()
    }

    /// Returns it in words: `At 02:30, every day`.
    #[must_use]
    pub fn words(&self) -> String {
        self.expression.words()
    }

    /// Returns its zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Tells whether it is due on its days of the month and on its days of the week, though people often mean only the days that
    /// are both.
    #[must_use]
    pub fn takes_either_day(&self) -> bool {
        self.expression.takes_either_day()
    }

    /// Returns the first due time after an instant, strictly. `None` at the end of the calendar (about the year 5000).
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.expression.is_wildcard() { real_time(self, after) } else { wall_clock(self, after) }
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() && self.zone == other.zone
    }
}

impl Eq for Schedule {}

/// Walks by the wall clock: every time it names, once. What a clock change skips falls on the change itself, and what it repeats
/// on the first pass, so due times never go back while wall-clock times go on.
fn wall_clock(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    let mut civil = schedule.zone.civil(after).jiff();
    loop {
        civil = schedule.expression.next(civil)?;
        let (Local::Once(due) | Local::Skipped(due) | Local::Twice(due, _)) =
            schedule.zone.resolve(CivilTime::from(civil));
        if due > after {
            return Some(due);
        }
    }
}

/// Walks by real time: stretch by stretch between clock changes, each with its own offset.
fn real_time(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    let rules = schedule.zone.rules();
    let mut from = after.jiff();
    // The first stretch begins after an instant, every later one with the clock change before it.
    let mut begins = false;
    loop {
        let offset = rules.to_offset(from);
        let civil = offset.to_datetime(from);
        let next = if begins { schedule.expression.first(civil) } else { schedule.expression.next(civil) }?;
        let due = offset.to_timestamp(next).ok()?;
        match rules.following(from).next() {
            Some(change) if change.timestamp() <= due => {
                from = change.timestamp();
                begins = true;
            }
            _ => return Some(due.into()),
        }
    }
}
